import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arp, BROADCAST, ETHERTYPE, ethernet, type Resource, type VlanTag, type Vm } from '#lab';
import { Cloud, macOf } from './cloud.ts';
import { difference, dropCounts } from './drop-counts.ts';
import { shotOf, sightings } from './sightings.ts';

/** Where guests' own tags are carried, what lies below more of them than the switch reads is judged by receivers alone. */
let cloud: Cloud;
const vms: Record<string, Vm> = {};
/** VLAN of the interface's subport, on the same network as all others. */
const SUBPORT = 100;
const SUB_TAG: VlanTag = { vid: SUBPORT };
const ZERO: VlanTag = { vid: 0 };
/** VLAN of a subport of the guest `carrier`, on a network of its own. */
const PRIVATE = 200;
let privatePort: Resource;
let carrierTrunk: Resource;

beforeAll(async () => {
  cloud = await Cloud.create(1);
  const network = await cloud.network('clear', { vlan_transparent: true });
  const apart = await cloud.network('apart', { mtu: 1400 });
  const open = { port_security_enabled: false, security_groups: [] };
  const ports = [
    await cloud.createPort(network, 1),
    await cloud.createPort(network, 2),
    await cloud.createPort(network, 3, open),
    await cloud.createPort(network, 5, open),
    await cloud.createPort(network, 6, open),
    await cloud.createPort(apart, 7, open),
  ];
  const child = await cloud.createPort(network, 4);
  await cloud.controller.rest.create('trunk', {
    port_id: ports[0]?.id,
    sub_ports: [{ port_id: child.id, segmentation_type: 'vlan', segmentation_id: SUBPORT }],
  });
  privatePort = await cloud.createPort(apart, 8, open);
  carrierTrunk = await cloud.controller.rest.create('trunk', {
    port_id: ports[4]?.id,
    sub_ports: [{ port_id: privatePort.id, segmentation_type: 'vlan', segmentation_id: PRIVATE }],
  });
  const names = { guarded: 1, victim: 2, open: 3, trusting: 5, carrier: 6, apart: 7 };
  for (const [at, [name, number]] of Object.entries(names).entries()) {
    const vm = await cloud.createVm(number);
    vms[name] = vm;
    await cloud.hypervisor(1).plug(vm, ports[at]?.id ?? '');
  }
  for (const port of [...ports, child, privatePort]) await cloud.status(port, 'ACTIVE');
});
afterAll(() => cloud.stop());

describe('ARP for an address of another, below tags', () => {
  it.each([
    ['two priority tags', 1, [ZERO, ZERO]],
    ['three', 1, [ZERO, ZERO, ZERO]],
    ['a priority tag of 802.1ad and one', 1, [{ vid: 0, protocol: ETHERTYPE.qinq }, ZERO]],
    ['a tag and a priority tag', 1, [{ vid: 5 }, ZERO]],
    ['a subport’s and a priority tag', 4, [SUB_TAG, ZERO]],
    ['a subport’s and a tag of 802.1ad', 4, [SUB_TAG, { vid: 5, protocol: ETHERTYPE.qinq }]],
  ] as const)('reaches nobody from a guarded port: %s', async (_, number, vlans) => {
    const before = await dropCounts(cloud.hypervisor(1), ['hidden-tag']);
    expect(await seen('guarded', number, vlans, `10.0.0.${200 + number}`)).toEqual([]);
    const after = await dropCounts(cloud.hypervisor(1), ['hidden-tag']);
    expect(difference(after, before)).toEqual({ 'hidden-tag': 1 });
    expect(await neighbours()).not.toContain(`10.0.0.${200 + number}`);
  });

  it('is believed when neither the sender nor the receiver has port security', async () => {
    const sightings = await seen('open', 3, [ZERO, ZERO], '10.0.0.203', '10.0.0.5');
    expect(sightings).toContain('trusting.0.0');
    expect(await neighbours('trusting')).toContain('10.0.0.203');
    // To the victim it is what its security groups cannot look at.
    expect(sightings).not.toContain('victim.0.0');
  });
});

it('one tag, or a subport’s, is looked below', async () => {
  expect(await seen('guarded', 1, [{ vid: 5 }], '10.0.0.1')).toContain('victim.5');
  expect(await seen('guarded', 1, [{ vid: 5 }], '10.0.0.201')).toEqual([]);
  // It is the switch that answers this one.
  expect(await seen('guarded', 4, [SUB_TAG], '10.0.0.4')).toEqual([`guarded.${SUBPORT}`]);
  expect(await seen('guarded', 4, [SUB_TAG], '10.0.0.204')).toEqual([]);
});

describe('the tag of a subport, on the network of its parent, which carries tags', () => {
  const shots = (from: string, src: number, vlans: readonly VlanTag[], dst?: number) =>
    sightings(cloud.lab, new Map(Object.entries(vms)), [shotOf({ from, src, dst, vlans })]);
  /** All that see it of a guest's broadcast. */
  const seenOf = async (...frame: Parameters<typeof shots>) => (await shots(...frame)).flat();

  it.each([
    ['alone', [{ vid: PRIVATE }]],
    ['as one of 802.1ad', [{ vid: PRIVATE, protocol: ETHERTYPE.qinq }]],
    ['below a priority tag', [ZERO, { vid: PRIVATE }]],
    ['below one of 802.1ad', [{ vid: 0, protocol: ETHERTYPE.qinq }, { vid: PRIVATE }]],
    ['above another', [{ vid: PRIVATE }, { vid: 5 }]],
  ])('comes from nobody there to the parent, who would take it for the subport’s: %s', async (_, vlans) => {
    const before = await dropCounts(cloud.hypervisor(1), ['subport-tag']);
    const toAll = await seenOf('open', 3, vlans);
    expect(toAll.filter((name) => name.startsWith('trusting'))).toHaveLength(1);
    expect(toAll.filter((name) => name.startsWith('carrier'))).toEqual([]);
    expect(await seenOf('open', 3, vlans, 6)).toEqual([]);
    const after = await dropCounts(cloud.hypervisor(1), ['subport-tag']);
    expect(difference(after, before)).toEqual({ 'subport-tag': 2 });
  });

  it('is the subport’s, and what it does not use is carried', async () => {
    expect(await seenOf('carrier', 8, [{ vid: PRIVATE }], 7)).toEqual(['apart']);
    expect(await seenOf('apart', 7, [], 8)).toEqual([`carrier.${PRIVATE}`]);
    expect(await seenOf('open', 3, [{ vid: PRIVATE + 1 }], 6)).toEqual([`carrier.${PRIVATE + 1}`]);
  });

  it('does not go there when the subport, or the trunk, is down', async () => {
    const { rest } = cloud.controller;
    for (const [kind, { id }] of [
      ['port', privatePort],
      ['trunk', carrierTrunk],
    ] as const) {
      await rest.update(kind, id, { admin_state_up: false });
      await cloud.status(privatePort, 'DOWN');
      await cloud.caughtUp();
      expect(await seenOf('carrier', 8, [{ vid: PRIVATE }])).toEqual([]);
      expect(await seenOf('open', 3, [{ vid: PRIVATE }], 6)).toEqual([]);
      await rest.update(kind, id, { admin_state_up: true });
      await cloud.status(privatePort, 'ACTIVE');
    }
    await cloud.caughtUp();
    expect(await seenOf('carrier', 8, [{ vid: PRIVATE }], 7)).toEqual(['apart']);
  });
});

/** Who sees an ARP request of a sender that says it has an address, and the tags that it wears there. */
async function seen(
  from: string,
  number: number,
  vlans: readonly VlanTag[],
  senderIp: string,
  targetIp = '10.0.0.2',
) {
  const header = { src: macOf(number), dst: BROADCAST, vlans, type: ETHERTYPE.arp };
  const request = arp({ operation: 1, senderMac: macOf(number), senderIp, targetIp });
  const frame = (mark: string) => ethernet(header, Buffer.concat([request, Buffer.from(mark)]));
  const [found = []] = await sightings(cloud.lab, new Map(Object.entries(vms)), [{ from, frame }]);
  return found;
}

/** A guest's neighbour table, as its Linux has it. */
async function neighbours(name = 'victim'): Promise<string> {
  return String(await vms[name]?.exec(['ip', 'neigh']));
}

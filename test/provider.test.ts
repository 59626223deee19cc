import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ETHERTYPE, type Hypervisor, type Resource, type VlanTag, type Vm, Wire } from '#lab';
import { Cloud } from './cloud.ts';
import { type NumberedFrame, shotOf, sightings, tagName } from './sightings.ts';

/**
 * Networks on physical ones, and networks that carry guests' tags, on real switches. `outside` is a machine on the
 * wire. Every frame is looked for everywhere, and its tags are read where it arrives.
 */
let cloud: Cloud;
const vms: Record<string, Vm> = {};

const PROVIDER = {
  flat: { 'provider:network_type': 'flat', 'provider:physical_network': 'physnet1' },
  vlan: vlanNetwork(500),
  other: vlanNetwork(501),
  clear: { ...vlanNetwork(502), vlan_transparent: true },
  qinq: { ...vlanNetwork(503), qinq: true },
} as const;
/** Transparent networks that do not touch the wire. */
const INNER = ['vxlan', 'gre', 'geneve', 'local'] as const;
/** Two guests on each network, the second on the other hypervisor; their numbers give the addresses. */
const NUMBERS: Readonly<Record<string, readonly [number, number]>> = {
  flat: [1, 2],
  vlan: [3, 4],
  other: [5, 6],
  clear: [7, 8],
  qinq: [9, 10],
  vxlan: [11, 12],
  gre: [13, 14],
  geneve: [15, 16],
  local: [17, 18],
};
const OUTSIDE = 99;

beforeAll(async () => {
  const prepare = async (hypervisors: readonly Hypervisor[]) => {
    const wire = await Wire.create('wire');
    for (const hypervisor of hypervisors) await wire.join(hypervisor, 'br-ex');
    const [first] = hypervisors;
    if (!first) throw new Error('no hypervisor');
    wireOf = wire;
  };
  let wireOf: Wire | undefined;
  cloud = await Cloud.create(
    2,
    { 'tenantflow-bridge-mappings': 'physnet1:br-ex', 'tenantflow-encap-type': 'vxlan,gre,geneve' },
    { args: ['--vlans', 'physnet1'], prepare },
  );
  vms.outside = await cloud.createVm(OUTSIDE);
  await wireOf?.connect(vms.outside);
  for (const [name, attributes] of Object.entries(PROVIDER)) await guests(name, attributes);
  for (const type of INNER) await guests(type, { 'provider:network_type': type, vlan_transparent: true });
});
afterAll(() => cloud.stop());

describe('a provider network', () => {
  it.each([
    ['flat', []],
    ['vlan', [500]],
    ['other', [501]],
  ] as const)('%s reaches its guests near and far over the wire, under its own tag', async (name, tags) => {
    const [near, far] = numbersOf(name);
    const outside = ['outside', ...tags].join('.');
    expect(await arrivals({ from: `${name}1`, src: near, dst: far })).toContain(`${name}2`);
    expect(await arrivals({ from: `${name}1`, src: near })).toEqual([`${name}2`, outside].sort());
    expect(await arrivals({ from: `${name}1`, src: near, dst: OUTSIDE })).toContain(outside);
    const vlans = tags.map((vid) => ({ vid }));
    expect(await arrivals({ from: 'outside', vlans, src: OUTSIDE, dst: far })).toEqual([`${name}2`]);
    expect(await arrivals({ from: 'outside', vlans, src: OUTSIDE })).toEqual([`${name}1`, `${name}2`]);
  });

  it('takes priority-tagged frames from the wire for untagged ones', async () => {
    expect(await arrivals({ from: 'outside', vlans: [{ vid: 0 }], src: OUTSIDE, dst: 2 })).toEqual(['flat2']);
  });

  it('never sends what came from the wire back to it', async () => {
    // Nobody has this address, so nobody but the wire may see it, once.
    expect(await arrivals({ from: 'outside', vlans: [{ vid: 500 }], src: OUTSIDE, dst: 77 })).toEqual([]);
    expect(await arrivals({ from: 'vlan1', src: 3, dst: 77 })).toEqual(['outside.500']);
  });

  it('leaves frames for the bridge next door on their hypervisor: a provider bridge lets none of them by', async () => {
    for (const dst of ['01:80:c2:00:00:00', '01:80:c2:00:00:0e']) {
      expect(await arrivals({ from: 'vlan1', src: 3, dst })).toEqual([]);
      expect(await arrivals({ from: 'outside', vlans: [{ vid: 500 }], src: OUTSIDE, dst })).toEqual([]);
    }
  });

  it('drops VLANs of no network, and second tags, whichever came first', async () => {
    for (const vid of [1, 100, 499, 504, 4095])
      expect(await arrivals({ from: 'outside', vlans: [{ vid }], src: OUTSIDE })).toEqual([]);
    for (const twoFirst of [true, false]) {
      await cloud.hypervisor(1).appctl('revalidator/purge');
      await cloud.hypervisor(2).appctl('revalidator/purge');
      const one = async () =>
        expect(await arrivals({ from: 'outside', vlans: [{ vid: 500 }], src: OUTSIDE, dst: 4 })).toEqual([
          'vlan2',
        ]);
      if (!twoFirst) await one();
      for (const inner of [{ vid: 501 }, { vid: 7, protocol: ETHERTYPE.qinq }, { vid: 0 }])
        expect(
          await arrivals({ from: 'outside', vlans: [{ vid: 500 }, inner], src: OUTSIDE, dst: 4 }),
        ).toEqual([]);
      await one();
    }
  });

  it('takes no tags from its guests', async () => {
    for (const vid of [500, 501, 7])
      expect(await arrivals({ from: 'vlan1', vlans: [{ vid }], src: 3 })).toEqual([]);
  });
});

describe('a network that carries its guests’ tags', () => {
  const STACKS: readonly (readonly VlanTag[])[] = [
    [],
    [{ vid: 7 }],
    [{ vid: 7, protocol: ETHERTYPE.qinq }],
    [{ vid: 7 }, { vid: 8 }],
    [{ vid: 500 }],
  ];
  /** A priority tag crosses tunnels; below another tag, a provider bridge that acts as a NORMAL switch takes it off. */
  const PRIORITY: readonly VlanTag[] = [{ vid: 0 }];

  it.each([...INNER.filter((type) => type !== 'local'), 'clear', 'qinq'])(
    '%s, across hypervisors',
    async (name) => {
      const [near, far] = numbersOf(name);
      for (const vlans of name in PROVIDER ? STACKS : [...STACKS, PRIORITY]) {
        const seen = await arrivals({ from: `${name}1`, vlans, src: near, dst: far });
        expect(seen).toContain([`${name}2`, ...vlans.map(tagName)].join('.'));
        expect(seen.filter((each) => !each.startsWith('outside'))).toHaveLength(1);
      }
    },
  );

  it.each([
    ['clear', '502'],
    ['qinq', 's503'],
  ])('%s wears its tag of the wire outside of them', async (name, outer) => {
    const [near] = numbersOf(name);
    for (const vlans of STACKS)
      expect(await arrivals({ from: `${name}1`, vlans, src: near, dst: OUTSIDE })).toEqual([
        ['outside', outer, ...vlans.map(tagName)].join('.'),
      ]);
  });

  it('local, on one hypervisor', async () => {
    const third = await cloud.guest(networks.local ?? fail(), cloud.hypervisor(1), 19);
    vms.local3 = third.vm;
    for (const vlans of [...STACKS, PRIORITY])
      expect(await arrivals({ from: 'local1', vlans, src: 17, dst: 19 })).toEqual([
        ['local3', ...vlans.map(tagName)].join('.'),
      ]);
  });

  it('lets no tag lead out of it', async () => {
    // The tags of other networks on the wire mean nothing below that of this one.
    for (const vid of [500, 501, 503])
      expect(await arrivals({ from: 'clear1', vlans: [{ vid }], src: 7 })).toEqual([
        `clear2.${vid}`,
        `outside.502.${vid}`,
      ]);
  });
});

const networks: Record<string, Resource> = {};

/** Who sees a frame, once per copy, with the tags that it wears there. */
async function arrivals(frame: NumberedFrame): Promise<readonly string[]> {
  const [seen = []] = await sightings(cloud.lab, new Map(Object.entries(vms)), [shotOf(frame)]);
  return seen;
}

async function guests(name: string, attributes: object): Promise<void> {
  const network = await cloud.network(name, { port_security_enabled: false, ...attributes });
  networks[name] = network;
  for (const [at, number] of numbersOf(name).entries())
    vms[`${name}${at + 1}`] = (await cloud.guest(network, cloud.hypervisor(at + 1), number)).vm;
}

function vlanNetwork(id: number) {
  return {
    'provider:network_type': 'vlan',
    'provider:physical_network': 'physnet1',
    'provider:segmentation_id': id,
  };
}

function numbersOf(name: string): readonly [number, number] {
  return NUMBERS[name] ?? fail();
}

function fail(): never {
  throw new Error('the test is wired wrongly');
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Resource, type VlanTag, type Vm, Wire } from '#lab';
import { Cloud } from './cloud.ts';
import { shotOf, sightings, tagName } from './sightings.ts';

/**
 * Every type of network × what guests' frames wear × where the other guest is, for three tenants at once whose
 * addresses and VLAN ids are the same. Each frame is looked for at every guest of every tenant.
 */
const TENANTS = ['red', 'green', 'blue'] as const;
type Tenant = (typeof TENANTS)[number];
const TYPES = ['local', 'flat', 'vlan', 'vxlan', 'gre', 'geneve'] as const;
type NetworkType = (typeof TYPES)[number];
/** Guests of a tenant: two on hypervisor 1 and one on hypervisor 2. The number gives the addresses. */
const SLOTS = [
  { name: 'first', hypervisor: 1, number: 1 },
  { name: 'near', hypervisor: 1, number: 2 },
  { name: 'far', hypervisor: 2, number: 3 },
] as const;
type SlotName = (typeof SLOTS)[number]['name'];

/** What guests' frames wear, and whether their interface is a plain port, a trunk, or on a transparent network. */
const DRESSES = [
  { name: 'untagged', on: 'plain', vlans: [] },
  { name: 'trunk subport', on: 'plain', vlans: [{ vid: 100 }] },
  { name: 'transparent, one tag', on: 'transparent', vlans: [{ vid: 7 }] },
  { name: 'transparent, two tags', on: 'transparent', vlans: [{ vid: 100 }, { vid: 8 }] },
] as const satisfies readonly { name: string; on: string; vlans: readonly VlanTag[] }[];
type Dress = (typeof DRESSES)[number];

/** Where the other guest is, by its slot. */
const PLACES = [
  ['near', 'same host'],
  ['far', 'other host'],
] as const;
const SUBPORT_VLAN = 100;
/** Port security lets no second tag through. */
const CLEAR = { vlan_transparent: true, port_security_enabled: false };
/** A physical network that is free. */
const ELSEWHERE = { 'provider:physical_network': 'elsewhere' };

let cloud: Cloud;
const table: Record<string, Record<string, string>> = {};

beforeAll(async () => {
  // A physical network carries one flat network, so every tenant has one of its own, and another for its subports.
  const physical = TENANTS.flatMap((_, at) => [`plain${at}`, `sub${at}`]);
  const mappings = physical.map((name) => `${name}:br-${name}`).join(',');
  cloud = await Cloud.create(
    2,
    { 'tenantflow-bridge-mappings': mappings, 'tenantflow-encap-type': 'vxlan,gre,geneve' },
    {
      args: ['--vlans', 'plain0'],
      async prepare(hypervisors) {
        for (const name of physical) {
          const wire = await Wire.create(name);
          for (const hypervisor of hypervisors) await wire.join(hypervisor, `br-${name}`);
        }
      },
    },
  );
});
afterAll(async () => {
  console.table(table);
  await cloud.stop();
});

describe.each(TYPES)('%s', (type) => {
  for (const on of ['plain', 'transparent'] as const) {
    describe(`${on} network`, () => {
      if (type === 'flat' && on === 'transparent') {
        it('is refused, with the reason', async () => {
          await expect(
            createNetwork('flat', 'red', 0, { ...ELSEWHERE, vlan_transparent: true }),
          ).rejects.toThrow(/400.*Backend does not support VLAN Transparency/);
          for (const { name } of DRESSES.filter((dress) => dress.on === on))
            for (const [, where] of PLACES) note(type, `${name}, ${where}`, 'refused');
        });
        return;
      }
      let vms = new Map<string, Vm>();
      beforeAll(async () => {
        vms = await guests(type, on);
      });
      afterAll(() => unplug(vms));

      for (const dress of DRESSES.filter((each) => each.on === on)) {
        it.each(PLACES)(`carries ${dress.name} to %s`, async (to, where) => {
          const isApart = type === 'local' && to === 'far';
          note(type, `${dress.name}, ${where}`, 'failed');
          await expectCell(vms, type, dress, to, isApart);
          note(type, `${dress.name}, ${where}`, isApart ? 'apart' : 'passes');
        });
      }
    });
  }
});

/** All tenants' first guests send at once, to one guest and to all: each tenant's guests see their own, and only that. */
async function expectCell(
  vms: ReadonlyMap<string, Vm>,
  type: NetworkType,
  { vlans }: Dress,
  to: SlotName,
  isApart: boolean,
): Promise<void> {
  const { number } = SLOTS.find(({ name }) => name === to) ?? SLOTS[0];
  const shots = TENANTS.flatMap((tenant) =>
    [number, undefined].map((dst) => shotOf({ from: `${tenant}-first`, src: 1, dst, vlans })),
  );
  const seen = await sightings(cloud.lab, vms, shots);
  for (const [at, tenant] of TENANTS.entries()) {
    const guest = (slot: string) => [`${tenant}-${slot}`, ...vlans.map(tagName)].join('.');
    const [unicast, broadcast] = [seen[2 * at], seen[2 * at + 1]];
    expect([tenant, unicast]).toEqual([tenant, isApart ? [] : [guest(to)]]);
    const all = type === 'local' ? ['near'] : ['far', 'near'];
    expect([tenant, broadcast]).toEqual([tenant, all.map(guest)]);
  }
}

/** A guest per tenant and slot; on plain networks each is a trunk with a subport on a second network. */
async function guests(type: NetworkType, on: 'plain' | 'transparent'): Promise<Map<string, Vm>> {
  const vms = new Map<string, Vm>();
  const waiting: Resource[] = [];
  for (const [at, tenant] of TENANTS.entries()) {
    const isPlain = on === 'plain';
    const network = await createNetwork(type, tenant, at, isPlain ? {} : CLEAR);
    const inner = isPlain ? await createNetwork(type, tenant, at, {}, 'sub') : undefined;
    for (const { name, hypervisor, number } of SLOTS) {
      const port = await cloud.createPort(network, number);
      if (inner !== undefined) waiting.push(await addSubPort(port, await cloud.createPort(inner, number)));
      const vm = await cloud.createVm(number);
      await cloud.hypervisor(hypervisor).plug(vm, port.id);
      waiting.push(port);
      vms.set(`${tenant}-${name}`, vm);
    }
  }
  for (const port of waiting) await cloud.status(port, 'ACTIVE');
  return vms;
}

async function unplug(vms: ReadonlyMap<string, Vm>): Promise<void> {
  for (const vm of vms.values()) await vm.place.hypervisor.unplug(vm);
}

async function addSubPort(parent: Resource, child: Resource): Promise<Resource> {
  const subPort = { port_id: child.id, segmentation_type: 'vlan', segmentation_id: SUBPORT_VLAN };
  await cloud.controller.rest.create('trunk', { port_id: parent.id, sub_ports: [subPort] });
  return child;
}

let vlanId = 500;

/** The tenant's network of a type; on `flat` the physical network is the tenant's own. */
function createNetwork(
  type: NetworkType,
  tenant: Tenant,
  at: number,
  attributes: object,
  role: 'plain' | 'sub' = 'plain',
): Promise<Resource> {
  const provider = {
    'provider:network_type': type,
    ...(type === 'flat' && { 'provider:physical_network': `${role}${at}` }),
    ...(type === 'vlan' && { 'provider:physical_network': 'plain0', 'provider:segmentation_id': ++vlanId }),
  };
  return cloud.network(`${tenant}-${type}`, { ...provider, ...attributes });
}

function note(type: NetworkType, column: string, result: string): void {
  table[type] = { ...table[type], [column]: result };
}

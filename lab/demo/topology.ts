import type { ControllerProcess } from '../controller-process.ts';
import { LabError } from '../errors.ts';
import type { Hypervisor, HypervisorOptions } from '../hypervisor.ts';
import type { Lab } from '../lab.ts';
import type { Endpoint } from '../probe.ts';
import type { Vm } from '../vm.ts';
import { waitFor } from '../wait-for.ts';
import type { Screen } from './screen.ts';

const TENANTS = ['red', 'blue'] as const;
const VMS_PER_HYPERVISOR = 2;
/** Every tenant has this subnet, and the same addresses in it. */
const SUBNET = '10.0.0.0/24';

/** The hypervisors of a demo, by name. */
export type DemoHypervisors = Readonly<Record<string, HypervisorOptions>>;

/** Those of `npm run demo` and `npm run lab`. */
export const DEMO_HYPERVISORS: DemoHypervisors = { hv1: {}, hv2: {}, hv3: {} };

/** The demo's lab, from empty to all ports ACTIVE. */
export interface DemoLab {
  readonly lab: Lab;
  readonly controller: ControllerProcess;
  /** The VMs, tenant by tenant. */
  readonly endpoints: readonly DemoGuest[];
}

/** A VM of the demo. */
export interface DemoGuest extends Endpoint {
  readonly hypervisor: Hypervisor;
  /** Neutron's id of its port. */
  readonly portId: string;
}

/** Builds the demo's lab step by step. On an exception the lab is left as it is, to look into. */
export async function buildDemo(
  lab: Lab,
  screen: Screen,
  plan: DemoHypervisors = DEMO_HYPERVISORS,
): Promise<DemoLab> {
  const names = Object.keys(plan);
  const dpdk = Object.values(plan).filter((options) => options.dpdk).length;
  const datapath = dpdk === 0 ? 'userspace datapath' : `userspace datapath, ${dpdk} with DPDK`;
  const hypervisors = await screen.step(
    `${names.length} hypervisors started (Open vSwitch, ${datapath})`,
    () => Promise.all(names.map((name) => lab.hypervisor(name, plan[name]))),
  );
  const controller = lab.controller();
  await screen.step('controller started', () => controller.start());
  await screen.step('hypervisors attached by two ovs-vsctl commands each', async () => {
    await Promise.all(hypervisors.map((hypervisor) => hypervisor.attach()));
    await waitFor(() => allSteady(controller, names), {
      what: 'the controller to have all switches in hand',
    });
    await lab.warmUp();
  });
  const count = TENANTS.length * names.length * VMS_PER_HYPERVISOR;
  const guests = await screen.step(
    `${TENANTS.length} networks, ${TENANTS.length} subnets, ${count} ports created by REST`,
    async () =>
      (await Promise.all(TENANTS.map((tenant) => createTenant(lab, controller, tenant, hypervisors)))).flat(),
  );
  await screen.step(`${count} VMs plugged into the switches`, () =>
    Promise.all(
      hypervisors.map((hypervisor) => plugAll(guests.filter((guest) => guest.hypervisor === hypervisor))),
    ),
  );
  await screen.step(`${count} ports ACTIVE`, () =>
    waitFor(() => allActive(controller, guests), { what: 'all ports to be ACTIVE' }),
  );
  return { lab, controller, endpoints: guests };
}

/** What the lab is made of, in a few words. */
export const DEMO_SUMMARY = [
  `${Object.keys(DEMO_HYPERVISORS).length} hypervisors, ${TENANTS.length} tenants, ${VMS_PER_HYPERVISOR} VMs of each tenant on every hypervisor.`,
  `Both tenants use ${SUBNET}: ${TENANTS.map((tenant) => `${tenant}1`).join(' and ')} have the same IP and MAC address, and so on.`,
].join('\n');

async function createTenant(
  lab: Lab,
  { rest }: ControllerProcess,
  tenant: string,
  hypervisors: readonly Hypervisor[],
): Promise<readonly DemoGuest[]> {
  const owner = { project_id: tenant };
  const network = await rest.create('network', { name: `${tenant}-net`, ...owner });
  await rest.create('subnet', { network_id: network.id, ip_version: 4, cidr: SUBNET, ...owner });
  const guests: DemoGuest[] = [];
  for (const hypervisor of hypervisors) {
    for (let each = 0; each < VMS_PER_HYPERVISOR; each += 1) {
      const number = guests.length + 1;
      const mac = `fa:16:3e:00:00:${10 + number}`;
      const address = `10.0.0.${10 + number}`;
      const port = await rest.create('port', {
        ...{ name: `${tenant}${number}`, network_id: network.id, mac_address: mac },
        ...{ fixed_ips: [{ ip_address: address }], ...owner },
      });
      const vm: Vm = await lab.vm(`${tenant}${number}`, { mac, ips: [`${address}/24`] });
      guests.push({ vm, group: tenant, hypervisor, portId: port.id });
    }
  }
  return guests;
}

async function plugAll(guests: readonly DemoGuest[]): Promise<void> {
  for (const { hypervisor, vm, portId } of guests) await hypervisor.plug(vm, portId);
}

async function allActive({ rest }: ControllerProcess, guests: readonly DemoGuest[]): Promise<boolean> {
  const ports = new Map((await rest.list('port')).map((port) => [port.id, port]));
  const down = guests.filter(({ portId }) => ports.get(portId)?.status !== 'ACTIVE');
  if (down.length === 0) return true;
  throw new LabError('LAB_STATE', `not ACTIVE: ${down.map(({ vm }) => vm.name).join(', ')}`);
}

async function allSteady({ rest }: ControllerProcess, names: readonly string[]): Promise<boolean> {
  const answer = await rest.request('GET', '/v1/switches');
  const switches: readonly { id: string; state: string }[] = Array.isArray(answer) ? answer : [];
  const steady = switches.filter(({ state }) => state === 'steady').map(({ id }) => id);
  if (names.every((name) => steady.includes(name))) return true;
  throw new LabError('LAB_STATE', `switches: ${JSON.stringify(answer)}`);
}

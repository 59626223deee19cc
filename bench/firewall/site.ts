import { readdirSync, readFileSync } from 'node:fs';
import {
  allowManyConnections,
  type ControllerProcess,
  type Hypervisor,
  type HypervisorOptions,
  Lab,
  run,
  type Vm,
  waitFor,
} from '#lab';

/** Who is measured: no firewall (port security is off), and ours with either memory. */
export const FIREWALLS = ['none', 'learn', 'conntrack'] as const;
export type FirewallName = (typeof FIREWALLS)[number];

/** Where: Open vSwitch's userspace datapath as it is, and with DPDK. */
export const DATAPATHS = ['userspace', 'dpdk'] as const;
export type Datapath = (typeof DATAPATHS)[number];

/** The thread of a switch that moves packets has this processor. */
const SWITCH_CPU = 0;
/** Guests' programs share this one with the other threads of switches, which are not on a packet's way. */
export const GUEST_CPU = 1;

/**
 * Where threads of switches run that move no packets: with guests, or with the one that does. With DPDK that one polls, so that
 * they get half of its processor at best.
 */
export type Place = 'shared' | 'apart';

/** TCP ports of servers. The guest's group admits them, and all that the guest sends: the default of Neutron's groups. */
export const PORTS = [7001, 7002, 7003, 7004] as const;

/** A hypervisor with two guests on one network: the firewall is that of `guest`, `peer` has none. */
export interface Contender {
  readonly firewall: FirewallName;
  readonly datapath: Datapath;
  readonly host: Hypervisor;
  readonly guest: Vm;
  readonly peer: Vm;
  /** Neutron's id of the guest's security group. */
  readonly group: string;
}

export interface Site {
  readonly lab: Lab;
  readonly controller: ControllerProcess;
  readonly contenders: readonly Contender[];
}

/** Learned flows that one port may have: more than are measured. */
const LIMIT = 200_000;

/** Starts the controller, and a contender for each firewall and datapath. */
export async function buildSite(datapaths: readonly Datapath[], place: Place): Promise<Site> {
  const lab = await Lab.create();
  const controller = lab.controller({ args: ['--firewall-limit', String(LIMIT), '--log-level', 'warn'] });
  await controller.start();
  const contenders: Contender[] = [];
  for (const datapath of datapaths)
    for (const firewall of FIREWALLS)
      contenders.push(await contender(lab, controller, datapath, firewall, place, contenders.length + 1));
  return { lab, controller, contenders };
}

async function contender(
  lab: Lab,
  controller: ControllerProcess,
  datapath: Datapath,
  firewall: FirewallName,
  place: Place,
  number: number,
): Promise<Contender> {
  const { rest } = controller;
  const options: HypervisorOptions = datapath === 'dpdk' ? { dpdk: { cpu: SWITCH_CPU } } : {};
  const host = await lab.hypervisor(`hv${number}`, options);
  await host.attach({ externalIds: firewall === 'conntrack' ? { 'tenantflow-firewall': firewall } : {} });
  await waitFor(async () => (await host.vsctl('list-br')).includes('br-int'), { what: 'the bridge' });

  const network = await rest.create('network', { name: host.name });
  await rest.create('subnet', { network_id: network.id, ip_version: 4, cidr: '10.0.0.0/24' });
  const group = await rest.create('security_group', { name: host.name });
  const [first, last] = [PORTS[0], PORTS.at(-1)];
  await rest.create('security_group_rule', {
    ...{ security_group_id: group.id, direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp' },
    ...{ port_range_min: first, port_range_max: last },
  });
  const plugged = async (name: string, at: number, security: object): Promise<Vm> => {
    const [address, mac] = [`10.0.0.${at}`, `02:00:00:00:00:0${at}`];
    const fixed = { mac_address: mac, fixed_ips: [{ ip_address: address }] };
    const port = await rest.create('port', { network_id: network.id, ...fixed, ...security });
    const vm = await lab.vm(`${name}${number}`, { mac, ips: [`${address}/24`] });
    await host.plug(vm, port.id);
    await waitFor(async () => (await rest.show('port', port.id)).status === 'ACTIVE', {
      what: `${name} to be up`,
    });
    await allowManyConnections(vm);
    return vm;
  };
  const off = { port_security_enabled: false };
  const guest = await plugged('guest', 1, firewall === 'none' ? off : { security_groups: [group.id] });
  const peer = await plugged('peer', 2, off);
  await pin(host, datapath, place);
  // No neighbour discovery on the way of what is measured.
  for (const [vm, other] of [[guest, peer] as const, [peer, guest] as const])
    await vm.exec(['ip', 'neigh', 'replace', other.ip, 'lladdr', other.mac, 'dev', 'v0', 'nud', 'permanent']);
  return { firewall, datapath, host, guest, peer, group: group.id };
}

/** Without DPDK it is the main thread that moves packets, with it one that has its processor from DPDK. */
async function pin({ ovs: { vswitchd } }: Hypervisor, datapath: Datapath, place: Place): Promise<void> {
  for (const thread of readdirSync(`/proc/${vswitchd.pid}/task`)) {
    const isMain = thread === String(vswitchd.pid);
    const moves = readFileSync(`/proc/${vswitchd.pid}/task/${thread}/comm`, 'utf8').startsWith('pmd-');
    if (moves) continue;
    const isApart = place === 'apart' || (isMain && datapath === 'userspace');
    const cpu = isApart ? SWITCH_CPU : GUEST_CPU;
    await run(['taskset', '--pid', '--cpu-list', String(cpu), thread]);
  }
}

/** A thread that polls burns its processor while this contender is measured, and leaves it to the others before and after. */
export async function inTurn<T>({ host, datapath }: Contender, measure: () => Promise<T>): Promise<T> {
  if (datapath === 'userspace') return measure();
  const sleep = (most: number) => host.vsctl('set', 'Open_vSwitch', '.', `other_config:pmd-maxsleep=${most}`);
  await sleep(0);
  try {
    return await measure();
  } finally {
    await sleep(10_000);
  }
}

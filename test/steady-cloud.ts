import { allowManyConnections, LoadClient, type Resource, startServer, type Told, type Vm } from '#lab';
import { Cloud } from './cloud.ts';

const PORT = 7001;
/** A bridge of somebody else on the connections' first hypervisor. */
const FOREIGN_BRIDGE = 'br-foreign';

/** Connections that are in use, and a cloud around them that can be changed without concerning them. */
export interface SteadyCloud {
  readonly cloud: Cloud;
  /** Opens these connections, half of them to a guest near by and half to one on the other hypervisor. */
  open(count: number): Promise<void>;
  /** One request a connection in each period, until `endPace`. */
  pace(periodMs: number): void;
  endPace(): Promise<readonly Told[]>;
  /**
   * Changes rules, groups and ports, all of them of others or of no concern to the connections, and undoes it. A guest is
   * plugged into this hypervisor meanwhile: the connections are on the first two.
   */
  change(hypervisor?: number): Promise<void>;
  /** Has the guest come to the first hypervisor, and go, as `change` does, but on a bridge that is none of the controller's. */
  plugForeign(): Promise<void>;
  /** Ends the servers, the clients and the cloud. */
  stop(): Promise<void>;
}

/**
 * Three hypervisors; a client whose group lets all out, so that what answers it must be remembered; a server near by that a rule
 * for a group admits it to; and one far away whose own answers must be remembered, as its group lets nothing out.
 */
export async function steadyCloud(args: readonly string[] = []): Promise<SteadyCloud> {
  const cloud = await Cloud.create(3, {}, { args });
  const { rest } = cloud.controller;
  const network = await cloud.network('steady');
  const group = async (name: string, ...rules: readonly object[]): Promise<Resource> => {
    const made = await rest.create('security_group', { name });
    for (const rule of rules)
      await rest.create('security_group_rule', { security_group_id: made.id, ...rule });
    return made;
  };
  const tcp = { direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp' };
  const service = { ...tcp, port_range_min: PORT, port_range_max: PORT };
  const clients = await group('clients');
  const servers = await group('servers', { ...service, remote_group_id: clients.id });
  const strict = await group('strict', { ...service, remote_ip_prefix: '10.0.0.0/24' });
  await letNothingOut(cloud, strict);
  const others = await group('others');
  const created = async (number: number): Promise<Vm> => {
    const vm = await cloud.createVm(number);
    // What it would tell groups of IPv6 is denied by others, and counted as such.
    await vm.exec(['sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1']);
    return vm;
  };
  const plugged = async (hypervisor: number, number: number, of: Resource): Promise<Vm> => {
    const port = await cloud.createPort(network, number, { security_groups: [of.id] });
    const vm = await created(number);
    await cloud.hypervisor(hypervisor).plug(vm, port.id);
    await cloud.status(port, 'ACTIVE');
    await allowManyConnections(vm);
    return vm;
  };
  const client = await plugged(1, 1, clients);
  const targets = [await plugged(1, 2, servers), await plugged(2, 3, strict)];
  const bystander = await cloud.createPort(network, 4, { security_groups: [others.id] });
  const guest = await created(4);
  await cloud
    .hypervisor(1)
    .vsctl(...['add-br', FOREIGN_BRIDGE, '--', 'set', 'bridge', FOREIGN_BRIDGE, 'datapath_type=netdev']);
  const running = await Promise.all(targets.map((vm) => startServer(vm, [PORT])));
  const loads = targets.map((vm) => new LoadClient(client, vm.ip, [PORT]));

  return {
    cloud,
    async open(count) {
      await Promise.all(loads.map((load) => load.open(count / loads.length)));
    },
    pace(periodMs) {
      for (const load of loads) load.pace(periodMs);
    },
    endPace: () => Promise.all(loads.map((load) => load.endPace())),
    async change(hypervisor = 1) {
      // Rules of the connections' own groups, too: what they say is of something else.
      const rule = { ...tcp, port_range_min: 1, port_range_max: 1_000 };
      const rules = [];
      for (const { id } of [clients, servers, strict, others])
        rules.push(await rest.create('security_group_rule', { security_group_id: id, ...rule }));
      const member = await cloud.createPort(network, 50, { security_groups: [clients.id, others.id] });
      await cloud.hypervisor(hypervisor).plug(guest, bystander.id);
      await cloud.status(bystander, 'ACTIVE');
      await rest.update('port', bystander.id, { security_groups: [clients.id, strict.id] });
      for (const { id } of rules) await rest.delete('security_group_rule', id);
      await rest.update('port', bystander.id, { security_groups: [others.id] });
      await rest.delete('port', member.id);
      await cloud.hypervisor(hypervisor).unplug(guest);
      await cloud.status(bystander, 'DOWN');
    },
    async plugForeign() {
      const hypervisor = cloud.hypervisor(1);
      await hypervisor.plug(guest, bystander.id, { bridge: FOREIGN_BRIDGE });
      await hypervisor.unplug(guest);
    },
    async stop() {
      for (const each of [...loads, ...running]) each.stop();
      await cloud.stop();
    },
  };
}

/** A group begins with rules that let all out. */
export async function letNothingOut({ controller: { rest } }: Cloud, group: Resource): Promise<void> {
  const rules = await rest.list<
    Resource & { readonly direction: string; readonly security_group_id: string }
  >('security_group_rule');
  for (const { id, direction, security_group_id } of rules)
    if (direction === 'egress' && security_group_id === group.id)
      await rest.delete('security_group_rule', id);
}

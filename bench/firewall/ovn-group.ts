import { existsSync } from 'node:fs';
import { Daemon, Lab, labFolder, run, waitFor } from '#lab';
import { addInterface, addressOf, type GroupCloud, LOCAL_MEMBERS } from './group-cloud.ts';

const SCHEMAS = '/usr/share/ovn';
/** Ports that one transaction makes. */
const BULK = 250;
const LOCAL = 'local';

/** OVN, and what it is made of. */
export interface OvnCloud extends GroupCloud {
  readonly lab: Lab;
  readonly nbctl: (...args: readonly string[]) => Promise<string>;
}

/**
 * OVN of Debian with databases, northd and one ovn-controller, and the ACLs that Neutron's driver makes of the same group:
 * a port group that drops, and one for the security group.
 */
export async function ovnGroup(): Promise<OvnCloud> {
  const lab = await Lab.create();
  const host = await lab.hypervisor('ovn');
  const folder = labFolder('ovn-central');
  const env = { OVN_RUNDIR: folder, OVS_RUNDIR: host.ovs.folder };
  const daemons: Daemon[] = [];
  const start = (name: string, argv: readonly string[]) => {
    const daemon = new Daemon({ name, argv: [...argv, '-vsyslog:off'], log: `${folder}/${name}.log`, env });
    daemons.push(daemon);
    daemon.start();
    return daemon;
  };
  const socket = (database: string) => `unix:${folder}/${database}.sock`;
  for (const name of ['nb', 'sb']) {
    await run(['ovsdb-tool', 'create', `${folder}/${name}.db`, `${SCHEMAS}/ovn-${name}.ovsschema`]);
    const remote = `--remote=p${socket(name)}`;
    const files = [`--pidfile=${folder}/${name}.pid`, `--unixctl=${folder}/${name}.ctl`];
    const daemon = start(`ovsdb-${name}`, ['ovsdb-server', `${folder}/${name}.db`, remote, ...files]);
    await waitFor(() => existsSync(`${folder}/${name}.sock`), { what: daemon.name });
  }
  const databases = [`--ovnnb-db=${socket('nb')}`, `--ovnsb-db=${socket('sb')}`];
  start('northd', [
    'ovn-northd',
    ...databases,
    `--pidfile=${folder}/northd.pid`,
    `--unixctl=${folder}/northd.ctl`,
  ]);
  const settings = {
    ...{ 'system-id': 'ovn', 'ovn-remote': socket('sb'), 'ovn-encap-type': 'geneve' },
    ...{ 'ovn-encap-ip': host.address, 'ovn-bridge-datapath-type': 'netdev' },
  };
  const ids = Object.entries(settings).map(([key, value]) => `external_ids:${key}=${JSON.stringify(value)}`);
  await host.vsctl('set', 'Open_vSwitch', '.', ...ids);
  start('ovn-controller', [
    'ovn-controller',
    `unix:${host.ovs.folder}/db.sock`,
    `--pidfile=${folder}/controller.pid`,
  ]);
  // A client that stays and knows the database, as Neutron's does.
  start('nbctl', [
    'ovn-nbctl',
    `--db=${socket('nb')}`,
    '--detach',
    `--unixctl=${folder}/nbctl.ctl`,
    '--no-leader-only',
  ]);
  await waitFor(() => existsSync(`${folder}/nbctl.ctl`), { what: 'the daemon of ovn-nbctl' });
  const nbctl = (...args: readonly string[]) =>
    run(['ovn-nbctl', ...args], {
      env: { ...env, OVN_NB_DAEMON: `${folder}/nbctl.ctl` },
      timeoutMs: 600_000,
    });
  const acl = (group: string, direction: 'from' | 'to', priority: number, match: string, verdict: string) => [
    ...['--', 'acl-add', group, `${direction}-lport`, String(priority)],
    ...[`${direction === 'from' ? 'inport' : 'outport'} == @${group} && ${match}`, verdict],
  ];
  await nbctl(
    ...['ls-add', 'home', '--', 'ls-add', 'away', '--', 'pg-add', 'drop', '--', 'pg-add', 'crowd'],
    ...[...acl('drop', 'from', 1001, 'ip', 'drop'), ...acl('drop', 'to', 1001, 'ip', 'drop')],
    ...[
      ...acl('crowd', 'from', 1002, 'ip4', 'allow-related'),
      ...acl('crowd', 'from', 1002, 'ip6', 'allow-related'),
    ],
    ...acl('crowd', 'to', 1002, 'ip4 && ip4.src == $crowd_ip4', 'allow-related'),
    ...acl('crowd', 'to', 1002, 'ip6 && ip6.src == $crowd_ip6', 'allow-related'),
  );
  const port = (network: string, number: number) => {
    const [name, id] = [network === 'home' ? `${LOCAL}${number}` : `port${number}`, `@p${number}`];
    const hex = number.toString(16).padStart(4, '0');
    const address = `02:00:00:00:${hex.slice(0, 2)}:${hex.slice(2)} ${addressOf(network === 'home' ? 0 : 1, number)}`;
    const addresses = [`addresses=["${address}"]`, `port_security=["${address}"]`];
    return [
      ...['--', `--id=${id}`, 'create', 'logical_switch_port', `name=${name}`, ...addresses],
      ...['--', 'add', 'logical_switch', network, 'ports', id],
      ...['--', 'add', 'port_group', 'drop', 'ports', id, '--', 'add', 'port_group', 'crowd', 'ports', id],
    ];
  };
  const addPorts = async (network: string, numbers: readonly number[]) => {
    for (let at = 0; at < numbers.length; at += BULK)
      await nbctl(
        ...numbers
          .slice(at, at + BULK)
          .flatMap((number) => port(network, number))
          .slice(1),
      );
  };
  const locals = Array.from({ length: LOCAL_MEMBERS }, (_, number) => number);
  await addPorts('home', locals);
  await waitFor(async () => (await host.vsctl('list-br')).includes('br-int'), { what: 'br-int' });
  for (const number of locals) await addInterface(host, number, `${LOCAL}${number}`);
  for (const number of locals)
    await nbctl('wait-until', 'logical_switch_port', `${LOCAL}${number}`, 'up=true');
  await nbctl('--wait=hv', 'sync');
  return {
    who: 'OVN 23.03',
    ...{ lab, host, nbctl },
    addMembers: (numbers) => addPorts('away', numbers),
    async addRule(number) {
      await nbctl(
        ...acl('crowd', 'to', 1002, `ip4 && tcp && tcp.dst == ${number}`, 'allow-related').slice(1),
      );
    },
    async stop() {
      await run(['ovn-appctl', '-t', `${folder}/nbctl.ctl`, 'exit']).catch(() => undefined);
      for (const daemon of daemons.reverse()) await daemon.stop();
      await lab.stop();
    },
  };
}

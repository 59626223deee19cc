import type { Hypervisor, Lab, Vm } from '#lab';
import {
  type Contender,
  GUEST_NAMES,
  GUEST_VLAN,
  GUESTS,
  guestMac,
  makeGuests,
  tagGuest,
} from './contender.ts';

/** VLANs that the agent hands out on its own host, to the parents' network and to that of the subports. */
const LOCAL_VLAN = { parents: 1, subports: 5 } as const;
const VNI = 1001;

/**
 * Option A: the guests' VLANs are taken apart before the switch, by a VLAN device on the host for each, whose other end
 * is an access port of a learning bridge. The kernel may have no such device, so guests send untagged into the access
 * port: an A whose VLAN devices, and whose guests' tags, cost nothing.
 */
export async function optionA(lab: Lab): Promise<Contender> {
  return agents(lab, 'A', async (host, vm, id) => {
    await host.vsctl('set', 'port', await host.plug(vm, id), tag('subports'));
  });
}

/**
 * Option C: a trunk bridge for each VLAN-aware guest, joined to the learning bridge by a pair of patch ports for the
 * parent (tpt, tpi) and one for each subport (spt, spi), as Neutron's Open vSwitch agent does.
 */
export async function optionC(lab: Lab): Promise<Contender> {
  return agents(lab, 'C', async (host, vm, id) => {
    const bridge = `tbr-${id.slice(0, 8)}`;
    await addBridge(host, bridge);
    await host.plug(vm, id, { bridge });
    await patch(
      host,
      [bridge, `tpt-${id}`, 'vlan_mode=access', 'tag=0'],
      ['br-int', `tpi-${id}`, tag('parents')],
    );
    await patch(host, [bridge, `spt-${id}`, `tag=${GUEST_VLAN}`], ['br-int', `spi-${id}`, tag('subports')]);
    await tagGuest(vm);
  });
}

type Plug = (host: Hypervisor, vm: Vm, id: string) => Promise<void>;

/** Two hosts as Neutron's agent lays them out: br-int learns and forwards, br-tun carries networks to other hosts. */
async function agents(lab: Lab, name: 'A' | 'C', plug: Plug): Promise<Contender> {
  const prefix = name.toLowerCase();
  const hosts = [await lab.hypervisor(`${prefix}1`), await lab.hypervisor(`${prefix}2`)] as const;
  const guests = await makeGuests(lab, prefix);
  for (const [at, host] of hosts.entries()) {
    await addBridge(host, 'br-int');
    await addBridge(host, 'br-tun');
    await patch(host, ['br-int', 'patch-tun'], ['br-tun', 'patch-int']);
    const peer = hosts[1 - at] ?? host;
    const options = [`remote_ip=${peer.address}`, `local_ip=${host.address}`, 'in_key=flow', 'out_key=flow'];
    await host.vsctl(
      ...['add-port', 'br-tun', 'vxlan-peer', '--', 'set', 'interface', 'vxlan-peer', 'type=vxlan'],
      ...options.map((option) => `options:${option}`),
    );
    await tunnelFlows(host, at);
  }
  for (const guest of GUEST_NAMES) {
    const { number, host } = GUESTS[guest];
    await plug(hosts[host], guests[guest], `${number}00000-${prefix}`);
  }
  await lab.warmUp();
  return { name, hosts, guests };
}

/** The agent's flows on br-tun for one network, with l2population: guests of the other host are known beforehand. */
async function tunnelFlows(host: Hypervisor, at: number): Promise<void> {
  const [local, tunnel] = [await host.ofport('patch-int'), await host.ofport('vxlan-peer')];
  const vlan = LOCAL_VLAN.subports;
  const learn = [
    'table=20,hard_timeout=300,priority=1,NXM_OF_VLAN_TCI[0..11],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[]',
    'load:0->NXM_OF_VLAN_TCI[],load:NXM_NX_TUN_ID[]->NXM_NX_TUN_ID[],output:OXM_OF_IN_PORT[]',
  ].join(',');
  const out = `strip_vlan,set_tunnel:${VNI},output:${tunnel}`;
  const known = GUEST_NAMES.filter((name) => GUESTS[name].host !== at).map((name) =>
    guestMac(GUESTS[name].number),
  );
  await host.ofctl('del-flows', 'br-tun');
  await host.addFlows(
    [
      `table=0,priority=1,in_port=${local},actions=resubmit(,2)`,
      `table=0,priority=1,in_port=${tunnel},actions=resubmit(,4)`,
      'table=2,priority=0,dl_dst=00:00:00:00:00:00/01:00:00:00:00:00,actions=resubmit(,20)',
      'table=2,priority=0,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00,actions=resubmit(,22)',
      `table=4,priority=1,tun_id=${VNI},actions=mod_vlan_vid:${vlan},resubmit(,10)`,
      `table=10,priority=1,actions=learn(${learn}),output:${local}`,
      ...known.map((mac) => `table=20,priority=2,dl_vlan=${vlan},dl_dst=${mac},actions=${out}`),
      'table=20,priority=0,actions=resubmit(,22)',
      `table=22,priority=1,dl_vlan=${vlan},actions=${out}`,
    ].join('\n'),
    'br-tun',
  );
}

/** A bridge that learns as many addresses as the agent lets it (`bridge_mac_table_size`). */
async function addBridge(host: Hypervisor, bridge: string): Promise<void> {
  await host.vsctl(
    ...['add-br', bridge, '--', 'set', 'bridge', bridge, 'datapath_type=netdev'],
    'other_config:mac-table-size=50000',
  );
}

type PatchEnd = readonly [bridge: string, name: string, ...settings: string[]];

async function patch(host: Hypervisor, one: PatchEnd, other: PatchEnd): Promise<void> {
  const end = ([bridge, name, ...settings]: PatchEnd, [, peer]: PatchEnd) => [
    ...['add-port', bridge, name, ...settings],
    ...['--', 'set', 'interface', name, 'type=patch', `options:peer=${peer}`],
  ];
  await host.vsctl(...end(one, other), '--', ...end(other, one));
}

function tag(network: keyof typeof LOCAL_VLAN): string {
  return `tag=${LOCAL_VLAN[network]}`;
}

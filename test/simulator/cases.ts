import { type GroupMod, PORT, parseActions, parseFlow } from 'openflow-codec';
import { ethernet, ipv4, neighbourSolicit, udp } from '#lab';
import type { Packet, SimulatorOptions } from '#pipeline/simulator';
import type { Case } from './compare.ts';

/** What chance meets too seldom: flows in the notation of ovs-ofctl, one a line, and packets one after the other. */
interface Picked {
  readonly flows: string;
  /** Lists of actions of the buckets of group 1, of type all. */
  readonly buckets?: readonly string[];
  readonly packets?: readonly Packet[];
  readonly fragments?: SimulatorOptions['fragments'];
}

const MAC = { src: 'fa:16:3e:00:00:01', dst: 'fa:16:3e:00:00:02' } as const;
const IPS = { src: '10.0.0.1', dst: '10.0.0.2' } as const;
const from = (inPort: number, bytes: Uint8Array): Packet => ({ inPort, bytes });

const DATAGRAM = udp({ ...IPS, srcPort: 1024, dstPort: 53 }, new Uint8Array(8));
const QUERY = from(11, ethernet({ ...MAC, type: 0x0800 }, DATAGRAM));
const ANSWER = from(
  12,
  ethernet(
    { src: MAC.dst, dst: MAC.src, type: 0x0800 },
    udp({ src: IPS.dst, dst: IPS.src, srcPort: 53, dstPort: 1024 }, new Uint8Array(8)),
  ),
);
const TAGGED_TWICE = from(
  11,
  ethernet({ ...MAC, vlans: [{ vid: 100 }, { vid: 8 }], type: 0x0800 }, DATAGRAM),
);
const SOLICITATION = from(
  11,
  ethernet(
    { ...MAC, type: 0x86dd },
    neighbourSolicit({ src: 'fd00::1', dst: 'ff02::1:ff00:2' }, 'fd00::2', MAC.src),
  ),
);

/** The query as a fragment: the first with `offset` 0, else a later one (units of 8 bytes). */
function fragment(offset: number, more: boolean): Packet {
  const packet = DATAGRAM.slice();
  new DataView(packet.buffer).setUint16(6, (more ? 0x2000 : 0) | offset);
  return from(11, ethernet({ ...MAC, type: 0x0800 }, packet));
}
const FRAGMENTS = [fragment(0, true), fragment(185, true), fragment(370, false), QUERY];

const LEARN =
  'learn(table=7,idle_timeout=600,OPTIONS,eth_type=0x800,nw_proto=17,NXM_OF_IP_SRC[]=NXM_OF_IP_DST[],NXM_OF_UDP_SRC[]=NXM_OF_UDP_DST[],LAST)';
const learn = (options: string, last: string) => LEARN.replace('OPTIONS', options).replace('LAST', last);

/** Tables that each look up the next 16 times: 16 + 256 + … look-ups. */
const tree = (levels: number) =>
  Array.from({ length: levels }, (_, table) => {
    const actions = Array.from({ length: 16 }, () => `resubmit(,${table + 1})`).join();
    return `table=${table},actions=output:12,${actions}`;
  }).join('\n');

export const PICKED: Readonly<Record<string, Picked>> = {
  'exit in a bucket ends that bucket only': {
    flows: 'table=0,actions=group:1,output:14\ntable=1,actions=output:12,exit,output:13',
    buckets: ['resubmit(,1)', 'output:13'],
  },
  'exit in a clone ends everything': { flows: 'actions=clone(output:12,exit),output:13' },
  'a bucket is an action set, and runs in its order': {
    flows: 'actions=group:1',
    buckets: ['output:12,set_field:3->reg1,set_field:fa:16:3e:00:00:09->eth_src,resubmit(,1)', 'pop_vlan'],
  },
  'an expired TTL ends that list only': {
    flows: 'table=0,ip,actions=set_nw_ttl:1,resubmit(,1),output:13\ntable=1,ip,actions=dec_ttl,output:12',
  },
  'a conjunction that is not complete leaves the packet to what stands below': {
    flows: `priority=9,ip,nw_src=10.0.0.1,actions=conjunction(5,1/2)
      priority=9,ip,nw_src=10.0.0.9,actions=conjunction(5,2/2)
      priority=7,ip,nw_src=10.0.0.1,actions=output:12
      priority=5,ip,actions=output:13
      priority=3,conj_id=5,actions=output:14`,
  },
  'a conjunction of two ids at two priorities': {
    flows: `priority=9,ip,nw_src=10.0.0.1,actions=conjunction(5,1/2),conjunction(6,1/2)
      priority=9,udp,tp_dst=54,actions=conjunction(5,2/2)
      priority=9,udp,tp_dst=53,actions=conjunction(6,2/2)
      priority=3,conj_id=5,actions=output:12
      priority=2,conj_id=6,actions=output:13
      priority=8,ip,actions=output:14`,
  },
  'a tag that is loaded where there is none': {
    flows: 'actions=load:0x1064->NXM_OF_VLAN_TCI[],output:12,load:0->NXM_OF_VLAN_TCI[],output:13',
  },
  'two tags, and one taken off': {
    flows:
      'table=0,dl_vlan=100,actions=pop_vlan,goto_table:1\ntable=1,priority=2,dl_type=0x8100,actions=output:12\ntable=1,actions=output:13',
    packets: [TAGGED_TWICE],
  },
  'ports of fragments that nobody looks at': {
    flows:
      'priority=2,udp,tp_dst=53,actions=output:12\npriority=1,udp,actions=set_field:99->udp_dst,output:13',
    packets: FRAGMENTS,
  },
  'ports of first fragments': {
    flows:
      'priority=2,udp,tp_dst=53,actions=output:12\npriority=1,udp,actions=set_field:99->udp_dst,output:13',
    packets: FRAGMENTS,
    fragments: 'nx-match',
  },
  'fragments that are dropped': { flows: 'actions=output:12', packets: FRAGMENTS, fragments: 'drop' },
  'the type of an option, which actions read as 0': {
    flows:
      'table=0,icmp6,icmp_type=135,icmp_code=0,actions=move:ERICOXM_OF_ICMPV6_ND_OPTIONS_TYPE[]->NXM_NX_REG1[0..7],goto_table:1\ntable=1,reg1=0,actions=output:12',
    packets: [SOLICITATION],
  },
  'a neighbour answered for': {
    flows: `table=0,icmp6,icmp_type=135,icmp_code=0,nd_options_type=1,actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],set_field:fa:16:3e:00:00:02->eth_src,move:NXM_NX_IPV6_SRC[]->NXM_NX_IPV6_DST[],set_field:fd00::2->ipv6_src,set_field:136->icmpv6_type,set_field:2->nd_options_type,set_field:0x60000000->nd_reserved,goto_table:1
      table=1,icmp6,icmp_type=136,icmp_code=0,actions=set_field:fa:16:3e:00:00:02->nd_tll,IN_PORT`,
    packets: [SOLICITATION],
  },
  'a learned flow that outputs, for the next packet': {
    flows: `table=0,priority=2,udp,in_port=11,actions=${learn('priority=9,cookie=0x77', 'output:NXM_OF_IN_PORT[]')},resubmit(,7)
      table=0,priority=1,actions=resubmit(,7)`,
    packets: [QUERY, ANSWER, QUERY, ANSWER],
  },
  'a limit of learned flows, and its result': {
    flows: `table=0,udp,actions=${learn('priority=9,cookie=0x77,limit=1,result_dst=NXM_NX_REG0[5]', 'load:1->NXM_NX_REG1[0]')},goto_table:1
      table=1,reg0=0x20/0x20,actions=output:14`,
    packets: [QUERY, ANSWER, QUERY],
  },
  'another port for one look-up': {
    flows:
      'table=0,actions=resubmit(99,1),output:NXM_OF_IN_PORT[],IN_PORT\ntable=1,in_port=99,actions=IN_PORT,output:12',
  },
  'an action set that is written, cleared and written again': {
    flows:
      'table=0,actions=write_actions(output:12,set_field:9->reg1),goto_table:1\ntable=1,actions=output:13,clear_actions,write_actions(output:14,dec_ttl),goto_table:2\ntable=2,actions=drop',
  },
  'a stack, also an empty one': {
    flows:
      'actions=push:NXM_OF_ETH_SRC[],push:NXM_OF_ETH_DST[],pop:NXM_OF_ETH_SRC[],clone(pop:NXM_OF_ETH_DST[],output:12),pop:NXM_OF_ETH_DST[],output:13,pop:NXM_OF_ETH_DST[],output:14',
  },
  '272 look-ups': { flows: tree(2) },
  'more than 4096 look-ups': { flows: tree(3) },
  'more than 64 look-ups of one table in another': { flows: 'actions=output:12,resubmit(,0)' },
  'a packet of no IP protocol, whose header is left alone': {
    flows: 'ip,actions=set_field:10.0.0.9->ip_dst,output:12',
    packets: [from(11, ethernet({ ...MAC, type: 0x0800 }, ipv4({ ...IPS, protocol: 0 }, new Uint8Array(4))))],
  },
};

/** A picked case in the form of random ones. */
export function pickedCase({ flows, buckets = [], packets = [QUERY], fragments }: Picked): Case {
  const group: GroupMod = {
    type: 'groupMod',
    xid: 5001,
    command: 'add',
    groupType: 'all',
    group: 1,
    buckets: buckets.map((text) => ({
      weight: 0,
      watchPort: PORT.any,
      watchGroup: PORT.any,
      actions: parseActions(text),
    })),
  };
  return {
    groups: [group],
    flows: flows.split('\n').map((line, index) => ({
      ...parseFlow(line.trim(), { xid: index + 1 }),
      cookie: BigInt(index + 1),
    })),
    packets,
    ...(fragments && { fragments }),
  };
}

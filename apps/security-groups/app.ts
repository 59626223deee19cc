import { CUSTOMER_TAG, defineApp, type Emit, move, regs, SERVICE_TAG } from '#pipeline';
import {
  ETH_TYPE,
  FRAGMENT,
  GROUP_BIT,
  ICMP_ANSWERS,
  ICMP_PROTOCOL,
  ICMP_TYPE,
  PROTOCOL,
  TCP_FLAG,
  VERSIONS,
} from '../connection-kinds.ts';
import type { Direction, Facts } from '../facts.ts';
import { firewallBand, firewallTables, guests, PASS } from '../firewall-tables.ts';
import { memoryNoteOf, writeMemoryNote } from '../memory-note.ts';
import { emitGroup, emitMember, emitRules, usesIn } from './emit-rules.ts';
import { DHCP, DISCOVERY } from './services.ts';

const DIRECTIONS = ['egress', 'ingress'] as const satisfies readonly Direction[];

/** Security groups: what rules say. How connections are remembered is another app's concern. */
export const securityGroups = defineApp<Facts>({
  name: 'security-groups',
  number: 7,
  doc: 'Holds ports to their security group rules. What a rule admits passes by the rule itself; only answers need memory.',
  owns: [...Object.values(firewallTables.egress), ...Object.values(firewallTables.ingress), guests],
  uses: [],
  drops: {
    denied:
      'No rule of the port’s security groups admits it, and it answers nothing. Also the copy of a port’s own broadcast for itself.',
    'no-policy': 'The port is to have port security, but its security groups are not known here.',
    revoked: 'It belongs to a connection whose rule is gone.',
    'hidden-tag': 'A VLAN tag below the one that Open vSwitch reads, and whatever it hides.',
  },
  always(emit) {
    for (const direction of DIRECTIONS) {
      emitAround(direction, emit);
      emitAdmitted(direction, emit);
      emitEstablished(direction, emit);
    }
  },
  compile: {
    firewall({ recovering }, emit) {
      for (const direction of DIRECTIONS) emitPolicy(direction, recovering, emit);
    },

    localPort({ key, sources }, emit) {
      if (!sources) emit(guests, firewallBand.exact).when('guest', key).set(regs.isOpen, 1).done();
    },

    firewallPort({ key, policy, memory, plug, recovering }, emit) {
      const flow = emit(guests, firewallBand.exact).when('guest', key).set(regs.policy, policy);
      if (memory.backend === 'conntrack') flow.set(regs.zone, memory.zone);
      if (recovering) flow.set(regs.recovering, 1);
      flow.note(writeMemoryNote(memoryNoteOf({ memory, plug }))).done();
    },

    policy(policy, emit) {
      for (const direction of DIRECTIONS) emitRules(policy, direction, emit);
    },

    remoteGroup({ key, uses }, emit) {
      for (const use of uses) emitGroup(key, use, emit);
    },

    member({ addresses }, emit) {
      for (const { range, groups } of addresses)
        for (const { use, keys } of usesIn(groups)) emitMember(range, keys, use, emit);
    },
  },
});

/** The way in: without these flows everything passes. */
function emitPolicy(direction: Direction, recovering: true | undefined, emit: Emit): void {
  const { policy, rules } = firewallTables[direction];
  for (const type of DISCOVERY[direction])
    emit(policy, firewallBand.exact)
      .when('eth_type', ETH_TYPE[6])
      .when('ip_proto', ICMP_PROTOCOL[6])
      .when('icmpv6_type', type)
      .goto(PASS[direction]);
  for (const { ethType, from, to } of DHCP[direction])
    emit(policy, firewallBand.exact)
      .when('eth_type', ethType)
      .when('ip_proto', PROTOCOL.udp)
      .when('udp_src', from)
      .when('udp_dst', to)
      .goto(PASS[direction]);
  for (const ethType of [ETH_TYPE[4], ETH_TYPE[6], CUSTOMER_TAG, SERVICE_TAG]) {
    // All of this register at once: what the sender's firewall has found out is none of the receiver's business.
    const flow = emit(policy, firewallBand.broad)
      .when('eth_type', ethType)
      .set('reg5', 0)
      .set(regs.policy, 0);
    if (recovering) flow.set(regs.recovering, 1);
    flow.apply(move(direction === 'egress' ? regs.ingress : regs.egress, regs.guest));
    flow.lookUp(guests).goto(rules);
  }
}

/** From table to table. */
function emitAround(direction: Direction, emit: Emit): void {
  const { rules, established, tracked, mirror } = firewallTables[direction];
  emit(rules, firewallBand.veto).when('isOpen', 1).goto(PASS[direction]);
  for (const tag of [CUSTOMER_TAG, SERVICE_TAG])
    emit(rules, firewallBand.exact).when('eth_type', tag).when('isOpen', 0).drop('hidden-tag');
  emit(rules, firewallBand.fallback).goto(established);
  emit(tracked, firewallBand.fallback).goto(mirror);
  emit(mirror, firewallBand.veto).when('policy', 0).when('admitted', 0).when('known', 0).drop('no-policy');
  emit(mirror, firewallBand.fallback).when('admitted', 0).when('known', 1).drop('revoked');
}

/** Which packets begin a connection. */
function emitAdmitted(direction: Direction, emit: Emit): void {
  const { admitted, mirror } = firewallTables[direction];
  const pass = PASS[direction];
  // Whoever answers one of these does it from an address of its own.
  emit(admitted, firewallBand.veto).when('eth_dst', GROUP_BIT, GROUP_BIT).goto(pass);
  for (const version of VERSIONS) {
    const ip = (priority: number) => emit(admitted, priority).when('eth_type', ETH_TYPE[version]);
    const tcp = (priority: number) => ip(priority).when('ip_proto', PROTOCOL.tcp);
    const icmp = (priority: number) => ip(priority).when('ip_proto', ICMP_PROTOCOL[version]);
    const opening = (flow: ReturnType<typeof ip>) =>
      flow.set(regs.admitted, 1).set(regs.opens, 1).goto(mirror);
    ip(firewallBand.veto).when('ip_frag', FRAGMENT.later).goto(pass);
    opening(tcp(firewallBand.exact).when('recovering', 1));
    tcp(firewallBand.range).when('tcp_flags', TCP_FLAG.ack, TCP_FLAG.ack).goto(pass);
    opening(tcp(firewallBand.opening).when('tcp_flags', TCP_FLAG.syn, TCP_FLAG.syn));
    tcp(firewallBand.broad).goto(pass);
    for (const { request } of ICMP_ANSWERS[version])
      opening(icmp(firewallBand.exact).when(ICMP_TYPE[version], request));
    icmp(firewallBand.broad).goto(pass);
    opening(ip(firewallBand.fallback));
  }
}

/** Which packets answer nothing. They are dropped without a look at their addresses: these flows serve any number of them. */
function emitEstablished(direction: Direction, emit: Emit): void {
  const { established, mirror } = firewallTables[direction];
  emit(established, firewallBand.veto).when('eth_dst', GROUP_BIT, GROUP_BIT).goto(mirror);
  for (const version of VERSIONS)
    for (const protocol of [PROTOCOL.tcp, ICMP_PROTOCOL[version]])
      emit(established, firewallBand.broad)
        .when('eth_type', ETH_TYPE[version])
        .when('ip_proto', protocol)
        .goto(mirror);
}

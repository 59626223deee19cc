import { band, defineApp, type Emit, type FlowBuilder, type Lesson, type MatchName, regs } from '#pipeline';
import {
  ANSWERING,
  ETH_TYPE,
  ICMP_ANSWERS,
  ICMP_ERRORS,
  PROTOCOL,
  TCP_FLAG,
  UNDER_WAY,
  VERSIONS,
} from '../connection-kinds.ts';
import type { Direction, Facts, LearnMemory } from '../facts.ts';
import { firewallBand, firewallTables, PASS } from '../firewall-tables.ts';
import { errors, laterFragments, withoutPorts, withPorts, withType } from './connection.ts';
import { connections, openings } from './tables.ts';

const DIRECTIONS = ['egress', 'ingress'] as const satisfies readonly Direction[];
const { egress, ingress } = firewallTables;
/** Guests' own VLAN ids divide a network into others; priorities may differ between the two directions. */
const OWN_VLAN = { field: 'vlan_tci', offset: 0, bits: 12 } as const;

/** Connections remembered by flows that the switch learns: this works on any datapath, and without a controller. */
export const learnFirewall = defineApp<Facts>({
  name: 'learn-firewall',
  number: 8,
  doc: 'Remembers connections whose answers no rule admits, by flows that the switch learns from their first packet.',
  owns: [connections, openings],
  uses: [
    ...[egress.admitted, egress.established, egress.mirror],
    ...[ingress.admitted, ingress.established, ingress.mirror],
  ],
  compile: {
    firewall({ backend }, emit) {
      if (backend !== 'learn') return;
      for (const direction of DIRECTIONS) {
        emitAnswers(direction, emit);
        emitOpenings(direction, emit);
      }
    },

    firewallPort({ key, memory }, emit) {
      if (memory.backend !== 'learn') return;
      for (const lasting of [0, 1] as const)
        emit(openings, band.exact)
          .when('guest', key)
          .when('lasting', lasting)
          .learn(...lessons(memory, lasting))
          .done();
    },
  },
});

/** What answers a connection, and what belongs to all connections of its two addresses. */
function lessons({ timeouts }: LearnMemory, lasting: 0 | 1): readonly Lesson[] {
  const { guest, toGuest, isIpv6, related, protocol } = regs;
  const { localPort, remotePort, localAddress, remoteAddress, known } = regs;
  const table = connections;
  const set = [[known, 1]] as const;
  const pair = [guest, toGuest, isIpv6, localAddress, remoteAddress, OWN_VLAN];
  return [
    {
      ...{ table, set },
      same: [...pair, protocol, localPort, remotePort],
      when: [[related, 0]],
      idleTimeout: lasting ? timeouts.tcp : timeouts.other,
      ...(lasting && { finIdleTimeout: timeouts.tcpClosing }),
    },
    { ...{ table, set }, same: pair, when: [[related, 1]], idleTimeout: timeouts.other },
  ];
}

/** Looks up the connection of whatever may answer one. */
function emitAnswers(direction: Direction, emit: Emit): void {
  const { established, mirror } = firewallTables[direction];
  const answers = <M extends MatchName>(flow: FlowBuilder<M>) =>
    flow
      .set(regs.toGuest, direction === 'ingress' ? 1 : 0)
      .lookUp(connections)
      .goto(mirror);
  const exact = () => emit(established, firewallBand.exact);
  for (const version of VERSIONS) {
    for (const [at, flag] of ANSWERING.entries())
      answers(
        withPorts(emit(established, firewallBand.exact - at), version, 'tcp', direction).when(
          'tcp_flags',
          flag,
          flag,
        ),
      );
    // Whoever waits for more says nothing by itself: its answer to this is what has the session remembered again.
    answers(
      withPorts(emit(established, firewallBand.resuming), version, 'tcp', direction)
        .when('recovering', 1)
        .when('tcp_flags', UNDER_WAY.flags, UNDER_WAY.mask)
        .set(regs.known, 1),
    );
    for (const name of ['udp', 'sctp'] as const) answers(withPorts(exact(), version, name, direction));
    for (const { request, answer } of ICMP_ANSWERS[version])
      answers(withType(exact(), version, { type: answer, request }, direction));
    answers(withoutPorts(emit(established, firewallBand.fallback), version, direction));
    answers(laterFragments(emit(established, firewallBand.ahead), version, direction));
    if (direction === 'ingress') continue;
    for (const type of ICMP_ERRORS[version]) answers(errors(exact(), version, type, direction));
  }
}

/** Has the connection of what may begin one remembered, when no rule admits its answers. */
function emitOpenings(direction: Direction, emit: Emit): void {
  const { admitted, mirror } = firewallTables[direction];
  const toGuest = direction === 'egress' ? 1 : 0;
  const opening = (priority: number) => emit(mirror, priority).when('admitted', 1).when('opens', 1);
  const remember = <M extends MatchName>(flow: FlowBuilder<M>) =>
    flow.set(regs.toGuest, toGuest).lookUp(openings).goto(PASS[direction]);
  for (const version of VERSIONS) {
    for (const name of ['tcp', 'udp', 'sctp'] as const)
      remember(withPorts(opening(firewallBand.broad), version, name, direction));
    for (const { request } of ICMP_ANSWERS[version])
      remember(withType(opening(firewallBand.broad), version, { type: request, request }, direction));
    remember(withoutPorts(opening(firewallBand.fallback), version, direction));
    // Also before those that may begin one while connections are found again: this one doesn't.
    emit(admitted, firewallBand.ahead)
      .when('eth_type', ETH_TYPE[version])
      .when('ip_proto', PROTOCOL.tcp)
      .when('tcp_flags', TCP_FLAG.rst, TCP_FLAG.rst)
      .set(regs.admitted, 1)
      .goto(mirror);
    // What it resets is found as if this were an answer, so that the flow that remembers it sees the flag.
    withPorts(
      emit(mirror, firewallBand.broad).when('admitted', 1).when('opens', 0),
      version,
      'tcp',
      direction,
    )
      .set(regs.toGuest, toGuest)
      .lookUp(connections)
      .goto(PASS[direction]);
  }
}

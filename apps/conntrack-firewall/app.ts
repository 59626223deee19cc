import { defineApp, type Emit, regs } from '#pipeline';
import {
  ANSWERING,
  ETH_TYPE,
  FRAGMENT,
  ICMP_ANSWERS,
  ICMP_ERRORS,
  ICMP_PROTOCOL,
  ICMP_TYPE,
  PROTOCOL,
  TCP_FLAG,
  UNDER_WAY,
  VERSIONS,
} from '../connection-kinds.ts';
import type { Direction, Facts } from '../facts.ts';
import { firewallBand, firewallTables, PASS } from '../firewall-tables.ts';

const DIRECTIONS = ['egress', 'ingress'] as const satisfies readonly Direction[];
const { egress, ingress } = firewallTables;
const ZONE = { zone: regs.zone };
/** Bits of ct_state (ovs-fields(7)). */
const STATE = { related: 0x04, reply: 0x08, invalid: 0x10, tracked: 0x20 } as const;

/** Connections remembered by the datapath's connection tracking, a zone for each port. */
export const conntrackFirewall = defineApp<Facts>({
  name: 'conntrack-firewall',
  number: 9,
  doc: 'Remembers connections whose answers no rule admits, by connection tracking; others never get there.',
  owns: [],
  uses: [
    ...[egress.admitted, egress.established, egress.tracked, egress.mirror],
    ...[ingress.admitted, ingress.established, ingress.tracked, ingress.mirror],
  ],
  compile: {
    firewall({ backend }, emit) {
      if (backend !== 'conntrack') return;
      for (const direction of DIRECTIONS) {
        emitAnswers(direction, emit);
        emitOpenings(direction, emit);
      }
    },
  },
});

/** Asks connection tracking about whatever may answer. */
function emitAnswers(direction: Direction, emit: Emit): void {
  const { established, tracked, mirror } = firewallTables[direction];
  for (const version of VERSIONS) {
    const ip = (priority: number) => emit(established, priority).when('eth_type', ETH_TYPE[version]);
    const ask = (flow: ReturnType<typeof ip>) => flow.trackAndGoto(ZONE, tracked);
    ask(ip(firewallBand.ahead).when('ip_frag', FRAGMENT.later));
    for (const [at, flag] of ANSWERING.entries())
      ask(
        ip(firewallBand.exact - at)
          .when('ip_proto', PROTOCOL.tcp)
          .when('tcp_flags', flag, flag),
      );
    // Whoever waits for more says nothing by itself: its answer to this is what has the session tracked again.
    ask(
      ip(firewallBand.resuming)
        .when('recovering', 1)
        .when('ip_proto', PROTOCOL.tcp)
        .when('tcp_flags', UNDER_WAY.flags, UNDER_WAY.mask)
        .set(regs.known, 1),
    );
    const answers = ICMP_ANSWERS[version].map(({ answer }) => answer);
    const errors = direction === 'egress' ? ICMP_ERRORS[version] : [];
    for (const type of [...answers, ...errors])
      ask(ip(firewallBand.exact).when('ip_proto', ICMP_PROTOCOL[version]).when(ICMP_TYPE[version], type));
    ask(ip(firewallBand.fallback));
  }
  for (const bit of [STATE.reply, STATE.related])
    emit(tracked, firewallBand.exact)
      .when('ct_state', STATE.tracked | bit, STATE.tracked | STATE.invalid | bit)
      .set(regs.known, 1)
      .goto(mirror);
}

/** Lets connection tracking see the guest's side of connections whose answers it is asked about. */
function emitOpenings(direction: Direction, emit: Emit): void {
  const { admitted, mirror } = firewallTables[direction];
  for (const version of VERSIONS) {
    const ip = (priority: number) => emit(admitted, priority).when('eth_type', ETH_TYPE[version]);
    // It would wait for the others, which come by another way.
    ip(firewallBand.veto).when('ip_frag', FRAGMENT.first).goto(PASS[direction]);
    // A reset begins nothing, while connections are found again either.
    ip(firewallBand.ahead)
      .when('ip_proto', PROTOCOL.tcp)
      .when('tcp_flags', TCP_FLAG.rst, TCP_FLAG.rst)
      .set(regs.admitted, 1)
      .goto(mirror);
    // Without the segments in between, answers to them would look as if they were none.
    for (const flag of ANSWERING)
      ip(firewallBand.backEnd)
        .when('ip_proto', PROTOCOL.tcp)
        .when('tcp_flags', flag, flag)
        .set(regs.admitted, 1)
        .goto(mirror);
    const needed = (opens: 0 | 1) =>
      emit(mirror, firewallBand.fallback)
        .when('eth_type', ETH_TYPE[version])
        .when('admitted', 1)
        .when('opens', opens);
    needed(1)
      .track({ ...ZONE, commit: true })
      .goto(PASS[direction]);
    needed(0).track(ZONE).goto(PASS[direction]);
  }
}

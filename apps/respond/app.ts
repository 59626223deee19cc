import {
  band,
  defineApp,
  type Emit,
  type FlowBuilder,
  type MatchName,
  move,
  regs,
  swap,
  UNTAGGED,
} from '#pipeline';
import { GROUP_BIT } from '../connection-kinds.ts';
import type { Facts, LocalPort, RemotePort } from '../facts.ts';
import { matching, PACKET } from '../packets.ts';
import { answer, answerOption, question } from './tables.ts';

const BROADCAST = 0xffffffffffffn;
const ARP_ANSWER = 2;
const NEIGHBOUR_ADVERT = 136;
/** Type of the option with the target's link-layer address (RFC 4861, 4.6.1). */
const TARGET_OPTION = 2;
/** Flags of an advertisement (RFC 4861, 4.4): solicited, and it overrides what was known. Guarded ports are no routers. */
const SOLICITED_OVERRIDE = 0x60000000;
const NO_MAC = 0n;

/**
 * Answers ARP requests and neighbour solicitations for known addresses, on the asker's own switch. A question that is sent to
 * one host, not to all, goes to that host, so that guests find out when a neighbour is gone.
 */
export const respond = defineApp<Facts>({
  name: 'respond',
  number: 5,
  doc: 'ARP and IPv6 neighbour discovery for fixed addresses is answered where it is asked; no broadcast crosses the fabric.',
  owns: [question, answer, answerOption],
  uses: [],
  always(emit) {
    // Duplicate address detection, or nobody to tell the answer to (RFC 4861, 7.2.4): the owner itself must see it.
    matching(emit(question, band.veto), PACKET.neighbourSolicit).when('nd_sll', NO_MAC).goto('respond');

    backToAsker(
      matching(emit(answer, band.exact), PACKET.arp)
        .set('arp_op', ARP_ANSWER)
        .apply(move('arp_sha', 'arp_tha'), move('eth_src', 'arp_sha'), ...swap('arp_spa', 'arp_tpa')),
    );
    matching(emit(answer, band.exact), PACKET.neighbourSolicit)
      .apply(move('ipv6_src', 'ipv6_dst'), move('nd_target', 'ipv6_src'))
      .set('icmpv6_type', NEIGHBOUR_ADVERT)
      .set('nd_options_type', TARGET_OPTION)
      .set('nd_reserved', SOLICITED_OVERRIDE)
      .goto(answerOption);
    backToAsker(
      matching(emit(answerOption, band.exact), PACKET.neighbourAdvert).apply(move('eth_src', 'nd_tll')),
    );
  },
  compile: {
    localPort(port, emit) {
      if (!port.standby) answerFor(port, port.sources !== undefined, emit);
      // A probe or an announcement of one's own address is for the others (RFC 5227, 2.1.1 and 2.3).
      for (const { version, bits } of port.addresses) {
        if (version === 6) continue;
        asked(matching(emit(question, band.veto), PACKET.arpRequest), port.network)
          .when('ingress', port.key)
          .when('arp_tpa', Number(bits))
          .goto('respond');
      }
    },
    remotePort(port, emit) {
      answerFor(port, port.isGuarded, emit);
    },
  },
});

function answerFor(
  { network, mac, addresses }: LocalPort | RemotePort,
  isGuarded: boolean,
  emit: Emit,
): void {
  const swapEthernet = [move('eth_src', 'eth_dst')];
  for (const { version, bits } of addresses) {
    if (version === 4) {
      asked(matching(emit(question, band.exact), PACKET.arpRequest), network)
        .when('eth_dst', BROADCAST)
        .when('arp_tpa', Number(bits))
        .apply(...swapEthernet)
        .set('eth_src', mac)
        .goto(answer);
      continue;
    }
    const flow = asked(matching(emit(question, band.exact), PACKET.neighbourSolicit), network)
      .when('eth_dst', GROUP_BIT, GROUP_BIT)
      .when('nd_target', bits);
    // Whether it is a router, which an answer has to say, is known of guarded ports only: the others speak for themselves.
    if (isGuarded)
      flow
        .apply(...swapEthernet)
        .set('eth_src', mac)
        .goto(answer);
    else flow.set('eth_dst', mac).goto('respond');
  }
}

/** Guests' own tags divide a network into others, whose addresses nobody knows. */
function asked<M extends MatchName>(flow: FlowBuilder<M | 'network' | 'vlan_vid'>, network: number) {
  return flow.when('network', network).when('vlan_vid', UNTAGGED);
}

/** The asker becomes the receiver, and no longer is the sender that nothing goes back to. */
function backToAsker<M extends MatchName>(flow: FlowBuilder<M>): void {
  flow.apply(move(regs.ingress, regs.egress)).set(regs.ingress, 0).goto('deliver');
}

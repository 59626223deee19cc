import {
  type Action,
  type Branch,
  band,
  defineApp,
  type Emit,
  edge,
  emitReplication,
  regs,
  type Target,
} from '#pipeline';
import type { Facts, LocalPort } from '../facts.ts';
import { flood, untagged } from './tables.ts';

/** The group bit of a MAC address: set in multicast and broadcast (IEEE 802, 8.2). */
const GROUP_BIT = 0x010000000000n;
/** vlan_vid of a packet without a tag, and of one whose tag has VLAN id 0 (OF 1.3.5, 7.2.3.7: OFPVID_NONE, OFPVID_PRESENT). */
const UNTAGGED = 0;
const PRIORITY_TAGGED = 0x1000;

/** Ethertypes of VLAN tags: customer and service (IEEE 802.1Q, 9.6). */
const VLAN_TAGS = [0x8100, 0x88a8] as const;

/** Lets a packet leave by the OpenFlow port it came in by: between logical ports of one OpenFlow port that is rightful. */
const FORGET_IN_PORT: Action = {
  action: 'reg_load',
  to: { field: 'nxm_in_port', offset: 0, bits: 16 },
  value: 0n,
};

/** Networks as numbers: who may talk to whom at layer 2. */
export const l2Isolation = defineApp<Facts>({
  name: 'l2-isolation',
  number: 1,
  doc: 'A network is a number in metadata: ports reach the ports of their own network and nothing else.',
  owns: [untagged, flood],
  uses: [edge.admit, edge.forward, edge.deliver],
  always(emit) {
    for (const tag of VLAN_TAGS) emit(untagged, band.veto).when('eth_type', tag).drop();
  },
  compile: {
    localPort(port, emit) {
      admit(port, emit, UNTAGGED, [], 'guard');
      // Priority-tagged frames (VLAN id 0) belong to the untagged network (IEEE 802.1Q, 6.9).
      admit(port, emit, PRIORITY_TAGGED, [{ action: 'pop_vlan' }], untagged);
      emit(edge.forward, band.exact)
        .when('network', port.network)
        .when('eth_dst', port.mac)
        .set(regs.egress, port.key)
        .goto('ingressFirewall');
      // OpenFlow's own guard against sending a packet back works on OpenFlow ports; ours works on logical ports.
      emit(edge.deliver, band.veto).when('ingress', port.key).when('egress', port.key).drop();
      emit(edge.deliver, band.exact).when('egress', port.key).apply(FORGET_IN_PORT).output(port.ofport);
    },

    segment(segment, emit) {
      emit(edge.forward, band.broad)
        .when('network', segment.key)
        .when('eth_dst', GROUP_BIT, GROUP_BIT)
        .goto(flood);
      const local = segment.ports.map(
        (key): Branch => ({ set: [[regs.egress, key]], to: 'ingressFirewall' }),
      );
      const remote = segment.peers.map((key): Branch => ({ set: [[regs.egress, key]], to: 'deliver' }));
      const replicate = (fromTunnel: 0 | 1, branches: readonly Branch[]) =>
        emitReplication(
          emit,
          flood,
          band.exact,
          (flow) => flow.when('network', segment.key).when('fromTunnel', fromTunnel),
          remote.length > 0 && fromTunnel === 0 ? [['tun_id', BigInt(segment.tunnel?.key ?? 0)]] : [],
          branches,
        );
      replicate(0, [...local, ...remote]);
      if (segment.tunnel) replicate(1, local);
    },
  },
});

function admit(port: LocalPort, emit: Emit, vlanVid: number, strip: readonly Action[], next: Target): void {
  emit(edge.admit, band.exact)
    .when('in_port', port.ofport)
    .when('vlan_vid', vlanVid)
    .apply(...strip)
    .set(regs.network, port.network)
    .set(regs.ingress, port.key)
    .goto(next);
}

import {
  type Branch,
  band,
  defineApp,
  edge,
  emitReplication,
  FORGET_IN_PORT,
  regs,
  UNTAGGED,
} from '#pipeline';
import { GROUP_BIT } from '../connection-kinds.ts';
import type { Facts } from '../facts.ts';
import { flood } from './tables.ts';

/** Networks as numbers: who may talk to whom at layer 2. */
export const l2Isolation = defineApp<Facts>({
  name: 'l2-isolation',
  number: 1,
  doc: 'A network is a number in metadata: ports reach the ports of their own network and nothing else.',
  owns: [flood],
  uses: [edge.admit, edge.forward, edge.deliver],
  drops: { 'back-to-sender': 'A copy that would go back to the logical port it came from.' },
  compile: {
    localPort(port, emit) {
      if (!port.standby)
        emit(edge.forward, band.exact)
          .when('network', port.network)
          .when('eth_dst', port.mac)
          .set(regs.egress, port.key)
          .goto('ingressFirewall');
      // OpenFlow's own guard against sending a packet back works on OpenFlow ports; ours works on logical ports.
      emit(edge.deliver, band.veto).when('ingress', port.key).when('egress', port.key).drop('back-to-sender');
      // The tags of subports are the concern of trunk-demux.
      if (port.vlan !== undefined) return;
      emit(edge.admit, band.exact)
        .when('in_port', port.ofport)
        .when('vlan_vid', UNTAGGED)
        .set(regs.network, port.network)
        .set(regs.ingress, port.key)
        .goto('guard');
      emit(edge.deliver, band.exact).when('egress', port.key).apply(FORGET_IN_PORT).output(port.ofport);
    },

    segment(segment, emit) {
      const { tunnel, wire } = segment;
      emit(edge.forward, band.broad)
        .when('network', segment.key)
        .when('eth_dst', GROUP_BIT, GROUP_BIT)
        .goto(flood);
      // Who of those that may have such an address has it now, nobody knows: all hear what is sent to it.
      for (const mac of segment.sharedMacs ?? [])
        emit(edge.forward, band.range).when('network', segment.key).when('eth_dst', mac).goto(flood);
      const local = segment.ports.map(
        (key): Branch => ({ set: [[regs.egress, key]], to: 'ingressFirewall' }),
      );
      const away = [...segment.peers, ...(wire ? [wire.key] : [])];
      const remote = away.map((key): Branch => ({ set: [[regs.egress, key]], to: 'deliver' }));
      const replicate = (fromFabric: 0 | 1, branches: readonly Branch[]) =>
        emitReplication(
          emit,
          flood,
          band.exact,
          (flow) => flow.when('network', segment.key).when('fromFabric', fromFabric),
          tunnel && segment.peers.length > 0 && fromFabric === 0 ? [['tun_id', BigInt(tunnel.key)]] : [],
          branches,
        );
      replicate(0, [...local, ...remote]);
      if (tunnel || wire) replicate(1, local);
    },
  },
});

import { band, defineApp, edge, regs } from '#pipeline';
import type { Facts } from '../facts.ts';
import { tunnelKey, tunnelPeer } from './tables.ts';

/** Hypervisors reach each other: one flow-based tunnel port per type, unicast to the known host. */
export const tunnelMesh = defineApp<Facts>({
  name: 'tunnel-mesh',
  number: 2,
  doc: 'Carries networks between hypervisors; a packet from a tunnel is never sent to a tunnel (split horizon).',
  owns: [tunnelPeer, tunnelKey],
  uses: [edge.admit, edge.forward, edge.deliver],
  compile: {
    tunnelPort(port, emit) {
      emit(edge.admit, band.exact).when('in_port', port.key).goto(tunnelPeer);
    },

    peer(peer, emit) {
      emit(tunnelPeer, band.exact).when('in_port', peer.ofport).when('tun_src', peer.address).goto(tunnelKey);
      emit(edge.deliver, band.exact)
        .when('egress', peer.key)
        .set('tun_dst', peer.address)
        .output(peer.ofport);
    },

    segment({ key, tunnel }, emit) {
      if (!tunnel) return;
      emit(tunnelKey, band.exact)
        .when('in_port', tunnel.ofport)
        .when('tun_id', BigInt(tunnel.key))
        .set(regs.fromFabric, 1)
        .set(regs.network, key)
        .goto('forward');
    },

    remotePort(port, emit) {
      emit(edge.forward, band.exact)
        .when('network', port.network)
        .when('fromFabric', 0)
        .when('eth_dst', port.mac)
        .set('tun_id', BigInt(port.tunnelKey))
        .set(regs.egress, port.peer)
        .goto('deliver');
    },
  },
});

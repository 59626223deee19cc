import { band, defineApp, edge, regs, UNTAGGED } from '#pipeline';
import type { Address, Facts } from '../facts.ts';
import { tunnelKey, tunnelPeer } from './tables.ts';

const TUNNEL_SOURCE = { 4: 'tun_src', 6: 'tun_ipv6_src' } as const;
const TUNNEL_TARGET = { 4: 'tun_dst', 6: 'tun_ipv6_dst' } as const;

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
      for (const source of peer.sources) {
        const flow = emit(tunnelPeer, band.exact).when('in_port', peer.ofport);
        flow.when(TUNNEL_SOURCE[source.version], addressValue(source)).goto(tunnelKey);
      }
      const leave = emit(edge.deliver, band.exact).when('egress', peer.key);
      if (peer.local) leave.set(TUNNEL_SOURCE[peer.local.version], addressValue(peer.local));
      leave.set(TUNNEL_TARGET[peer.address.version], addressValue(peer.address)).output(peer.ofport);
    },

    segment({ key, tunnel, transparent }, emit) {
      if (!tunnel) return;
      const enter = emit(tunnelKey, band.exact)
        .when('in_port', tunnel.ofport)
        .when('tun_id', BigInt(tunnel.key));
      // Honest hypervisors send none there, and a trunk's parent would take it for the tag of a subport.
      if (!transparent) enter.when('vlan_vid', UNTAGGED);
      enter.set(regs.fromFabric, 1).set(regs.network, key).goto('forward');
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

/** The codec's form of an address: a number when it has 32 bits. */
function addressValue({ version, bits }: Address): number | bigint {
  return version === 4 ? Number(bits) : bits;
}

import {
  type Action,
  band,
  CUSTOMER_TAG,
  defineApp,
  edge,
  regs,
  SERVICE_TAG,
  TAGGED,
  UNTAGGED,
} from '#pipeline';
import type { Facts } from '../facts.ts';
import { fromWire, fromWireUntagged, toWire } from './tables.ts';

const TAKE_TAG_OFF: Action = { action: 'pop_vlan' };

/**
 * Networks on physical networks, through a patch to a provider bridge. Our bridge learns no MAC addresses: those on this
 * hypervisor are known, and packets for any other go out, for the physical network to deliver.
 */
export const providerNetworks = defineApp<Facts>({
  name: 'provider-networks',
  number: 6,
  doc: 'Joins networks to physical ones: the VLAN on the wire gives the network, and the network the VLAN.',
  owns: [fromWire, fromWireUntagged, toWire],
  uses: [edge.admit, edge.forward, edge.deliver],
  drops: {
    'second-wire-tag': 'A second VLAN tag from a physical network, for a network that carries none.',
  },
  always(emit) {
    for (const tag of [CUSTOMER_TAG, SERVICE_TAG])
      emit(fromWireUntagged, band.veto).when('eth_type', tag).drop('second-wire-tag');
    emit(fromWireUntagged, band.broad).goto('forward');
  },
  compile: {
    physicalPort({ key, ofport }, emit) {
      emit(edge.admit, band.exact).when('in_port', ofport).goto(fromWire);
      emit(edge.deliver, band.exact).when('egress', key).goto(toWire);
    },

    segment({ key: network, wire, transparent }, emit) {
      if (!wire) return;
      const { key, ofport, tag } = wire;
      const admit = (vlanVid: number) =>
        emit(fromWire, band.exact)
          .when('in_port', ofport)
          .when('vlan_vid', vlanVid)
          .apply(...(vlanVid === UNTAGGED ? [] : [TAKE_TAG_OFF]))
          .set(regs.network, network)
          .set(regs.fromFabric, 1);
      if (tag) admit(TAGGED | tag.vlan).goto(transparent ? 'forward' : fromWireUntagged);
      else {
        admit(UNTAGGED).goto('forward');
        // Priority-tagged frames (VLAN id 0) belong to the untagged network (IEEE 802.1Q, 6.9).
        admit(TAGGED).goto(fromWireUntagged);
      }
      emit(edge.forward, band.fallback)
        .when('network', network)
        .when('fromFabric', 0)
        .set(regs.egress, key)
        .goto('deliver');
      const leave = emit(toWire, band.exact).when('egress', key).when('network', network);
      if (tag) leave.apply({ action: 'push_vlan', ethType: tag.ethType }).set('vlan_vid', TAGGED | tag.vlan);
      leave.output(ofport);
    },
  },
});

import {
  type Action,
  band,
  CUSTOMER_TAG,
  defineApp,
  type Emit,
  edge,
  FORGET_IN_PORT,
  regs,
  SERVICE_TAG,
  TAGGED,
} from '#pipeline';
import type { Facts, LocalPort } from '../facts.ts';
import { untagged } from './tables.ts';

const TAKE_TAG_OFF: Action = { action: 'pop_vlan' };

/**
 * Tags on a guest's interface. A subport is a logical port like any other: (interface, VLAN id) tells who sends, never
 * a MAC address, which may be the parent's; and delivery puts the tag on again. What lies between knows nothing of it.
 */
export const trunkDemux = defineApp<Facts>({
  name: 'trunk-demux',
  number: 3,
  doc: 'Takes VLAN tags off where guests send, to tell subports apart, and puts them on where guests receive.',
  owns: [untagged],
  uses: [edge.admit, edge.deliver],
  drops: {
    'second-tag': 'A second VLAN tag from a guest whose network carries none.',
    'unknown-vlan': 'A VLAN tag from a guest that no subport of its trunk has.',
    'subport-tag':
      'The VLAN tag of a subport, to or from the network of its parent, which carries all others.',
  },
  always(emit) {
    for (const tag of [CUSTOMER_TAG, SERVICE_TAG])
      emit(untagged, band.veto).when('eth_type', tag).drop('second-tag');
  },
  compile: {
    localPort(port, emit) {
      if (port.vlan !== undefined) return subPort(port, port.vlan, emit);
      if (port.transparent) {
        // Tags that no subport takes are the guest's own business, and stay on.
        emit(edge.admit, band.broad)
          .when('in_port', port.ofport)
          .when('vlan_vid', TAGGED, TAGGED)
          .set(regs.network, port.network)
          .set(regs.ingress, port.key)
          .goto('guard');
        if (port.subVlans) keepTags(port, port.subVlans, emit);
        return;
      }
      // Priority-tagged frames (VLAN id 0) belong to the untagged network (IEEE 802.1Q, 6.9).
      admit(port, 0, emit);
      // Any other tag is that of no subport. This counts them by interface.
      emit(edge.admit, band.broad)
        .when('in_port', port.ofport)
        .when('vlan_vid', TAGGED, TAGGED)
        .drop('unknown-vlan');
    },
  },
});

/**
 * A guest takes what wears a subport's tag for the subport's, so nobody on the parent's network sends it that; and what it
 * sends by a subport that is down does not become the parent's.
 */
function keepTags({ key, ofport }: LocalPort, vlans: readonly number[], emit: Emit): void {
  const toParent = (vlanVid: number) =>
    emit(edge.deliver, band.veto).when('egress', key).when('vlan_vid', vlanVid);
  for (const vlan of vlans) {
    emit(edge.admit, band.range)
      .when('in_port', ofport)
      .when('vlan_vid', TAGGED | vlan)
      .drop('subport-tag');
    toParent(TAGGED | vlan).drop('subport-tag');
  }
  // It takes a priority tag off, and then sees the tag below it, which the switch does not.
  for (const tag of [CUSTOMER_TAG, SERVICE_TAG]) toParent(TAGGED).when('eth_type', tag).drop('subport-tag');
}

function subPort(port: LocalPort, vlan: number, emit: Emit): void {
  admit(port, vlan, emit);
  emit(edge.deliver, band.exact)
    .when('egress', port.key)
    .apply({ action: 'push_vlan', ethType: CUSTOMER_TAG })
    .set('vlan_vid', TAGGED | vlan)
    .apply(FORGET_IN_PORT)
    .output(port.ofport);
}

function admit(port: LocalPort, vlan: number, emit: Emit): void {
  emit(edge.admit, band.exact)
    .when('in_port', port.ofport)
    .when('vlan_vid', TAGGED | vlan)
    .apply(TAKE_TAG_OFF)
    .set(regs.network, port.network)
    .set(regs.ingress, port.key)
    .goto(port.transparent ? 'guard' : untagged);
}

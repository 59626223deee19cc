import { VLAN_PRESENT } from 'openflow-codec';

/** vlan_vid of a packet without a tag (OF 1.3.5, 7.2.3.7: OFPVID_NONE). */
export const UNTAGGED = 0;
/** vlan_vid of a packet with a tag: this bit and the VLAN id (OF 1.3.5, 7.2.3.7: OFPVID_PRESENT). */
export const TAGGED = VLAN_PRESENT;
/** Ethertypes of VLAN tags (IEEE 802.1Q, 9.6). A tag below the outermost shows itself only as the packet's Ethertype. */
export const CUSTOMER_TAG = 0x8100;
export const SERVICE_TAG = 0x88a8;

/** OXM classes (OF 1.3.5, 7.2.3.3); the two NXM classes are Nicira's, older than OXM and of the same form. */
export const OXM_CLASS = {
  nxm0: 0x0000,
  nxm1: 0x0001,
  ericsson: 0x1000,
  basic: 0x8000,
  packetRegisters: 0x8001,
  experimenter: 0xffff,
} as const;

/** Experimenter ids (OF 1.3.5, 7.5.4) of the Open Networking Foundation, of Nicira, and of its NSH fields. */
export const EXPERIMENTER = { onf: 0x4f4e4600, nicira: 0x00002320, nsh: 0x005ad650 } as const;

/** How a field's value is written as text, in the notation of ovs-ofctl. */
export type FieldFormat =
  | 'decimal'
  | 'hex'
  | 'port'
  | 'mac'
  | 'ipv4'
  | 'ipv6'
  | 'ipFrag'
  | 'tcpFlags'
  | 'ctState'
  | 'tunFlags'
  | 'packetType';

/** What must be matched before a field exists in a packet; ovs-fields(7) calls it a prerequisite. */
export type FieldNeed =
  | 'vlan'
  | 'mpls'
  | 'ipv4'
  | 'ipv6'
  | 'ip'
  | 'arp'
  | 'tcp'
  | 'udp'
  | 'sctp'
  | 'icmp'
  | 'icmpv6'
  | 'nd'
  | 'ndSolicit'
  | 'ndAdvert'
  | 'ct'
  | 'nsh'
  | 'pbb';

/** Class and number of an OXM or NXM header; `experimenter` follows the header in class 0xffff. */
export interface FieldHeader {
  readonly class: number;
  /** 7 bits. */
  readonly number: number;
  readonly experimenter?: number;
}

/** One row of the field table. */
export interface Field {
  /** The header that ovs-vswitchd writes in a match on OpenFlow 1.3. */
  readonly oxm: FieldHeader;
  /** The header in Nicira's actions (move, load, learn…), where it is another one. */
  readonly nxm?: FieldHeader;
  /** A third header of the same meaning, which Open vSwitch reads and never writes on OpenFlow 1.3. */
  readonly alias?: FieldHeader;
  /** Significant bits; on the wire the value takes the next whole number of bytes. */
  readonly bits: number;
  /** Bytes on the wire, where they are not the fewest of 1, 2, 4, 6, 8, 16 that hold the bits. */
  readonly size?: number;
  /** True for a tunnel option: its length is the option's, `bits` is the most. */
  readonly isVariable?: true;
  /** Bits that a whole subfield has in actions, where they are fewer. */
  readonly actionBits?: number;
  readonly maskable: boolean;
  /** True for a field that actions may read and not set (ovs-fields(7), "Read-only"). */
  readonly readOnly?: true;
  readonly as: FieldFormat;
  readonly needs?: FieldNeed;
  /** Name in ovs-ofctl's text, where it differs from the row's. */
  readonly text?: string;
  /** Name of the header as actions print it, such as NXM_OF_ETH_DST. */
  readonly header: string;
}

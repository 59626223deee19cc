import type { FieldName, FieldValue, Match } from 'openflow-codec';

/** How a packet is wrapped when it comes from or goes into a tunnel. Addresses are IPv4 (32 bits) or IPv6. */
export interface Tunnel {
  /** VNI or GRE key, 64 bits. Default 0. */
  readonly id?: bigint;
  readonly src?: number;
  readonly dst?: number;
  readonly ipv6Src?: bigint;
  readonly ipv6Dst?: bigint;
}

/** A packet that arrives. */
export interface Packet {
  /** OpenFlow port number. */
  readonly inPort: number;
  /** The frame, without its check sequence. */
  readonly bytes: Uint8Array;
  /** Present when the packet came out of a tunnel; it counts only with a destination address, as in the switch. */
  readonly tunnel?: Tunnel;
}

/** A copy of the packet that leaves. */
export interface Output {
  /** OpenFlow port number. */
  readonly port: number;
  readonly bytes: Uint8Array;
  /** Present on tunnel ports. */
  readonly tunnel?: Tunnel;
}

/** A copy of the packet that goes to the controller. */
export interface ControllerOutput {
  readonly bytes: Uint8Array;
  /** Most bytes that the controller gets. */
  readonly maxLength: number;
  readonly controllerId: number;
  /** OFPR_* (OF 1.3.5, 7.4.1), and 0 for the table-miss flow's. */
  readonly reason: number;
}

/** One look-up or event on a packet's way, in order. */
export type Step =
  /** A look-up in a table; no `rule` is a miss. `depth` counts look-ups within look-ups. */
  | {
      readonly step: 'table';
      readonly depth: number;
      readonly table: number;
      readonly rule?: { readonly priority: number; readonly cookie: bigint; readonly match: Match };
    }
  /** Something that explains why a packet went where it did. */
  | { readonly step: 'note'; readonly depth: number; readonly note: Note };

/** Things that happen on the way and are no flow. */
export const NOTES = {
  inPort: 'output to the port that the packet came in by: skipped',
  noSuchPort: 'output to a port that is not there: skipped',
  noTunnelDestination: 'output to a tunnel without a destination, or to where the packet came from: skipped',
  noSuchGroup: 'no such group',
  absentField: 'the packet lacks a field that was to be set: skipped',
  learnLimit: 'the limit of learned flows is reached: nothing learned',
  fragment: 'fragments are dropped here',
  portRange: 'the field names no port: skipped',
  fragmentHeld: 'connection tracking keeps a fragment until all are there, which is not modelled: it is lost',
  emptyStack: 'nothing is on the stack: skipped',
  actionSet: 'executing the action set',
  pastEnd: 'a field that the frame is too short for: Open vSwitch 3.1 writes past its end, into other memory',
} as const;
export type Note = keyof typeof NOTES;

/** Why a whole packet is dropped: limits of Open vSwitch on one packet. */
export type TranslationError = 'tooManyResubmits' | 'tooDeep';

/** What became of a packet. */
export interface Outcome {
  readonly outputs: readonly Output[];
  readonly toController: readonly ControllerOutput[];
  /** Both of these, in the order in which they left. */
  readonly sent: readonly (Output | ControllerOutput)[];
  readonly steps: readonly Step[];
  /** Present when a limit was exceeded: then there are no outputs. */
  readonly error?: TranslationError;
  /** The value that a field has at the end of the way. Throws SimulatorError SIM_UNSUPPORTED for one not modelled. */
  readonly field: (name: FieldName) => FieldValue;
  /** Look-ups after the first, of the 4096 that one packet may have. */
  readonly resubmits: number;
}

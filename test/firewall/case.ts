import type { IpPacket } from './packet.ts';
import type { Prefix, Rule } from './rule.ts';

/** A port of a case: its letter gives its addresses, and there is a network of that name for each case. */
export interface PortName {
  /** As it is written: `a`, `a.blue`, `b@far`. */
  readonly text: string;
  /** 1 for `a`. */
  readonly number: number;
  /** '' unless another is named. */
  readonly network: string;
  /** Whether it is on the second hypervisor. */
  readonly isFar: boolean;
}

/** The groups of a port: named ones, and one of its own for rules that are written at the port. */
export interface Security {
  readonly groups: readonly string[];
  readonly rules: readonly Rule[];
  /** allowed_address_pairs. */
  readonly pairs: readonly Prefix[];
}

/** A packet that is sent. */
export interface Sending {
  readonly from: PortName;
  /** Who is meant; everybody on the network when absent. */
  readonly to?: PortName;
  readonly packet: IpPacket;
  /** Of an ICMP error: the packet that it is about. */
  readonly quoted?: IpPacket;
}

/** A frame that is no IP packet: an ARP reply that tells the sender's own address, or one of an EtherType of nobody's. */
export interface OtherSending {
  readonly from: PortName;
  readonly to?: PortName;
  readonly other: 'arp' | 'experiment';
}

/** What happens in a case, in its order. */
export type Step =
  /** A group is made, or its rules are replaced. */
  | {
      readonly step: 'group';
      readonly name: string;
      readonly isStateful: boolean;
      readonly rules: readonly Rule[];
    }
  /** A port is made, or its groups are replaced; port security is off without them. */
  | { readonly step: 'port'; readonly port: PortName; readonly security?: Security }
  | {
      readonly step: 'send';
      readonly send: Sending | OtherSending;
      readonly expected: readonly string[];
      readonly line: number;
    }
  | { readonly step: 'wait'; readonly seconds: number }
  | { readonly step: 'unplug' | 'plug'; readonly port: PortName }
  /** Open vSwitch is restarted on all hypervisors. */
  | { readonly step: 'restart' }
  /** The time after it in which connections are found again is over. */
  | { readonly step: 'recovered' };

/** Rules and packets, and who must get which. */
export interface Case {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly steps: readonly Step[];
}

/** All ports of a case, in the order in which they are named. */
export function portsOf({ steps }: Case): readonly PortName[] {
  const ports = new Map<string, PortName>();
  for (const step of steps) {
    const named =
      step.step === 'send'
        ? [step.send.from, ...(step.send.to ? [step.send.to] : [])]
        : 'port' in step
          ? [step.port]
          : [];
    for (const port of named) ports.set(port.text, port);
  }
  return [...ports.values()];
}

/** What there is before anything happens: groups and ports. */
export function startOf({ steps }: Case): readonly Step[] {
  const end = steps.findIndex(({ step }) => step !== 'group' && step !== 'port');
  return end < 0 ? steps : steps.slice(0, end);
}

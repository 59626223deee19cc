import {
  encodeToBytes,
  type FieldMatch,
  type FlowMod,
  type FlowStats,
  GROUP,
  type Instruction,
  type LearnSpec,
  type Message,
  NO_BUFFER,
  NO_TRUNCATION,
  PORT,
} from 'openflow-codec';

/** One thing that the bench measures: its messages, and how many units (flow-mods, flows…) they carry together. */
export interface Case {
  readonly name: string;
  readonly messages: readonly Message[];
  /** What one unit is. */
  readonly unit: string;
  readonly units: number;
  /** False where os-ken can only decode: it has no code for what a switch sends. */
  readonly peerEncodes: boolean;
}

const FLOWS = 1000;
/** A reply of so many flows as below stays under 65,535 bytes. */
const FLOWS_A_PART = 500;

/** What the issue asks for, in one list that both sides of the bench run. */
export function cases(): Case[] {
  return [
    flowMods('simple flow-mod', simpleFlowMod),
    flowMods('realistic flow-mod', realisticFlowMod),
    {
      name: 'packet-in',
      messages: repeat(VARIANTS, packetIn),
      unit: 'message',
      units: VARIANTS,
      peerEncodes: false,
    },
    {
      name: 'flow-stats reply',
      messages: repeat(FLOWS / FLOWS_A_PART, flowStatsPart),
      unit: 'flow',
      units: FLOWS,
      peerEncodes: false,
    },
  ];
}

/** The bytes of a case's messages. */
export function bytesOf({ messages }: Case): Uint8Array[] {
  return messages.map((message) => encodeToBytes(message).slice());
}

/** Different messages, so that no branch or cache knows the one message by heart. */
const VARIANTS = 64;

function flowMods(name: string, make: (index: number) => FlowMod): Case {
  return { name, messages: repeat(VARIANTS, make), unit: 'message', units: VARIANTS, peerEncodes: true };
}

/** Classic layer 2 forwarding: two fields and one output. */
function simpleFlowMod(index: number): FlowMod {
  return flowMod(index, [inPort(index), mac('eth_dst', index)], [apply(output(index))]);
}

/** Twelve fields, four of them with masks; a firewall's learn action, a register, an output and a goto. */
function realisticFlowMod(index: number): FlowMod {
  const match: FieldMatch[] = [
    inPort(index),
    mac('eth_src', index),
    mac('eth_dst', index + 1),
    { field: 'eth_type', value: 0x0800 },
    { field: 'vlan_vid', value: 0x1000 + index },
    { field: 'ip_src', value: 0x0a000000 + index * 256, mask: 0xffffff00 },
    { field: 'ip_dst', value: 0x0a010000 + index * 256, mask: 0xffffff00 },
    { field: 'ip_proto', value: 6 },
    { field: 'tcp_dst', value: 0x1f00 + (index & 0xf0), mask: 0xfff0 },
    { field: 'reg0', value: index + 1 },
    { field: 'reg1', value: 0x10000 * index, mask: 0xffff0000 },
    { field: 'metadata', value: (7n << 40n) | BigInt(index), mask: 0xffff_ffff_0000_ffffn },
  ];
  return flowMod(index, match, [
    apply(
      { action: 'reg_load', to: { field: 'reg2', offset: 0, bits: 16 }, value: BigInt(index) },
      learnReplies(index),
      output(index),
    ),
    { instruction: 'goto_table', table: 20 },
  ]);
}

/** The reverse direction of a TCP session, admitted by a load into a register. */
function learnReplies(index: number): Action {
  const specs: LearnSpec[] = [
    { spec: 'match', to: { field: 'eth_type', offset: 0, bits: 16 }, from: 0x0800n },
    { spec: 'match', to: { field: 'ip_proto', offset: 0, bits: 8 }, from: 6n },
    swapped('ip_src', 'ip_dst', 32),
    swapped('ip_dst', 'ip_src', 32),
    swapped('tcp_src', 'tcp_dst', 16),
    swapped('tcp_dst', 'tcp_src', 16),
    { spec: 'load', to: { field: 'reg3', offset: 0, bits: 1 }, from: 1n },
  ];
  return {
    action: 'learn',
    idleTimeout: 3600,
    hardTimeout: 0,
    priority: 2000,
    cookie: 0x7402_0000_0000_0000n + BigInt(index),
    flags: 0,
    table: 12,
    finIdleTimeout: 30,
    finHardTimeout: 0,
    specs,
  };
}

type Action = Extract<Instruction, { instruction: 'apply_actions' }>['actions'][number];
type Name = FieldMatch['field'];

function swapped(to: Name, from: Name, bits: number): LearnSpec {
  return { spec: 'match', to: { field: to, offset: 0, bits }, from: { field: from, offset: 0, bits } };
}

/** A packet of 98 bytes (an ICMP echo request), with the metadata that a pipeline gives it. */
function packetIn(index: number): Message {
  return {
    type: 'packetIn',
    xid: 0,
    bufferId: NO_BUFFER,
    totalLength: 98,
    reason: 'action',
    tableId: 3,
    cookie: 0x7403_0000_0000_0000n + BigInt(index),
    match: [
      inPort(index),
      { field: 'tun_id', value: BigInt(index + 1) },
      { field: 'reg0', value: index },
      { field: 'metadata', value: 5n },
    ],
    data: Uint8Array.from({ length: 98 }, (_, at) => (at * 7 + index) & 0xff),
  };
}

function flowStatsPart(part: number): Message {
  const body = repeat(FLOWS_A_PART, (index) => flowStats(part * FLOWS_A_PART + index));
  return { type: 'multipartReply', xid: 9, part: 'flow', more: part === 0, body };
}

function flowStats(index: number): FlowStats {
  return {
    tableId: index % 20,
    durationSec: 60 + index,
    durationNsec: 5_000_000,
    priority: 1000,
    idleTimeout: 0,
    hardTimeout: 0,
    flags: 0,
    cookie: 0x7404_0000_0000_0000n + BigInt(index),
    packetCount: BigInt(index) * 10n,
    byteCount: BigInt(index) * 1000n,
    match: [inPort(index), mac('eth_dst', index)],
    instructions: [apply(output(index))],
  };
}

function flowMod(index: number, match: readonly FieldMatch[], instructions: readonly Instruction[]): FlowMod {
  return {
    type: 'flowMod',
    xid: index,
    cookie: 0x7401_0000_0000_0000n + BigInt(index),
    cookieMask: 0n,
    tableId: 3,
    command: 'add',
    idleTimeout: 0,
    hardTimeout: 0,
    priority: 1000 + index,
    bufferId: NO_BUFFER,
    outPort: PORT.any,
    outGroup: GROUP.any,
    flags: 0,
    match,
    instructions,
  };
}

function inPort(index: number): FieldMatch {
  return { field: 'in_port', value: index + 1 };
}

function mac(field: 'eth_src' | 'eth_dst', index: number): FieldMatch {
  return { field, value: 0xfa16_3e00_0000n + BigInt(index) };
}

function output(index: number): Action {
  return { action: 'output', port: index + 2, maxLength: NO_TRUNCATION };
}

function apply(...actions: readonly Action[]): Instruction {
  return { instruction: 'apply_actions', actions };
}

function repeat<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

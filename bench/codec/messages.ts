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

/** The ways between bytes and messages. */
export type Way = 'decode' | 'encode';

/** One thing that the bench measures: its messages, and how many units (flow-mods, flows…) they carry together. */
export interface Case {
  readonly name: string;
  readonly messages: readonly Message[];
  /** What one unit is. */
  readonly unit: string;
  readonly units: number;
  /** What os-ken can do: it reads only what a switch sends, and writes nothing of it but the header. */
  readonly peer: readonly Way[];
}

const FLOWS = 1000;
/** A reply of so many flows as below stays under 65,535 bytes. */
const FLOWS_A_PART = 500;

/** What the issue asks for, in one list that both sides of the bench run. */
export function cases(): Case[] {
  return [
    single('simple flow-mod', simpleFlowMod, ['decode', 'encode']),
    single('realistic flow-mod', realisticFlowMod, ['decode', 'encode']),
    single('packet-in', packetIn, ['decode']),
    {
      name: 'flow-stats reply',
      messages: repeat(FLOWS / FLOWS_A_PART, flowStatsPart),
      unit: 'flow',
      units: FLOWS,
      peer: ['decode'],
    },
  ];
}

/** The bytes of a case's messages. */
export function bytesOf({ messages }: Case): Uint8Array[] {
  return messages.map((message) => encodeToBytes(message).slice());
}

/** Different messages, with values all over their range, so that no branch or cache knows them by heart. */
const VARIANTS = 1024;

function single(name: string, make: (index: number) => Message, peer: readonly Way[]): Case {
  return { name, messages: repeat(VARIANTS, make), unit: 'message', units: VARIANTS, peer };
}

/** A number of 32 bits that looks like any other, and is the same in every run. */
function any(index: number, salt: number): number {
  let mixed = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return (mixed ^ (mixed >>> 15)) >>> 0;
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
    { field: 'vlan_vid', value: 0x1000 + (any(index, 3) & 0xfff) },
    { field: 'ip_src', value: masked(any(index, 4), 0xffffff00), mask: 0xffffff00 },
    { field: 'ip_dst', value: masked(any(index, 5), 0xfffff000), mask: 0xfffff000 },
    { field: 'ip_proto', value: 6 },
    { field: 'tcp_dst', value: any(index, 6) & 0xfff0, mask: 0xfff0 },
    { field: 'reg0', value: any(index, 7) },
    { field: 'reg1', value: masked(any(index, 8), 0xffff0000), mask: 0xffff0000 },
    {
      field: 'metadata',
      value: (BigInt(any(index, 9)) << 32n) | BigInt(any(index, 10) & 0xffff),
      mask: 0xffff_ffff_0000_ffffn,
    },
  ];
  return flowMod(index, match, [
    apply(
      {
        action: 'reg_load',
        to: { field: 'reg2', offset: 0, bits: 16 },
        value: BigInt(any(index, 11) & 0xffff),
      },
      learnReplies(index),
      output(index),
    ),
    { instruction: 'goto_table', table: 20 },
  ]);
}

/** The reverse direction of a TCP session, admitted by a load into a register: the same in every flow of a firewall. */
const REPLIES: readonly LearnSpec[] = [
  { spec: 'match', to: { field: 'eth_type', offset: 0, bits: 16 }, from: 0x0800n },
  { spec: 'match', to: { field: 'ip_proto', offset: 0, bits: 8 }, from: 6n },
  swapped('ip_src', 'ip_dst', 32),
  swapped('ip_dst', 'ip_src', 32),
  swapped('tcp_src', 'tcp_dst', 16),
  swapped('tcp_dst', 'tcp_src', 16),
  { spec: 'load', to: { field: 'reg3', offset: 0, bits: 1 }, from: 1n },
];

function learnReplies(index: number): Action {
  return {
    action: 'learn',
    idleTimeout: 3600,
    hardTimeout: 0,
    priority: 2000,
    cookie: cookie(0x7402, index),
    flags: 0,
    table: 12,
    finIdleTimeout: 30,
    finHardTimeout: 0,
    specs: REPLIES,
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
    tableId: any(index, 12) % 20,
    cookie: cookie(0x7403, index),
    match: [
      inPort(index),
      { field: 'tun_id', value: BigInt(any(index, 13) & 0xffffff) },
      { field: 'reg0', value: any(index, 14) },
      { field: 'metadata', value: BigInt(any(index, 15)) },
    ],
    data: packet(index),
  };
}

function packet(index: number): Uint8Array {
  return Uint8Array.from({ length: 98 }, (_, at) => any(index, at) & 0xff);
}

function flowStatsPart(part: number): Message {
  const body = repeat(FLOWS_A_PART, (index) => flowStats(part * FLOWS_A_PART + index));
  return { type: 'multipartReply', xid: 9, part: 'flow', more: part === 0, body };
}

function flowStats(index: number): FlowStats {
  return {
    tableId: index % 20,
    durationSec: any(index, 18) >>> 12,
    durationNsec: any(index, 19) % 1_000_000_000,
    priority: 1000,
    idleTimeout: 0,
    hardTimeout: 0,
    flags: 0,
    cookie: cookie(0x7404, index),
    packetCount: BigInt(any(index, 16) >>> 8),
    byteCount: BigInt(any(index, 16)) * 98n,
    match: [inPort(index), mac('eth_dst', index)],
    instructions: [apply(output(index))],
  };
}

function flowMod(index: number, match: readonly FieldMatch[], instructions: readonly Instruction[]): FlowMod {
  return {
    type: 'flowMod',
    xid: any(index, 17),
    cookie: cookie(0x7401, index),
    cookieMask: 0n,
    tableId: any(index, 20) % 20,
    command: 'add',
    idleTimeout: 0,
    hardTimeout: 0,
    priority: any(index, 21) & 0xffff,
    bufferId: NO_BUFFER,
    outPort: PORT.any,
    outGroup: GROUP.any,
    flags: 0,
    match,
    instructions,
  };
}

function inPort(index: number): FieldMatch {
  return { field: 'in_port', value: 1 + (any(index, 1) % 500) };
}

function mac(field: 'eth_src' | 'eth_dst', index: number): FieldMatch {
  return { field, value: 0xfa16_3e00_0000n + BigInt(any(index, 2) & 0xffffff) };
}

function output(index: number): Action {
  return { action: 'output', port: 1 + (any(index, 22) % 500), maxLength: NO_TRUNCATION };
}

function cookie(prefix: number, index: number): bigint {
  return (BigInt(prefix) << 48n) | BigInt(any(index, 23));
}

function masked(value: number, mask: number): number {
  return (value & mask) >>> 0;
}

function apply(...actions: readonly Action[]): Instruction {
  return { instruction: 'apply_actions', actions };
}

function repeat<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

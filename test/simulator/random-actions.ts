import { type Action, FIELDS, type FieldName, PORT, type Subfield } from 'openflow-codec';
import type { Random } from '../codec-switch/random.ts';
import { type Kind, LAST_TABLE } from './kinds.ts';
import { ANY_PORTS, likelyValue } from './pools.ts';

/** Where random actions stand. */
export interface Place {
  readonly tableId: number;
  readonly kind: Kind;
  readonly random: Random;
  /** Clones and groups around it. */
  readonly depth: number;
  /** True in an action set, which takes fewer actions. */
  readonly isSet?: boolean;
  readonly noGroup?: boolean;
  /**
   * Whether tags may be pushed, or else packets sent to the controller, which an expiring TTL does, too. Both at once
   * kill Open vSwitch 3.1: to the controller it reads a packet with two tags anew, loses its headers, and writes the
   * next field where there is none (dp_execute_cb, lib/dpif-netdev.c).
   */
  readonly pushes: boolean;
}

/** A list of actions as our apps, and apps to come, have them. */
export function randomActions(place: Place): Action[] {
  const { random, isSet } = place;
  const makers = isSet ? SET_ACTIONS : LIST_ACTIONS;
  return Array.from({ length: random.between(isSet ? 1 : 0, 5) }, () => random.pick(makers)(place));
}

/** Changes of the packet itself, for a packet of this kind. */
export function randomEdits(kind: Kind, random: Random): Action[] {
  const place: Place = { tableId: 0, kind, random, depth: 0, pushes: true };
  return Array.from({ length: random.between(1, 6) }, () => random.pick(EDITS)(place));
}

type Make = (place: Place) => Action;

const REGISTERS: readonly FieldName[] = ['reg0', 'reg1', 'reg2', 'reg4', 'reg5', 'reg6'];

const output: Make = ({ random }) => ({
  action: 'output',
  port: random.oneIn(8) ? PORT.inPort : random.pick(ANY_PORTS),
  maxLength: 0,
});

const resubmit: Make = ({ random, tableId }) => {
  // Backwards now and then, so that the limits are met; most of the time on.
  const first = random.oneIn(25) ? 0 : Math.min(tableId + 1, LAST_TABLE - 1);
  const inPort = random.oneIn(6) ? random.pick([11, 12, 99]) : PORT.inPort;
  return { action: 'resubmit', inPort, table: random.between(first, LAST_TABLE - 1) };
};

const setRegister: Make = ({ random }) => {
  const field = random.pick(REGISTERS);
  const value = Number(likelyValue(field, random));
  return random.oneIn(2)
    ? { action: 'set_field', field, value }
    : { action: 'set_field', field, value: (value & 0xf0f) >>> 0, mask: 0xf0f };
};

const loadRegister: Make = ({ random }) => {
  const to = part(random.pick(REGISTERS), random);
  return { action: 'reg_load', to, value: random.bits(to.bits) };
};

const setPacketField: Make = (place) => {
  const { random, kind } = place;
  const field = random.pick<FieldName>(['eth_src', 'eth_dst', ...kind.settable, ...kind.settable]);
  const { bits, maskable } = FIELDS[field];
  const sized = (value: bigint) => (bits > 32 ? value : Number(value));
  // 0 in nd_reserved cannot be told from nothing in a trace (datapath.ts).
  const value = likelyValue(field, random) || (field === 'nd_reserved' ? 0x60000000n : 0n);
  if (!maskable || random.oneIn(2) || field === 'vlan_vid')
    return { action: 'set_field', field, value: sized(value) };
  const mask = random.bits(bits) | 1n;
  return { action: 'set_field', field, value: sized(value & mask), mask: sized(mask) };
};

const setTunnel: Make = ({ random }) => {
  const field = random.pick(['tun_id', 'tun_dst', 'tun_ipv6_dst'] as const);
  const value = likelyValue(field, random);
  return { action: 'set_field', field, value: field === 'tun_dst' ? Number(value) : value };
};

const move: Make = ({ random, kind }) => {
  const all: readonly FieldName[] = [
    ...REGISTERS,
    'eth_src',
    'eth_dst',
    'metadata',
    'tun_id',
    ...kind.settable,
  ];
  const targets = all.filter((field) => field !== 'nd_reserved');
  const [from, to] = [part(random.pick(all), random), part(random.pick(targets), random)];
  const bits = Math.min(from.bits, to.bits);
  return { action: 'reg_move', from: { ...from, bits }, to: { ...to, bits } };
};

/**
 * Fields that are set as a whole here. A part of vlan_vid would lack its present bit; a part of an address in an option
 * whose type changes, too, comes out as the datapath's masks have it, which the simulator does not keep.
 */
const WHOLE: readonly FieldName[] = ['vlan_vid', 'nd_sll', 'nd_tll'];

const push: Make = ({ random, kind }) => ({
  action: 'stack_push',
  from: part(anyField(kind, random), random),
});
const pop: Make = ({ random, kind }) => ({ action: 'stack_pop', to: part(anyField(kind, random), random) });

function anyField(kind: Kind, random: Random): FieldName {
  const safe = kind.settable.filter((field) => field !== 'nd_reserved');
  return random.pick<FieldName>([...REGISTERS, 'eth_src', 'eth_dst', 'metadata', ...safe]);
}

/** All of a field or some of its bits. */
function part(field: FieldName, random: Random): Subfield {
  const width = FIELDS[field].actionBits ?? FIELDS[field].bits;
  if (!FIELDS[field].maskable || random.oneIn(2) || WHOLE.includes(field)) {
    return { field, offset: 0, bits: width };
  }
  const offset = random.below(width);
  return { field, offset, bits: random.between(1, Math.min(64, width - offset)) };
}

const clone: Make = (place) =>
  place.depth > 1
    ? output(place)
    : { action: 'clone', actions: randomActions({ ...place, depth: place.depth + 1 }) };

const group: Make = (place) =>
  place.noGroup ? output(place) : { action: 'group', group: place.random.pick([1, 1, 2, 2, 3, 9]) };

const pushTag: Make = (place) => (place.pushes ? tag(place.random) : output(place));
const tag = (random: Random): Action => ({
  action: 'push_vlan',
  ethType: random.pick([0x8100, 0x8100, 0x88a8]),
});
/** Writes a tag, also where there is none: pushes one without push_vlan. */
const loadTag: Make = ({ random }) => ({
  action: 'reg_load',
  to: { field: 'vlan_tci', offset: 0, bits: 16 },
  value: random.pick([0n, likelyValue('vlan_tci', random)]),
});
const popTag: Make = () => ({ action: 'pop_vlan' });
const decrement: Make = (place) =>
  !place.pushes &&
  place.kind.match.some(({ field, value }) => field === 'eth_type' && (value === 0x0800 || value === 0x86dd))
    ? { action: 'dec_ttl' }
    : output(place);
const forgetPort: Make = ({ random }) => ({
  action: 'reg_load',
  to: { field: 'nxm_in_port', offset: 0, bits: 16 },
  value: BigInt(random.pick([0, 0xffff, 12])),
});
const outputByRegister: Make = ({ random }) => ({
  action: 'output_reg',
  from: random.pick<Subfield>([
    { field: 'nxm_in_port', offset: 0, bits: 16 },
    { field: 'reg1', offset: 0, bits: 32 },
    { field: 'reg2', offset: 0, bits: 4 },
  ]),
  maxLength: 0,
});
const loadPort: Make = ({ random }) => ({
  action: 'reg_load',
  to: { field: 'reg1', offset: 0, bits: 32 },
  value: BigInt(random.pick([11, 12, 13, 14])),
});
const controller: Make = (place) =>
  place.pushes
    ? output(place)
    : { action: 'output', port: PORT.controller, maxLength: place.random.pick([64, 0xffff]) };
const truncate: Make = ({ random }) => ({
  action: 'output_trunc',
  port: random.pick([11, 12]),
  maxLength: 20,
});
const finTimeout: Make = (place) =>
  place.kind.name.startsWith('tcp')
    ? { action: 'fin_timeout', idleTimeout: 300, hardTimeout: 0 }
    : output(place);
const exit: Make = () => ({ action: 'exit' });
const note: Make = () => ({ action: 'note', bytes: Uint8Array.from([1, 2, 3, 4, 5, 6]) });

/** The more often in the list, the more often taken. */
const LIST_ACTIONS: readonly Make[] = [
  ...[output, output, output, output, resubmit, resubmit, resubmit, setRegister, setRegister, loadRegister],
  ...[
    setPacketField,
    setPacketField,
    setPacketField,
    setTunnel,
    setTunnel,
    move,
    move,
    clone,
    clone,
    group,
    group,
  ],
  ...[
    pushTag,
    popTag,
    loadTag,
    decrement,
    forgetPort,
    outputByRegister,
    loadPort,
    controller,
    truncate,
    finTimeout,
  ],
  ...[exit, note, push, push, pop],
];
const EDITS: readonly Make[] = [setPacketField, setPacketField, setPacketField, move, pushTag, popTag];
const SET_ACTIONS: readonly Make[] = [
  ...[output, output, resubmit, setRegister, setPacketField, setPacketField, setTunnel, move, group],
  ...[pushTag, popTag, decrement],
];

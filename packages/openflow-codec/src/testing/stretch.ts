import { randomOf, repairLengths } from './mutate.ts';
import { corpus } from './vectors.ts';

/** Messages of the greatest size, each of as many as possible of the smallest things of one kind. */
export const DENSE: Readonly<Record<string, () => Uint8Array>> = {
  'elements of HELLO': () => filled(0, '', '0002000400000000'),
  'unknown fields without a value': () => matchOf('80037e00'),
  'fields of one byte': () => matchOf('8000140106'),
  'tunnel options without bytes': () => matchOf('00015000'),
  'fields with a mask': () => matchOf('8000190800000000ffffffff'),
  'wide fields': () => matchOf('80000408ffffffffffffffff'),
  'unknown instructions': () => filled(14, `${FLOW_MOD}0001000400000000`, 'fff0000800000000'),
  'unknown actions': () => filled(13, PACKET_OUT, 'fff0000800000000', 8),
  'actions without members': () => filled(13, PACKET_OUT, '0012000800000000', 8),
  'actions with a value': () => filled(13, PACKET_OUT, '0016000800000000', 8),
  'fields that are set': () => filled(13, PACKET_OUT, '0019001080000408ffffffffffff0000', 8),
  'loads into registers': () => filled(13, PACKET_OUT, 'ffff001800002320000700070001000400000000ffffffff', 8),
  'empty buckets': () => filled(15, '0000000000000001', '0010000000000000ffffffffffffffff'),
  'bands of meters': () => filled(29, '0000000100000001', '00010010000000010000000100000000'),
  queues: () => filled(23, '0000000100000000', '00000001000000010010000000000000'),
  'unknown properties': () => filled(4, '000023200000001e', 'fff0000400000000'),
  'flows without anything': () => filled(19, '0001000000000000', `0038${'00'.repeat(46)}0001000400000000`),
  ports: () =>
    filled(19, '000d000000000000', `00000001${'00'.repeat(12)}${'ff'.repeat(16)}${'00'.repeat(32)}`),
  'statistics of ports': () => filled(19, '0004000000000000', 'ff'.repeat(112)),
  'learned bits': () => inside('0010', '0'.repeat(44), '2001ffff000108040000'),
  'ids of controllers': () => inside('0015', '7fe700000000', 'ffff'),
  'clones in clones': () => inside('002a', '000000000000', `ffff001000002320002a000000000000`),
  'lists of tables': () =>
    filled(19, '000c000000000000', `ff00${'00'.repeat(62)}0002fec0${'01'.repeat(0xfebc)}`),
};

/** Foreign messages in which a part is repeated up to the greatest size, and the lengths around it are made true. */
export function* stretched(count: number, seed: number): Generator<Uint8Array> {
  const messages = corpus();
  const random = randomOf(seed);
  const below = (end: number) => Math.floor(random() * end);
  for (let made = 0; made < count; made++) {
    const bytes = messages[below(messages.length)] ?? new Uint8Array(8);
    const start = HEADER_SIZE + 4 * below(Math.max(1, (bytes.length - HEADER_SIZE) >> 2));
    const size = 4 * (1 + below(12));
    if (start + size <= bytes.length) yield repeated(bytes, start, start + size);
  }
}

const HEADER_SIZE = 8;
const MOST = 0xffff;
const FLOW_MOD = `${'00'.repeat(28)}ffffffffffffffff00000000`.padEnd(80, '0');
/** Its length of actions is the last but 6 bytes. */
const PACKET_OUT = 'ffffffffffffffff0000000000000000';

/** A message of `type`: `head` after the header, and `unit` as often as it fits; `lengthAt` is of all units. */
function filled(type: number, head: string, unit: string, lengthAt?: number): Uint8Array {
  const start = HEADER_SIZE + head.length / 2;
  const times = Math.floor((MOST - start) / (unit.length / 2));
  const bytes = Uint8Array.from(Buffer.from(`0400000000000001${head}${unit.repeat(times)}`, 'hex'));
  const view = new DataView(bytes.buffer);
  view.setUint8(1, type);
  view.setUint16(2, bytes.length);
  if (lengthAt !== undefined) view.setUint16(HEADER_SIZE + lengthAt, bytes.length - start);
  return bytes;
}

/** A flow-mod whose match consists of one entry over and over. */
function matchOf(entry: string): Uint8Array {
  const at = HEADER_SIZE + FLOW_MOD.length / 2;
  const size = entry.length / 2;
  const length = 4 + size * Math.floor((MOST - at - 12) / size);
  const match = `0001${length.toString(16)}${entry.repeat((length - 4) / size)}`;
  const padding = '00'.repeat((8 - (length % 8)) % 8);
  return filled(14, FLOW_MOD, match + padding);
}

/** A packet-out with one action of Nicira's that consists of one unit over and over. */
function inside(subtype: string, head: string, unit: string): Uint8Array {
  const size = unit.length / 2;
  const start = 10 + head.length / 2;
  const times = Math.floor((MOST - 24 - start - 8) / size);
  const length = (start + times * size + 7) & ~7;
  const action = `ffff${length.toString(16)}00002320${subtype}${head}${unit.repeat(times)}`.padEnd(
    2 * length,
    '0',
  );
  return filled(13, PACKET_OUT, action, 8);
}

function repeated(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const size = end - start;
  const times = Math.floor((MOST - bytes.length) / size);
  const change = times * size;
  const result = new Uint8Array(bytes.length + change);
  result.set(bytes.subarray(0, end));
  for (let time = 0; time < times; time++) result.set(bytes.subarray(start, end), end + time * size);
  result.set(bytes.subarray(end), end + change);
  new DataView(result.buffer).setUint16(2, result.length);
  repairLengths(result, bytes, end, change);
  return result;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Action,
  CodecError,
  canonicalInstructionBytes,
  canonicalMatchBytes,
  decode,
  decodeActions,
  encodeToBytes,
  formatMessage,
  MAX_DEPTH,
  type Message,
  multipartBody,
  walkFlowStats,
} from './index.ts';
import { vectorsOf } from './testing/vectors.ts';

const vectors = ['ofctl.txt', 'os-ken.txt', 'vswitchd.txt']
  .flatMap(vectorsOf)
  .filter(({ bytes }) => bytes.length < 4096);

/** Runs `work`, which may fail only as the codec does. */
function orCodecError(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    expect(error.errorType).toBeGreaterThan(0);
  }
}

/** Everything that the package does with bytes of a peer. */
function digest(bytes: Uint8Array): void {
  orCodecError(() => {
    const message = decode(bytes);
    formatMessage(message);
    expect(decode(encodeToBytes(message))).toEqual(message);
  });
  orCodecError(() =>
    walkFlowStats(multipartBody(bytes).body, (flow) => {
      orCodecError(() => canonicalMatchBytes(flow.match()));
      orCodecError(() => canonicalInstructionBytes(flow.instructions()));
    }),
  );
}

describe('hostile bytes', () => {
  it('random bodies behind a sound header are understood or refused', () => {
    fc.assert(
      fc.property(fc.nat({ max: 31 }), fc.uint8Array({ maxLength: 256 }), (type, body) => {
        digest(
          Uint8Array.from([4, type, 0, 8 + body.length, 0, 0, 0, 1, ...body].map((byte) => byte & 0xff)),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('foreign messages with some bytes changed are understood or refused', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...vectors),
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }),
        ({ bytes }, changes) => {
          const changed = bytes.slice();
          for (const [place, value] of changes) changed[8 + (place % Math.max(bytes.length - 8, 1))] = value;
          digest(changed.subarray(0, bytes.length));
        },
      ),
      { numRuns: 4000 },
    );
  });

  it('actions may be nested up to the limit, and no deeper', () => {
    expect(decodeActions(nestedClones(MAX_DEPTH))).toHaveLength(1);
    expect(() => decodeActions(nestedClones(MAX_DEPTH + 1))).toThrow(
      expect.objectContaining({ code: 'OFC_DEPTH' }),
    );
    expect(() => decodeActions(nestedClones(4000))).toThrow(CodecError);
  });

  it('messages in bundles may be nested up to the limit, and no deeper', () => {
    expect(() => decode(encodeToBytes(nestedBundle(MAX_DEPTH)))).not.toThrow();
    expect(() => decode(encodeToBytes(nestedBundle(MAX_DEPTH + 1)))).toThrow(
      expect.objectContaining({ code: 'OFC_DEPTH' }),
    );
  });
});

describe('values that the wire cannot hold', () => {
  const flowMod: Message = {
    type: 'flowMod',
    xid: 1,
    cookie: 0n,
    cookieMask: 0n,
    tableId: 0,
    command: 'add',
    idleTimeout: 0,
    hardTimeout: 0,
    priority: 1,
    bufferId: 0xffffffff,
    outPort: 0xffffffff,
    outGroup: 0xffffffff,
    flags: 0,
    match: [],
    instructions: [],
  };
  const applied = (action: Action): Message => ({
    ...flowMod,
    instructions: [{ instruction: 'apply_actions', actions: [action] }],
  });

  it.each<[string, Message, string]>([
    ['a priority of 17 bits', { ...flowMod, priority: 0x10000 }, 'OFC_RANGE'],
    [
      'a value wider than its field',
      { ...flowMod, match: [{ field: 'vlan_vid', value: 0x2000 }] },
      'OFC_RANGE',
    ],
    ['a negative value', { ...flowMod, match: [{ field: 'eth_dst', value: -1n }] }, 'OFC_RANGE'],
    ['a value that is no integer', { ...flowMod, match: [{ field: 'metadata', value: 0.5 }] }, 'OFC_RANGE'],
    [
      'a number for a 64-bit value beyond what it can hold',
      { ...flowMod, match: [{ field: 'metadata', value: 2 ** 60 }] },
      'OFC_RANGE',
    ],
    [
      'moves between ranges of different sizes',
      applied({
        action: 'reg_move',
        from: { field: 'reg0', offset: 0, bits: 8 },
        to: { field: 'reg1', offset: 0, bits: 9 },
      }),
      'OFC_RANGE',
    ],
    [
      'a range beyond its field',
      applied({ action: 'reg_load', to: { field: 'reg0', offset: 30, bits: 3 }, value: 0n }),
      'OFC_RANGE',
    ],
    [
      "an experimenter's field in learn, which no switch takes",
      applied({
        action: 'learn',
        idleTimeout: 0,
        hardTimeout: 0,
        priority: 1,
        cookie: 0n,
        flags: 0,
        table: 1,
        finIdleTimeout: 0,
        finHardTimeout: 0,
        specs: [{ spec: 'match', to: { field: 'nsh_c1', offset: 0, bits: 32 }, from: 1n }],
      }),
      'OFC_VALUE',
    ],
    [
      'a message beyond 65,535 bytes',
      { ...flowMod, instructions: Array.from({ length: 9000 }, () => ({ instruction: 'clear_actions' })) },
      'OFC_SIZE',
    ],
  ])('%s is refused', (_, message, code) => {
    expect(() => encodeToBytes(message)).toThrow(expect.objectContaining({ name: 'CodecError', code }));
  });
});

/** NXAST_CLONE in itself, written by hand: 16 bytes of header a level. */
function nestedClones(depth: number): Uint8Array {
  const bytes = new Uint8Array(16 * (depth + 1));
  const view = new DataView(bytes.buffer);
  for (let level = 0; level <= depth; level++) {
    const at = 16 * level;
    view.setUint16(at, 0xffff);
    view.setUint16(at + 2, bytes.length - at);
    view.setUint32(at + 4, 0x2320);
    view.setUint16(at + 8, level === depth ? 17 : 42);
  }
  return bytes;
}

function nestedBundle(depth: number): Message {
  let message: Message = { type: 'barrierRequest', xid: 1 };
  for (let level = 0; level < depth; level++)
    message = { type: 'bundleAdd', xid: 1, bundleId: 1, flags: 0, message };
  return message;
}

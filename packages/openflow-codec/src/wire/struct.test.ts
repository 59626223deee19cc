import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodecError } from '../errors.ts';
import { Header } from '../message/codec.ts';
import { FlowModBody } from '../message/flow.ts';
import { FlowStatsHeader } from '../message/flow-stats.ts';
import { PortStruct } from '../message/port.ts';
import type { Kind, LayoutOf } from './layout.ts';
import { type Struct, struct } from './struct.ts';

const AT = 3;

/** Any value of a member, as messages have it. */
function arbitraryOf(kind: Kind): fc.Arbitrary<number | bigint | string> | undefined {
  if (typeof kind !== 'string') {
    if ('pad' in kind || 'is' in kind) return undefined;
    if ('named' in kind) return fc.constantFrom(...kind.named);
    return fc.string({ maxLength: kind.text }).filter((text) => !text.includes('\0'));
  }
  const bits = Number(kind.slice(1));
  return bits <= 32 ? fc.nat({ max: 2 ** bits - 1 }) : fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });
}

function membersOf(layout: LayoutOf): fc.Arbitrary<Record<string, number | bigint | string>> {
  const entries = Object.entries(layout).flatMap(([name, kind]) => {
    const value = arbitraryOf(kind);
    return value === undefined ? [] : [[name, value] as const];
  });
  return fc.record(Object.fromEntries(entries));
}

/** A structure as this test sees it: its member types are derived from its layout at run time. */
type AnyStruct = Pick<Struct<LayoutOf>, 'name' | 'size' | 'layout' | 'isClean'> & {
  make(): object;
  read(view: DataView, at: number, target: object): void;
  write(view: DataView, at: number, values: object): void;
  readMembers(view: DataView, at: number): object;
  writeMembers(view: DataView, at: number, members: object): void;
};

const structs: readonly AnyStruct[] = [Header, FlowModBody, FlowStatsHeader, PortStruct];

describe.each(structs)('$name', (layout) => {
  it('gives back the members that were written, into clean padding', () => {
    fc.assert(
      fc.property(membersOf(layout.layout), (members) => {
        const view = new DataView(new Uint8Array(layout.size + 2 * AT).fill(0xff).buffer);
        layout.writeMembers(view, AT, members);
        expect(layout.readMembers(view, AT)).toEqual(members);
        expect(layout.isClean(view, AT)).toBe(true);
        expect(view.getUint8(AT - 1)).toBe(0xff);
        expect(view.getUint8(AT + layout.size)).toBe(0xff);
      }),
    );
  });

  it('writes the same bytes from halves as from wide integers', () => {
    fc.assert(
      fc.property(membersOf(layout.layout), (members) => {
        const view = new DataView(new ArrayBuffer(layout.size));
        layout.writeMembers(view, 0, members);
        const target = layout.make();
        layout.read(view, 0, target);
        const other = new DataView(new ArrayBuffer(layout.size));
        layout.write(other, 0, target);
        expect(new Uint8Array(other.buffer)).toEqual(new Uint8Array(view.buffer));
      }),
    );
  });
});

describe('a member with names', () => {
  const Small = struct('small', 3, { a: { named: ['no', 'yes'], as: 'u16', answer: [5, 6] }, b: 'u8' });
  const view = new DataView(new ArrayBuffer(3));

  it('is one of them, and a number where it must be fast', () => {
    Small.writeMembers(view, 0, { a: 'yes', b: 7 });
    expect(Small.readMembers(view, 0)).toEqual({ a: 'yes', b: 7 });
    const target = Small.make();
    Small.read(view, 0, target);
    expect(target).toEqual({ a: 1, b: 7 });
  });

  it('refuses others, both ways', () => {
    const refused = { code: 'OFC_VALUE', at: { struct: 'small', field: 'a' }, errorType: 5, errorCode: 6 };
    // @ts-expect-error a name that the layout does not have
    expect(() => Small.writeMembers(view, 0, { a: 'maybe', b: 7 })).toThrow(expect.objectContaining(refused));
    view.setUint16(0, 2);
    expect(() => Small.readMembers(view, 0)).toThrow(
      expect.objectContaining({ ...refused, at: { ...refused.at, offset: 0 } }),
    );
  });
});

it('a constant is written, and is no member', () => {
  const Head = struct('head', 4, { type: { is: 7, as: 'u16' }, length: 'u16' });
  const view = new DataView(new ArrayBuffer(4));
  Head.writeMembers(view, 0, { length: 9 });
  expect(view.getUint32(0)).toBe(0x70009);
  expect(Head.readMembers(view, 0)).toEqual({ length: 9 });
  expect(Head.make()).toEqual({ length: 0 });
});

describe('struct', () => {
  const Small = struct('small', 11, { a: 'u8', b: 'u16', c: 'u64' });
  const view = new DataView(new ArrayBuffer(11));

  it('refuses a layout that is not as long as the specification says', () => {
    expect(() => struct('wrong', 5, { a: 'u32' })).toThrow('the members take 4 bytes');
  });

  it.each([
    ['a', { a: 256, b: 0, c: 0n }],
    ['a', { a: -1, b: 0, c: 0n }],
    ['b', { a: 0, b: 1.5, c: 0n }],
    ['c', { a: 0, b: 0, c: 1n << 64n }],
    ['c', { a: 0, b: 0, c: -1n }],
  ])('refuses a value that does not fit %s', (field, members) => {
    expect(() => Small.writeMembers(view, 0, members)).toThrow(
      expect.objectContaining({ code: 'OFC_RANGE', at: { struct: 'small', field } }),
    );
    expect(() => Small.writeMembers(view, 0, members)).toThrow(CodecError);
  });
});

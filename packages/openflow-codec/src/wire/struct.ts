import { CodecError } from '../errors.ts';
import { Sources } from './compile.ts';
import { readBig48, readBig64, writeBig48, writeBig64 } from './halves.ts';
import type { LayoutOf, Members, Values } from './layout.ts';
import { decodeText, encodeText } from './text.ts';

/** Where a structure is read from: see Reader. */
export interface Source {
  readonly view: DataView;
  take(size: number, end: number, struct: string, answer?: readonly [type: number, code: number]): number;
}

/** Where a structure is appended: see Writer. */
export interface Target {
  readonly view: DataView;
  reserve(size: number): number;
}

/** A wire structure: straight-line readers and writers, compiled from its layout when the module loads. */
export interface Struct<L extends LayoutOf> {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly layout: L;
  /** A target to be reused by `read`. */
  make(): Values<L>;
  /** Reads into `target` without garbage, except for text. The caller has checked that the bytes are there. */
  read(view: DataView, at: number, target: Values<L>): void;
  /** Writes `values` at `at`. Throws OFC_RANGE when one does not fit. */
  write(view: DataView, at: number, values: Readonly<Values<L>>): void;
  /** Reads a fresh object with bigint for wide integers. Throws OFC_VALUE for a number without a name. */
  readMembers(view: DataView, at: number): Members<L>;
  /** Writes an object with bigint for wide integers. Throws OFC_RANGE and OFC_VALUE when a member does not fit. */
  writeMembers(view: DataView, at: number, members: Readonly<Members<L>>): void;
  /** Appends an object as `writeMembers` writes it. */
  append(members: Readonly<Members<L>>, target: Target): void;
  /** True when all padding is zero, so that writing what was read gives the same bytes. */
  isClean(view: DataView, at: number): boolean;
  /**
   * A function that reads objects which begin with one member more, such as `action: 'output'`; undefined for dirty
   * padding. It throws OFC_SHORT, as `answer`, when the structure does not end before `end`.
   */
  tagged<const K extends string, const V extends string>(
    key: K,
    value: V,
    answer: readonly [type: number, code: number],
  ): (source: Source, end: number) => ({ readonly [T in K]: V } & Members<L>) | undefined;
  /**
   * A function that reads objects which begin with a tag, such as `type: 'flowMod'`, and have further members, given
   * to it in this order, before and after the structure's own.
   */
  assembler<M>(): <
    const K extends string,
    const B extends readonly (keyof M)[],
    const A extends readonly (keyof M)[],
  >(
    key: K,
    value: string,
    before: B,
    after: A,
  ) => (view: DataView, at: number, ...rest: [...MembersOf<M, B>, ...MembersOf<M, A>]) => M;
}

type MembersOf<M, Keys extends readonly (keyof M)[]> = { -readonly [I in keyof Keys]: M[Keys[I]] };

/**
 * Declares a wire structure: the members in their order, and the size that the specification states, which is
 * checked here. Throws when layout and size disagree.
 */
export function struct<const L extends LayoutOf>(name: string, size: number, layout: L): Struct<L> {
  const sources = new Sources(layout);
  if (sources.size !== size) {
    throw new Error(`${name}: the members take ${sources.size} bytes, the specification says ${size}`);
  }
  const compile = (source: string, answer?: readonly [number, number]) => {
    const scope = { ...scopeOf(name, layout), answer };
    return new Function(...Object.keys(scope), `'use strict'; return ${source};`)(...Object.values(scope));
  };
  return {
    name,
    size,
    layout,
    ...compile(sources.functions()),
    tagged: (key: string, value: string, answer: readonly [number, number]) =>
      compile(sources.tagged(key, value), answer),
    assembler: () => (key: string, value: string, before: readonly string[], after: readonly string[]) =>
      compile(sources.assembler(key, value, before, after)),
  };
}

/** What the compiled functions of a structure use besides their arguments. */
function scopeOf(name: string, layout: LayoutOf) {
  const names = Object.entries(layout).flatMap(([member, kind]) =>
    typeof kind === 'object' && 'named' in kind ? [[`names_${member}`, kind.named]] : [],
  );
  return {
    ...Object.fromEntries(names),
    name,
    failRange: (field: string) => failRange(name, field),
    failValue(field: string, offset?: number): never {
      const kind = layout[field];
      const answer = typeof kind === 'object' && 'named' in kind ? kind.answer : undefined;
      const place = { struct: name, field, ...(offset !== undefined && { offset }) };
      throw new CodecError('OFC_VALUE', place, answer);
    },
    readBig48,
    readBig64,
    writeBig48,
    writeBig64,
    readText: (view: DataView, at: number, size: number) =>
      decodeText(new Uint8Array(view.buffer, view.byteOffset + at, size)),
    writeText: writeText(name),
  };
}

function failRange(name: string, field: string): never {
  throw new CodecError('OFC_RANGE', { struct: name, field });
}

const writeText =
  (name: string) => (view: DataView, at: number, size: number, field: string, text: string) => {
    const source = encodeText(text);
    if (source.length > size) failRange(name, field);
    const target = new Uint8Array(view.buffer, view.byteOffset + at, size);
    target.fill(0);
    target.set(source);
  };

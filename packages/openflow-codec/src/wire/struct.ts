import { CodecError } from '../errors.ts';
import { decodeText, encodeText } from './text.ts';

/** Padding: written as zeros. */
export interface Pad {
  readonly pad: number;
}
/** Text in a fixed number of bytes, UTF-8 (other bytes survive too), filled with zeros. */
export interface Text {
  readonly text: number;
}
/** What one member of a wire structure is; integers are unsigned and big-endian. */
export type Kind = 'u8' | 'u16' | 'u32' | 'u48' | 'u64' | Pad | Text;
/** The members of a wire structure in their order, and what each one is. */
export type LayoutOf = Readonly<Record<string, Kind>>;

type Wide = 'u48' | 'u64';

/** Members for hot paths: wide integers are two numbers, `cookieHi` and `cookieLo`. */
export type Values<L extends LayoutOf> = {
  -readonly [K in keyof L & string as L[K] extends Wide
    ? `${K}Hi` | `${K}Lo`
    : L[K] extends Pad
      ? never
      : K]: L[K] extends Text ? string : number;
};

/** Members as messages have them: wide integers are bigint. */
export type Members<L extends LayoutOf> = {
  -readonly [K in keyof L & string as L[K] extends Pad ? never : K]: L[K] extends Wide
    ? bigint
    : L[K] extends Text
      ? string
      : number;
};

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
  /** Reads a fresh object with bigint for wide integers. */
  readMembers(view: DataView, at: number): Members<L>;
  /** A function like `readMembers` whose objects begin with one member more, such as `action: 'output'`. */
  tagged<const K extends string, const V extends string>(
    key: K,
    value: V,
  ): (view: DataView, at: number) => { readonly [T in K]: V } & Members<L>;
  /** Writes an object with bigint for wide integers. Throws OFC_RANGE when a member does not fit. */
  writeMembers(view: DataView, at: number, members: Readonly<Members<L>>): void;
  /** True when all padding is zero, so that writing what was read gives the same bytes. */
  isClean(view: DataView, at: number): boolean;
}

/**
 * Declares a wire structure: the members in their order, and the size that the specification states, which is
 * checked here. Throws when layout and size disagree.
 */
export function struct<const L extends LayoutOf>(name: string, size: number, layout: L): Struct<L> {
  const sources = new Sources();
  for (const [member, kind] of Object.entries(layout)) sources.add(member, kind);
  if (sources.size !== size) {
    throw new Error(`${name}: the members take ${sources.size} bytes, the specification says ${size}`);
  }
  const build = new Function('fail', 'readText', 'writeText', sources.text());
  const compiled = build((field: string) => failRange(name, field), readText, writeText(name));
  const tagged = (key: string, value: string) => {
    const tag = `${JSON.stringify(key)}: ${JSON.stringify(value)}`;
    return new Function('readText', sources.taggedText(tag))(readText);
  };
  return { name, size, layout, ...compiled, tagged };
}

/** The JavaScript of one structure's functions, member by member. */
class Sources {
  size = 0;
  readonly #make: string[] = [];
  readonly #read: string[] = [];
  readonly #write: string[] = [];
  readonly #members: string[] = [];
  readonly #writeMembers: string[] = [];
  readonly #clean: string[] = [];

  add(member: string, kind: Kind): void {
    const at = `at + ${this.size}`;
    if (kind === 'u8') this.#number(member, at, 8);
    else if (kind === 'u16') this.#number(member, at, 16);
    else if (kind === 'u32') this.#number(member, at, 32);
    else if (kind === 'u48') this.#wide(member, 16);
    else if (kind === 'u64') this.#wide(member, 32);
    else if ('pad' in kind) this.#pad(kind.pad);
    else this.#text(member, at, kind.text);
  }

  text(): string {
    return `'use strict'; return {
      make() { return { ${this.#make.join(', ')} }; },
      read(view, at, t) { ${this.#read.join('\n')} },
      write(view, at, m) { ${this.#write.join('\n')} },
      readMembers(view, at) { return { ${this.#members.join(',\n')} }; },
      writeMembers(view, at, m) { ${this.#writeMembers.join('\n')} },
      isClean(view, at) { return ${['true', ...this.#clean].join(' && ')}; },
    };`;
  }

  taggedText(tag: string): string {
    return `'use strict'; return (view, at) => ({ ${[tag, ...this.#members].join(',\n')} });`;
  }

  #number(member: string, at: string, bits: 8 | 16 | 32): void {
    const read = `view.getUint${bits}(${at})`;
    const write = `${checkNumber(member, bits)} view.setUint${bits}(${at}, m.${member});`;
    this.#make.push(`${member}: 0`);
    this.#read.push(`t.${member} = ${read};`);
    this.#write.push(write);
    this.#members.push(`${member}: ${read}`);
    this.#writeMembers.push(write);
    this.size += bits / 8;
  }

  #wide(member: string, highBits: 16 | 32): void {
    const hi = `at + ${this.size}`;
    const lo = `at + ${this.size + highBits / 8}`;
    const bits = highBits + 32;
    const readHigh = `view.getUint${highBits}(${hi})`;
    this.#make.push(`${member}Hi: 0`, `${member}Lo: 0`);
    this.#read.push(`t.${member}Hi = ${readHigh}; t.${member}Lo = view.getUint32(${lo});`);
    this.#write.push(
      checkNumber(`${member}Hi`, highBits),
      checkNumber(`${member}Lo`, 32),
      `view.setUint${highBits}(${hi}, m.${member}Hi); view.setUint32(${lo}, m.${member}Lo);`,
    );
    const wide = bits === 64;
    this.#members.push(
      `${member}: ${wide ? `view.getBigUint64(${hi})` : `(BigInt(${readHigh}) << 32n) | BigInt(view.getUint32(${lo}))`}`,
    );
    this.#writeMembers.push(
      `if (typeof m.${member} !== 'bigint' || BigInt.asUintN(${bits}, m.${member}) !== m.${member}) fail('${member}');`,
      wide
        ? `view.setBigUint64(${hi}, m.${member});`
        : `view.setUint16(${hi}, Number(m.${member} >> 32n)); view.setUint32(${lo}, Number(m.${member} & 0xffffffffn));`,
    );
    this.size += bits / 8;
  }

  #pad(size: number): void {
    for (let offset = this.size; offset < this.size + size; offset++) {
      this.#write.push(`view.setUint8(at + ${offset}, 0);`);
      this.#writeMembers.push(`view.setUint8(at + ${offset}, 0);`);
      this.#clean.push(`view.getUint8(at + ${offset}) === 0`);
    }
    this.size += size;
  }

  #text(member: string, at: string, size: number): void {
    const write = `writeText(view, ${at}, ${size}, '${member}', m.${member});`;
    this.#make.push(`${member}: ''`);
    this.#read.push(`t.${member} = readText(view, ${at}, ${size});`);
    this.#write.push(write);
    this.#members.push(`${member}: readText(view, ${at}, ${size})`);
    this.#writeMembers.push(write);
    this.size += size;
  }
}

/** `>>> 0` changes every number that is not an unsigned 32-bit integer. */
function checkNumber(member: string, bits: 8 | 16 | 32): string {
  const test = `m.${member} >>> 0 !== m.${member}`;
  return `if (${bits === 32 ? test : `${test} || m.${member} > ${2 ** bits - 1}`}) fail('${member}');`;
}

function failRange(name: string, field: string): never {
  throw new CodecError('OFC_RANGE', { struct: name, field });
}

function readText(view: DataView, at: number, size: number): string {
  return decodeText(new Uint8Array(view.buffer, view.byteOffset + at, size));
}

const writeText =
  (name: string) => (view: DataView, at: number, size: number, field: string, text: string) => {
    const source = encodeText(text);
    if (source.length > size) failRange(name, field);
    const target = new Uint8Array(view.buffer, view.byteOffset + at, size);
    target.fill(0);
    target.set(source);
  };

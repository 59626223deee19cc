import { type Kind, type LayoutOf, NUMBER_SIZES, type NumberKind } from './layout.ts';

/**
 * The JavaScript of one structure's functions, member by member: straight lines without look-ups. In it, `view` and
 * `at` are where the structure is, `t` is a target of `read`, `m` what is written; the rest of the names are
 * those of the scope in struct.ts.
 */
export class Sources {
  size = 0;
  readonly #make: string[] = [];
  readonly #read: string[] = [];
  readonly #write: string[] = [];
  readonly #members: string[] = [];
  readonly #writeMembers: string[] = [];
  readonly #dirty: string[] = [];

  constructor(layout: LayoutOf) {
    for (const [member, kind] of Object.entries(layout)) this.#add(member, kind);
  }

  /** An expression: an object of the functions that every structure has. */
  functions(): string {
    return `{
      make() { return { ${this.#make.join(', ')} }; },
      read(view, at, t) { ${this.#read.join('\n')} },
      write(view, at, m) { ${this.#write.join('\n')} },
      readMembers(view, at) { return { ${this.#members.join(',\n')} }; },
      writeMembers(view, at, m) { ${this.#writeMembers.join('\n')} },
      isClean(view, at) { return !(${this.#isDirty()}); },
      append(m, writer) {
        const at = writer.reserve(${this.size});
        const view = writer.view;
        ${this.#writeMembers.join('\n')}
      },
    }`;
  }

  /** An expression: a function that reads an object which begins with a tag; undefined for dirty padding. */
  tagged(key: string, value: string): string {
    return `(reader, end) => {
      const view = reader.view;
      const at = reader.take(${this.size}, end, name, answer);
      return ${this.#isDirty()} ? undefined : { ${this.#object(tagOf(key, value))} };
    }`;
  }

  /** An expression: a function that makes an object of a tag, the members, and what it is given besides. */
  assembler(key: string, value: string, before: readonly string[], after: readonly string[]): string {
    return `(view, at, ${[...before, ...after].join(', ')}) =>
      ({ ${this.#object([tagOf(key, value), ...before].join(', '), after)} })`;
  }

  #object(first: string, last: readonly string[] = []): string {
    return [first, ...this.#members, ...last].join(',\n');
  }

  #isDirty(): string {
    return this.#dirty.length === 0 ? 'false' : `(${this.#dirty.join(' | ')}) !== 0`;
  }

  #add(member: string, kind: Kind): void {
    if (kind === 'u48' || kind === 'u64') this.#wide(member, kind === 'u48' ? 2 : 4);
    else if (typeof kind === 'string') this.#number(member, kind);
    else if ('pad' in kind) this.#pad(kind.pad);
    else if ('is' in kind) this.#constant(kind.as, kind.is);
    else if ('text' in kind) this.#text(member, kind.text);
    else this.#named(member, kind.as, kind.named);
  }

  #number(member: string, kind: NumberKind): void {
    const size = NUMBER_SIZES[kind];
    const write = `${checkNumber(`m.${member}`, member, size)} ${set(size, this.size, `m.${member}`)}`;
    this.#make.push(`${member}: 0`);
    this.#read.push(`t.${member} = ${get(size, this.size)};`);
    this.#write.push(write);
    this.#members.push(`${member}: ${get(size, this.size)}`);
    this.#writeMembers.push(write);
    this.size += size;
  }

  #named(member: string, kind: NumberKind, names: readonly string[]): void {
    const size = NUMBER_SIZES[kind];
    const numbers = names.map((name, number) => `m.${member} === ${JSON.stringify(name)} ? ${number} : `);
    this.#make.push(`${member}: 0`);
    this.#read.push(`t.${member} = ${get(size, this.size)};`);
    this.#write.push(`${checkNumber(`m.${member}`, member, size)} ${set(size, this.size, `m.${member}`)}`);
    this.#members.push(`${member}: names_${member}[${get(size, this.size)}] ?? failValue('${member}', at)`);
    this.#writeMembers.push(set(size, this.size, `${numbers.join('')}failValue('${member}')`));
    this.size += size;
  }

  #wide(member: string, highSize: 2 | 4): void {
    const hi = this.size;
    const lo = hi + highSize;
    const bits = 8 * (highSize + 4);
    this.#make.push(`${member}Hi: 0`, `${member}Lo: 0`);
    this.#read.push(`t.${member}Hi = ${get(highSize, hi)}; t.${member}Lo = ${get(4, lo)};`);
    this.#write.push(
      checkNumber(`m.${member}Hi`, `${member}Hi`, highSize),
      checkNumber(`m.${member}Lo`, `${member}Lo`, 4),
      set(highSize, hi, `m.${member}Hi`),
      set(4, lo, `m.${member}Lo`),
    );
    this.#members.push(`${member}: readBig${bits}(view, at + ${hi})`);
    this.#writeMembers.push(
      `if (typeof m.${member} !== 'bigint' || BigInt.asUintN(${bits}, m.${member}) !== m.${member}) failRange('${member}');`,
      `writeBig${bits}(view, at + ${hi}, m.${member});`,
    );
    this.size += bits / 8;
  }

  #pad(size: number): void {
    for (let rest = size; rest > 0; ) {
      const step = rest >= 4 ? 4 : rest >= 2 ? 2 : 1;
      const zero = set(step, this.size, '0');
      this.#write.push(zero);
      this.#writeMembers.push(zero);
      this.#dirty.push(get(step, this.size));
      this.size += step;
      rest -= step;
    }
  }

  #constant(kind: NumberKind, value: number): void {
    const size = NUMBER_SIZES[kind];
    const write = set(size, this.size, String(value));
    this.#write.push(write);
    this.#writeMembers.push(write);
    this.size += size;
  }

  #text(member: string, size: number): void {
    const place = `view, at + ${this.size}, ${size}`;
    const write = `writeText(${place}, '${member}', m.${member});`;
    this.#make.push(`${member}: ''`);
    this.#read.push(`t.${member} = readText(${place});`);
    this.#write.push(write);
    this.#members.push(`${member}: readText(${place})`);
    this.#writeMembers.push(write);
    this.size += size;
  }
}

function get(size: 1 | 2 | 4, offset: number): string {
  return `view.getUint${size * 8}(at + ${offset})`;
}

function set(size: 1 | 2 | 4, offset: number, value: string): string {
  return `view.setUint${size * 8}(at + ${offset}, ${value});`;
}

/** `>>> 0` changes every number that is not an unsigned 32-bit integer. */
function checkNumber(value: string, member: string, size: 1 | 2 | 4): string {
  const test = `${value} >>> 0 !== ${value}`;
  return `if (${size === 4 ? test : `${test} || ${value} > ${2 ** (8 * size) - 1}`}) failRange('${member}');`;
}

function tagOf(key: string, value: string): string {
  return `${key}: ${JSON.stringify(value)}`;
}

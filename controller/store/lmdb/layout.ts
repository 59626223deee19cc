/*
 * How the fork of LMDB in the package `lmdb` 3 lays out its file (its mdb.c: MDB_page_header, MDB_meta, MDB_db,
 * MDB_node, MDB_ovpage), little endian. Numbers of pages and transactions stay below 2^53 here.
 */

/** Bytes before the contents of a page; offsets inside of a page count from there. */
export const HEADER_SIZE = 24;
/** Bytes of the first page up to the end of its MDB_meta, as far as it is read. */
export const META_SIZE = HEADER_SIZE + 136;
const PAGE_SIZES: readonly number[] = [4096, 8192, 16384, 32768, 65536];
export const PAGE = { branch: 0x01, leaf: 0x02, overflow: 0x04, meta: 0x08 } as const;

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const NODE_HEADER_SIZE = 8;
const TREE_SIZE = 48;
const OVERFLOW_SIZE = 24;
const NODE = { big: 0x01, tree: 0x02 } as const;
/** Its keys are integers. */
const FREE_FLAGS = 0x08;
/** The page number that stands for none. */
const NO_PAGE = 2 ** 64;

/** One B-tree of the file (MDB_db). */
export interface Tree {
  readonly flags: number;
  readonly depth: number;
  readonly branchPages: number;
  readonly leafPages: number;
  readonly overflowPages: number;
  readonly entries: number;
  /** Undefined for an empty tree. */
  readonly root: number | undefined;
}

/** What a transaction has left behind: the state of the whole file (MDB_meta). */
export interface Meta {
  readonly pageSize: number;
  readonly transaction: number;
  readonly lastPage: number;
  /** Pages that nothing uses, by the transaction that gave them up. */
  readonly free: Tree;
  /** The named trees. */
  readonly main: Tree;
}

export interface PageHeader {
  readonly number: number;
  /** The transaction that wrote it. */
  readonly transaction: number;
  readonly flags: number;
  /** Nodes of a branch or leaf page. */
  readonly count: number;
  /** Bytes from the header's end to the first node. */
  readonly upper: number;
  /** Pages of an overflow run. */
  readonly pages: number;
}

/** A node of a branch page leads to a page, one of a leaf page holds a value, or leads to a tree or an overflow run. */
export interface Node {
  readonly key: Buffer;
  /** Bytes that it takes in its page. */
  readonly size: number;
  readonly child?: number;
  readonly value?: Buffer;
  readonly tree?: Tree;
  /** Pages where the value is, if it is too large for this one. */
  readonly overflow?: {
    readonly page: number;
    readonly pages: number;
    readonly size: number;
    readonly transaction: number;
  };
}

/** Reads MDB_meta from the start of its page. Throws RangeError. */
export function readMeta(page: Buffer): Meta {
  const at = HEADER_SIZE;
  if (page.readUInt32LE(at) !== MAGIC) throw new RangeError('it is not an LMDB file');
  const version = page.readUInt32LE(at + 4);
  if (version !== DATA_VERSION) throw new RangeError(`an LMDB file of version ${version}`);
  const pageSize = page.readUInt32LE(at + 24);
  if (!PAGE_SIZES.includes(pageSize)) throw new RangeError(`a page size of ${pageSize} bytes`);
  const free = readTree(page, at + 24);
  const main = readTree(page, at + 24 + TREE_SIZE);
  // Others would stand for features that nothing here uses, and with which LMDB reads the file in another way.
  if (free.flags !== FREE_FLAGS || main.flags !== 0) throw new RangeError('flags that nobody sets');
  return {
    pageSize,
    free,
    main,
    lastPage: readU64(page, at + 24 + 2 * TREE_SIZE),
    transaction: readU64(page, at + 32 + 2 * TREE_SIZE),
  };
}

export function readHeader(page: Buffer): PageHeader {
  return {
    number: readU64(page, 0),
    transaction: readU64(page, 8),
    flags: page.readUInt16LE(18),
    count: page.readUInt16LE(20) >> 1,
    upper: page.readUInt16LE(22),
    pages: page.readUInt32LE(20),
  };
}

/** Reads the nodes of a branch or leaf page. Throws RangeError when one does not fit in. */
export function readNodes(page: Buffer, count: number, isLeaf: boolean): readonly Node[] {
  return Array.from({ length: count }, (_, index) => readNode(page, index, isLeaf));
}

function readNode(page: Buffer, index: number, isLeaf: boolean): Node {
  const at = HEADER_SIZE + page.readUInt16LE(HEADER_SIZE + 2 * index);
  const low = page.readUInt16LE(at) + page.readUInt16LE(at + 2) * 0x10000;
  const flags = page.readUInt16LE(at + 4);
  const keyAt = at + NODE_HEADER_SIZE;
  const valueAt = keyAt + page.readUInt16LE(at + 6);
  if (valueAt > page.length) throw new RangeError(`key ${index} goes beyond its page`);
  const key = page.subarray(keyAt, valueAt);
  if (!isLeaf) return { key, size: even(valueAt - at), child: low + flags * 2 ** 32 };
  const isBig = (flags & NODE.big) !== 0;
  const end = valueAt + (isBig ? OVERFLOW_SIZE : low);
  if (end > page.length) throw new RangeError(`value ${index} goes beyond its page`);
  const size = even(end - at);
  if (isBig) {
    const overflow = {
      page: readU64(page, valueAt),
      transaction: readU64(page, valueAt + 8),
      pages: readU64(page, valueAt + 16),
      size: low,
    };
    return { key, size, overflow };
  }
  if (flags === NODE.tree && low === TREE_SIZE) return { key, size, tree: readTree(page, valueAt) };
  if (flags !== 0) throw new RangeError(`node ${index} is of kind ${flags}`);
  return { key, size, value: page.subarray(valueAt, end) };
}

/** Pages that a value of so many bytes takes. */
export function overflowPages(size: number, pageSize: number): number {
  return Math.floor((HEADER_SIZE - 1 + size) / pageSize) + 1;
}

/** Pages in a row. */
export interface Run {
  readonly first: number;
  readonly count: number;
}

/**
 * The pages in a value of the free tree: a count, and so many numbers, where a negative one says how many pages begin
 * at the next, and zero nothing. Throws RangeError.
 */
export function readFreePages(value: Buffer): readonly Run[] {
  const runs: Run[] = [];
  const count = readU64(value, 0);
  if ((count + 1) * 8 > value.length) throw new RangeError('a list of free pages that ends early');
  for (let index = 1; index <= count; index++) {
    const number = Number(value.readBigInt64LE(index * 8));
    if (number > 0) runs.push({ first: number, count: 1 });
    if (number >= 0) continue;
    if (++index > count) throw new RangeError('a run of free pages without its beginning');
    runs.push({ first: readU64(value, index * 8), count: -number });
  }
  return runs;
}

function readTree(page: Buffer, at: number): Tree {
  const root = readU64(page, at + 40);
  return {
    flags: page.readUInt16LE(at + 4),
    depth: page.readUInt16LE(at + 6),
    branchPages: readU64(page, at + 8),
    leafPages: readU64(page, at + 16),
    overflowPages: readU64(page, at + 24),
    entries: readU64(page, at + 32),
    root: root === NO_PAGE ? undefined : root,
  };
}

function readU64(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}

function even(size: number): number {
  return size + (size & 1);
}

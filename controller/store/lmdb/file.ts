import { closeSync, openSync, readSync } from 'node:fs';
import { StoreError } from '../errors.ts';
import {
  HEADER_SIZE,
  META_SIZE,
  type Meta,
  type Node,
  overflowPages,
  PAGE,
  type Run,
  readFreePages,
  readHeader,
  readMeta,
  readNodes,
  type Tree,
} from './layout.ts';

/** An entry of a tree. Both buffers are good until the next one is asked for. */
export interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** One page on the way down to an entry. */
interface Step {
  readonly page: number;
  readonly isLeaf: boolean;
  readonly nodes: readonly Node[];
  next: number;
}

/** Levels that LMDB itself can walk. */
const DEEPEST = 32;

/**
 * LMDB's data file, read without LMDB. LMDB maps the file into memory and believes what it finds there: on a damaged
 * one it ends the process, or answers what was never written. Here a step that makes no sense throws StoreError
 * STORE_DAMAGED, which says where.
 */
export class LmdbFile {
  readonly #path: string;
  readonly #file: number;
  readonly #meta: Meta;
  /** A byte for each page: whether something is known to use it. */
  readonly #used: Uint8Array;

  /** Opens the file as the latest transaction has left it. Throws StoreError STORE_DAMAGED, or the system's error. */
  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, 'r');
    try {
      const first = this.#readMeta(0, 0);
      const second = this.#readMeta(1, first.pageSize);
      if (
        first.transaction + second.transaction > 0 &&
        Math.abs(first.transaction - second.transaction) !== 1
      )
        this.#fail(`transaction ${second.transaction} does not follow ${first.transaction}`);
      for (const meta of [first, second]) this.#checkRoot(meta);
      this.#meta = first.transaction > second.transaction ? first : second;
      this.#used = new Uint8Array(this.#meta.lastPage + 1);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  /** The named trees, and their entries in the order of their keys. */
  trees(): ReadonlyMap<string, Iterable<Entry>> {
    this.#used.fill(0);
    const trees = new Map<string, Iterable<Entry>>();
    for (const { key, tree } of this.#walk('the list of trees', this.#meta.main)) {
      const name = key.toString().replace(/\0$/, '');
      if (tree === undefined) return this.#fail(`'${name}' is no tree`);
      trees.set(name, this.#entries(name, tree));
    }
    return trees;
  }

  /** Walks everything, and checks that every page is used exactly once, or free. Values are not looked into. */
  check(): void {
    for (const entries of this.trees().values()) for (const _ of entries);
    for (const { value } of this.#entries('free pages', this.#meta.free))
      for (const run of this.#sound(() => readFreePages(value))) this.#use(run);
    const lost = this.#used.indexOf(0, 2);
    if (lost !== -1) this.#fail('it is neither used nor free', lost);
  }

  *#entries(name: string, tree: Tree): Generator<Entry> {
    for (const { key, value, overflow } of this.#walk(name, tree)) {
      if (value !== undefined) yield { key, value };
      else if (overflow !== undefined) yield { key, value: this.#readOverflow(overflow) };
      else this.#fail(`there is a tree inside of ${name}`);
    }
  }

  /** The leaf nodes of a tree in order; at the end the tree's own counts must have been right. */
  *#walk(name: string, tree: Tree): Generator<Node> {
    const isFree = tree === this.#meta.free;
    if (!isFree && tree.flags !== 0) this.#fail(`${name} has flags that nobody sets`);
    const seen = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 };
    const order = new KeyOrder(isFree);
    const levels: Buffer[] = [];
    const steps: Step[] = [];
    const descend = (page: number) => {
      if (steps.length === DEEPEST) this.#fail(`${name} is too deep`, page);
      levels[steps.length] ??= Buffer.alloc(this.#meta.pageSize);
      const step = this.#readStep(page, levels[steps.length] ?? Buffer.alloc(0));
      if (step.isLeaf !== (steps.length + 1 === tree.depth))
        this.#fail(`${name} is not as deep as it says`, page);
      seen[step.isLeaf ? 'leafPages' : 'branchPages']++;
      steps.push(step);
    };
    if (tree.root !== undefined) descend(tree.root);
    for (let step = steps.at(-1); step !== undefined; step = steps.at(-1)) {
      const index = step.next++;
      const node = step.nodes[index];
      if (node === undefined) {
        steps.pop();
        continue;
      }
      // The first key of a branch page is never looked at.
      if ((step.isLeaf || index > 0) && !order.follows(node.key, step.isLeaf))
        this.#fail(`keys of ${name} are out of order`, step.page);
      if (node.child !== undefined) {
        descend(node.child);
        continue;
      }
      seen.entries++;
      seen.overflowPages += node.overflow?.pages ?? 0;
      yield node;
    }
    for (const what of ['branchPages', 'leafPages', 'overflowPages', 'entries'] as const)
      if (seen[what] !== tree[what])
        this.#fail(`${name}: ${seen[what]} ${what} where there should be ${tree[what]}`);
  }

  #readStep(page: number, bytes: Buffer): Step {
    this.#use({ first: page, count: 1 });
    this.#fill(bytes, page);
    const { flags, count, upper, number, transaction } = readHeader(bytes);
    const space = bytes.length - HEADER_SIZE;
    if (number !== page) this.#fail(`it says that it is page ${number}`, page);
    // LMDB takes a page of a later transaction for one that it may write to.
    if (transaction > this.#meta.transaction) this.#fail(`it is of transaction ${transaction}`, page);
    if (flags !== PAGE.branch && flags !== PAGE.leaf)
      this.#fail(`a page of kind ${flags} inside of a tree`, page);
    if (count === 0 || 2 * count > upper || upper > space) this.#fail('its bounds make no sense', page);
    const isLeaf = flags === PAGE.leaf;
    const nodes = this.#sound(() => readNodes(bytes, count, isLeaf), page);
    if (nodes.reduce((sum, { size }) => sum + size, 0) !== space - upper)
      this.#fail('what is in it does not fill it', page);
    return { page, isLeaf, nodes, next: 0 };
  }

  #readOverflow({ page, pages, size, transaction }: NonNullable<Node['overflow']>): Buffer {
    if (pages !== overflowPages(size, this.#meta.pageSize))
      this.#fail(`${pages} pages for a value of ${size} bytes`, page);
    this.#use({ first: page, count: pages });
    const bytes = Buffer.alloc(HEADER_SIZE + size);
    this.#fill(bytes, page);
    const header = readHeader(bytes);
    const isBegin = header.number === page && header.flags === PAGE.overflow && header.pages === pages;
    if (!isBegin || header.transaction !== transaction || transaction > this.#meta.transaction)
      this.#fail('it does not begin a large value', page);
    return bytes.subarray(HEADER_SIZE);
  }

  #readMeta(page: number, pageSize: number): Meta {
    const bytes = Buffer.alloc(META_SIZE);
    this.#fill(bytes, page, pageSize);
    const meta = this.#sound(() => readMeta(bytes), page);
    const { number, flags } = readHeader(bytes);
    if (number !== page || flags !== PAGE.meta) this.#fail('it is no head of the file', page);
    if (pageSize !== 0 && meta.pageSize !== pageSize)
      this.#fail(`a page size of ${meta.pageSize} bytes`, page);
    // Transactions write the heads in turns; a new file has two of number 0.
    if (meta.transaction > 0 && meta.transaction % 2 !== page)
      this.#fail(`transaction ${meta.transaction} in the wrong place`, page);
    return meta;
  }

  /** Every transaction of ours changes the list of trees; so the root tells whether a head's number is right. */
  #checkRoot({ transaction, main: { root }, pageSize }: Meta): void {
    if (root === undefined) return;
    const bytes = Buffer.alloc(HEADER_SIZE);
    this.#fill(bytes, root, pageSize);
    const found = readHeader(bytes).transaction;
    if (found !== transaction)
      this.#fail(`it is of transaction ${found}, and should be of ${transaction}`, root);
  }

  /** Fills the buffer from where a page begins. */
  #fill(bytes: Buffer, page: number, pageSize = this.#meta.pageSize): void {
    const size = readSync(this.#file, bytes, 0, bytes.length, page * pageSize);
    if (size < bytes.length) this.#fail('the file ends before the end of this page', page);
  }

  /** Counts pages as used, for the first time. */
  #use({ first, count }: Run): void {
    if (first < 2 || first + count - 1 > this.#meta.lastPage) this.#fail('there is no such page', first);
    for (let page = first; page < first + count; page++) {
      if (this.#used[page] !== 0) this.#fail('it is used twice', page);
      this.#used[page] = 1;
    }
  }

  #sound<T>(read: () => T, page?: number): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof RangeError) return this.#fail(error.message, page);
      throw error;
    }
  }

  #fail(reason: string, page?: number): never {
    throw new StoreError('STORE_DAMAGED', {
      file: this.#path,
      ...(page === undefined ? {} : { page }),
      reason,
    });
  }
}

/** Whether the keys of a walk ascend. A branch's key may be the same as the first one below it. */
class KeyOrder {
  readonly #areNumbers: boolean;
  readonly #previous = Buffer.alloc(2048);
  #size = -1;
  #isBound = false;

  constructor(areNumbers: boolean) {
    this.#areNumbers = areNumbers;
  }

  follows(key: Buffer, isLeaf: boolean): boolean {
    const order = this.#size < 0 ? -1 : this.#compare(key);
    const follows = key.length > 0 && (order < 0 || (order === 0 && this.#isBound));
    this.#size = key.copy(this.#previous);
    this.#isBound = !isLeaf;
    return follows && this.#size === key.length;
  }

  #compare(key: Buffer): number {
    if (!this.#areNumbers) return this.#previous.compare(key, 0, key.length, 0, this.#size);
    const [previous, next] = [
      this.#previous.readBigUInt64LE(),
      key.length === 8 ? key.readBigUInt64LE() : -1n,
    ];
    return previous < next ? -1 : previous > next ? 1 : 0;
  }
}

import type { IndexedCollection, IndexName } from './indexes.ts';
import type {
  ChassisRecord,
  NetworkRecord,
  PolicyRecord,
  PortRecord,
  QuotaRecord,
  RecoveryRecord,
  SecurityGroupRecord,
  SecurityGroupRuleRecord,
  SubnetRecord,
  TrunkRecord,
  VifRecord,
} from './records.ts';
import type { Shadow } from './shadow.ts';

/** Every collection of the store and the type of its values. Adding a collection is one line here. */
export interface Collections {
  networks: NetworkRecord;
  subnets: SubnetRecord;
  ports: PortRecord;
  trunks: TrunkRecord;
  securityGroups: SecurityGroupRecord;
  securityGroupRules: SecurityGroupRuleRecord;
  policies: PolicyRecord;
  quotas: QuotaRecord;
  chassis: ChassisRecord;
  vifs: VifRecord;
  recoveries: RecoveryRecord;
}
export type CollectionName = keyof Collections;

/**
 * One object's change inside a commit: `before` is absent on creation, `after` is absent on deletion. The log does not
 * keep `before`: it is absent from all changes of a commit that is replayed.
 */
export type Change = {
  [C in CollectionName]: {
    readonly collection: C;
    readonly id: string;
    readonly before?: Collections[C];
    readonly after?: Collections[C];
  };
}[CollectionName];

/** Everything that one transaction changed, in the order of the writes; one change per object. */
export interface Commit {
  /** Revision of the store after this commit: counts up by one per commit, never goes back. */
  readonly revision: number;
  readonly changes: readonly Change[];
}

/** Reads of the latest committed state. Values are frozen: to change one, put a new value. */
export interface StoreView {
  get<C extends CollectionName>(collection: C, id: string): Collections[C] | undefined;
  /** Values in ascending order of id. */
  list<C extends CollectionName>(collection: C): readonly Collections[C][];
  /** Values under one key of a secondary index (indexes.ts), in ascending order of id. */
  find<C extends IndexedCollection>(
    collection: C,
    index: IndexName<C>,
    key: string,
  ): readonly Collections[C][];
  /** How many values `find` would give. */
  count<C extends IndexedCollection>(collection: C, index: IndexName<C>, key: string): number;
}

/** Reads see the transaction's own writes. */
export interface Transaction extends StoreView {
  put<C extends CollectionName>(collection: C, id: string, value: Collections[C]): void;
  delete(collection: CollectionName, id: string): void;
  /**
   * The next small integer of a named series: 1, 2, 3… Never handed out twice by transactions that succeed,
   * also after a restart. With `least`, no number below that.
   */
  allocate(series: KeySeries, least?: number): number;
}

/**
 * `network` numbers networks; `port` numbers logical ports and tunnel peers, which share one egress key space;
 * `group` and `rule` number security groups and their rules, `policy` the sets of groups that ports have; `claim` numbers
 * VIFs in the order in which they appear; `generation` numbers the times that a controller became the switches' master.
 */
export type KeySeries = 'network' | 'port' | 'group' | 'rule' | 'policy' | 'claim' | 'generation';

/** Everything that a store held at one revision. It stays as it is while the store goes on. */
export interface Snapshot {
  readonly history: string;
  readonly revision: number;
  /** Last number handed out of each series. */
  readonly counters: Readonly<Partial<Record<KeySeries, number>>>;
  /** Objects in `objects`. */
  readonly count: number;
  readonly objects: Iterable<
    readonly [collection: CollectionName, id: string, value: Collections[CollectionName]]
  >;
}

/** What can be read, and changed by transactions. */
export interface WritableView extends StoreView {
  /**
   * Runs `work` atomically: all its writes are durable when the promise resolves, or none ever happens.
   * `work` must be synchronous and free of side effects (an engine may run it again after a conflict);
   * what it throws rejects the promise unchanged. A transaction that changes nothing makes no revision.
   */
  transact<T>(work: (transaction: Transaction) => T): Promise<T>;
}

/**
 * The durable, revisioned, watchable home of all intent and inventory.
 * The embedded default is LMDB; every engine passes the same tests.
 */
export interface Store extends WritableView {
  /** Revision of the latest commit, 0 when nothing was ever written. */
  readonly revision: number;
  /**
   * The history that revisions count in: a UUID, made with the store, and another one after a restore. Who kept a
   * revision from another history reads everything anew: the same number may mean another state.
   */
  readonly history: string;
  /** What is committed now, all of one revision. */
  snapshot(): Snapshot;
  /** Something to try changes out in: it reads this store, and what is written to it stays there. */
  shadow(): Shadow;
  /**
   * Calls `listener` for each commit after revision `from`, in order: first those already in the log, without
   * `before`, then the new ones, each after it is durable and before `transact` resolves. Returns the function that ends the watch.
   * A listener that throws does not keep others from hearing; its error surfaces as an uncaught exception.
   * Throws StoreError STORE_COMPACTED when the log no longer reaches back to `from`, and STORE_AHEAD when
   * `from` has not happened yet (it is from another history, before a restore say).
   */
  watch(from: number, listener: (commit: Commit) => void): () => void;
  /** Whether the disk takes writes. Once it has refused one, it is tried anew each time. */
  isWritable(): Promise<boolean>;
  /** Finishes the transactions already asked for; later ones are rejected with STORE_CLOSED. */
  close(): Promise<void>;
}

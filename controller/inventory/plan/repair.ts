import type { Operation } from 'ovsdb-client-ts';

/** One thing that is not as it should be, and the operations that make it so. */
export interface Repair {
  /** Names the thing, for the log and to notice that it is undone again and again. */
  readonly what: string;
  /** Valid alone and together with other repairs in one transaction. */
  readonly operations: readonly Operation[];
}

/** What the plan strives for on one hypervisor. */
export interface Wanted {
  readonly bridge: string;
  readonly datapathType: 'netdev' | 'system' | undefined;
  /** OpenFlow target for the bridge: `tcp:ADDRESS:PORT`, or `ptcp:PORT:ADDRESS` of a bridge that we call; likewise `ssl` and `pssl`. */
  readonly controller: string;
  /** The bridge has been reached by a passive target, so that it needs no other. */
  readonly isReached?: boolean;
  /** Where the hypervisor's database reached us; absent when we have called it. */
  readonly manager?: { readonly address: string; readonly port: number };
  readonly encapIps: readonly string[];
  readonly encapTypes: readonly string[];
  /** Provider bridge by physical network. */
  readonly bridgeMappings: ReadonlyMap<string, string>;
  /** Bounds of tables that switches learn into, by the tables' numbers. */
  readonly flowTables: ReadonlyMap<number, WantedFlowTable>;
}

/** Most flows of a table; beyond them a flow of the largest group is evicted, that which would expire first. */
export interface WantedFlowTable {
  readonly limit: number;
  /** What groups of flows have in common, as `groups` of Flow_Table has it: `NXM_NX_REG0[]`. */
  readonly groupedBy: string;
}

/** Milliseconds until OVS tries again at most, for OVSDB and OpenFlow: back soon after our restart. */
export const MAX_BACKOFF = 1000;

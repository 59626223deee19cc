import type { FlowBuilder } from './builder.ts';
import type { MeterRate } from './meter.ts';
import type { Register } from './registers.ts';
import type { MatchName, Table } from './table.ts';

/** A row that says everything an app needs to know about one thing on one switch. */
export interface Fact {
  readonly kind: string;
  /** 0–4294967295, unique for its kind on one switch: it goes into the cookies of the fact's flows. */
  readonly key: number;
}
/** Facts by kind: what `kind` says decides the rest of the row. */
export type FactMap = { readonly [kind: string]: Fact };
export type FactOf<F> = F[keyof F];

/** Starts a flow in a table that the app owns or uses. */
export type Emit = <M extends MatchName>(table: Table<M>, priority: number) => FlowBuilder<M>;

/**
 * An app: a name, its tables, and for each kind of fact it reads a pure function from the fact to flows.
 * Same fact, same flows; no I/O, no clock, no memory.
 */
export interface App<F> {
  readonly name: string;
  /** 1–255, unique: the app's byte in its cookies. Never change it: every switch's flows would be rewritten. */
  readonly number: number;
  readonly doc: string;
  /** Tables of its own. */
  readonly owns: readonly Table[];
  /** Shared tables that it emits into. */
  readonly uses: readonly Table[];
  /** Registers of its own (`registers`): bits that no other app and not the pipeline uses. */
  readonly registers?: Readonly<Record<string, Register>>;
  /**
   * Why it drops packets: a name for counters and a sentence for people, by which `drop` is told. New ones go to the
   * end: a reason's place is its number in cookies.
   */
  readonly drops?: Readonly<Record<string, string>>;
  /**
   * Limits of packets: each fact of one kind may have a meter, which its flows send packets through by `meter`. What that
   * drops is told under `drop`, one of the app's `drops`. Their numbers are made of the app's and the facts' keys. Of one app, whose
   * kind has one fact a switch, with key 0, it is the meter of all that the controller is sent, which its flows do by `show`.
   */
  readonly meters?:
    | { readonly drop: string; readonly rates: MeterRates<F>; readonly ofController?: never }
    | { readonly ofController: true; readonly rates: MeterRates<F>; readonly drop?: never };
  /** Flows that every switch has, whatever its facts. */
  readonly always?: (emit: Emit) => void;
  readonly compile: { readonly [K in keyof F]?: (fact: F[K], emit: Emit) => void };
}

/** The meter of a fact, by the kind; nothing when it has none. */
export type MeterRates<F> = { readonly [K in keyof F]?: (fact: F[K]) => MeterRate | undefined };

/** Declares an app (see apps/README.md); the types of its facts come from `F`. */
export function defineApp<F>(app: App<F>): App<F> {
  return Object.freeze(app);
}

/** What an app of others is given (examples/link-local): all that `tenantflow/pipeline` has. */
export type AppKit = typeof import('./index.ts');

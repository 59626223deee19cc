import type { Target } from './builder.ts';
import { PipelineError } from './errors.ts';
import { edge, STAGE_NAMES, type StageName, type Table } from './table.ts';

/** Table ids that a stage spans, so that a new table renumbers none of another stage. */
const STAGE_SPAN = 16;

/** Owner of the shared tables. */
const SHARED = 'pipeline';

export interface PlacedTable {
  readonly id: number;
  readonly table: Table;
  /** Name of the app that owns it; `pipeline` for the shared tables. */
  readonly owner: string;
}

interface Owner {
  readonly name: string;
  readonly owns: readonly Table[];
}

/** What lies ahead of a packet that is sent to a target. */
interface Way {
  /** The first table. */
  readonly id: number;
  /** The most look-ups from there. */
  readonly walk: number;
  /** Tables from there on whose flows make copies. */
  readonly replicating: readonly Table[];
}

/** Gives every table its id: by stage, in it the shared table first, then those of the apps in their order. */
export class Layout {
  readonly tables: readonly PlacedTable[];
  readonly #ids = new Map<Table, number>();
  /** Where targets lead, each worked out once: every branch of a flood list asks. */
  readonly #ways = new Map<Target, Way>();

  constructor(owners: readonly Owner[]) {
    const declared = [{ name: SHARED, owns: Object.values(edge) as readonly Table[] }, ...owners];
    const names = new Set<string>();
    const placed: PlacedTable[] = [];
    for (const [index, stage] of STAGE_NAMES.entries()) {
      const base = index * STAGE_SPAN;
      let id = base;
      for (const { name: owner, owns } of declared) {
        for (const table of owns.filter((each) => each.stage === stage)) {
          if (names.has(table.name)) throw new PipelineError('PIPE_TABLE_NAME', { table: table.name });
          if (id === base + STAGE_SPAN) throw new PipelineError('PIPE_STAGE_FULL', { stage });
          names.add(table.name);
          this.#ids.set(table, id);
          placed.push({ id: id++, table, owner });
        }
      }
    }
    this.tables = placed;
  }

  /** The table's id. Throws PipelineError PIPE_TABLE_FOREIGN for a table of no loaded app. */
  idOf(table: Table): number {
    const id = this.#ids.get(table);
    if (id === undefined) throw new PipelineError('PIPE_TABLE_FOREIGN', { table: table.name });
    return id;
  }

  nameOf(id: number): string | undefined {
    return this.tables.find((placed) => placed.id === id)?.table.name;
  }

  /** The id of the first table at or after a stage, or of the table itself. */
  entry(to: Target): number {
    return this.#way(to).id;
  }

  /**
   * Where a packet goes when its app is done with it in a stage: in stages without a shared table to the first table of
   * the next app there, each having its turn; else to the next stage. Nothing after the last.
   */
  after(table: Table): number | undefined {
    const id = this.idOf(table);
    const here = this.tables.filter((placed) => placed.table.stage === table.stage);
    const owner = here.find((placed) => placed.id === id)?.owner;
    const next = here.find((placed) => placed.id > id && placed.owner !== owner);
    if (next && here.every((placed) => placed.owner !== SHARED)) return next.id;
    const stage = STAGE_NAMES[STAGE_NAMES.indexOf(table.stage) + 1];
    return stage === undefined || stage === 'aside' ? undefined : this.entry(stage);
  }

  /** The most look-ups that a packet sent to `to` can still cause: what a branch costs of the resubmit limit. */
  walk(to: Target): number {
    return this.#way(to).walk;
  }

  /** The most look-ups that a packet has behind it when it has been looked up in the table, which is not of stage `aside`. */
  before(table: Table): number {
    const id = this.idOf(table);
    return lookUpsOf(this.tables.filter((placed) => placed.id <= id));
  }

  /** Tables at or after `to` whose flows make copies. */
  replicating(to: Target): readonly Table[] {
    return this.#way(to).replicating;
  }

  #way(to: Target): Way {
    const known = this.#ways.get(to);
    if (known) return known;
    const from = typeof to === 'string' ? STAGE_NAMES.indexOf(to) * STAGE_SPAN : this.idOf(to);
    const ahead = this.tables.filter(({ id, table }) => id >= from && table.stage !== 'aside');
    const [first] = ahead;
    if (!first) throw new PipelineError('PIPE_STAGE_EMPTY', { stage: to });
    const replicating = ahead.flatMap(({ table }) => (table.replicates ? [table] : []));
    const way = { id: first.id, walk: lookUpsOf(ahead), replicating };
    this.#ways.set(to, way);
    return way;
  }
}

/** One for each table that a packet may meet, and what its flows look up on the side. */
function lookUpsOf(tables: readonly PlacedTable[]): number {
  let always = 0;
  const ways = new Map<StageName, Map<string, number>>();
  for (const { table } of tables) {
    const lookUps = 1 + (table.lookUps ?? 0);
    if (table.either === undefined) {
      always += lookUps;
      continue;
    }
    const ofStage = ways.get(table.stage) ?? new Map<string, number>();
    ways.set(table.stage, ofStage.set(table.either, (ofStage.get(table.either) ?? 0) + lookUps));
  }
  return [...ways.values()].reduce((sum, ofStage) => sum + Math.max(...ofStage.values()), always);
}

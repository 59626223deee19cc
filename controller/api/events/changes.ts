import type { Change, Commit, StoreView } from '#controller/store/store';
import type { Caller } from '../caller.ts';
import type { Shown } from '../resource/shown.ts';

/** A change as clients see it: what an object is after it, in Neutron's words; or that it is gone, for them. */
export interface ShownChange {
  readonly revision: number;
  /** `network`, `security_group_rule`, … */
  readonly kind: string;
  readonly id: string;
  readonly op: 'put' | 'delete';
  readonly object: Readonly<Record<string, unknown>> | null;
}

/** Turns commits into what one caller sees of them. */
export class Onlooker {
  readonly #shown: ReadonlyMap<string, Shown>;
  readonly #store: StoreView;
  readonly #caller: Caller;

  constructor(shown: readonly Shown[], store: StoreView, caller: Caller) {
    this.#shown = new Map(shown.map((each) => [each.collection, each]));
    this.#store = store;
    this.#caller = caller;
  }

  /**
   * The changes of a commit that the caller sees, one at a time, because a commit may be large and listeners many;
   * `unknown` for something that is gone and of which nobody remembers whose it was.
   */
  *changesIn({ revision, changes }: Commit): Generator<ShownChange | 'unknown'> {
    for (const change of changes) {
      const shown = this.#shown.get(change.collection);
      const found = shown && this.#changeOf(shown, change);
      if (found === 'unknown') yield found;
      else if (shown !== undefined && found !== undefined)
        yield { revision, kind: shown.kind, id: change.id, ...found };
    }
  }

  #changeOf(
    shown: Shown,
    { before, after }: Change,
  ): Pick<ShownChange, 'op' | 'object'> | 'unknown' | undefined {
    const [was, is] = [before, after].map((record) =>
      record !== undefined && 'projectId' in record ? record : undefined,
    );
    if (is !== undefined && shown.isVisible(is, this.#caller, this.#store))
      return { op: 'put', object: shown.view(is, this.#caller, this.#store) };
    if (was !== undefined)
      return shown.isVisible(was, this.#caller, this.#store) ? { op: 'delete', object: null } : undefined;
    if (is !== undefined) return undefined;
    return this.#caller.role === 'admin' ? { op: 'delete', object: null } : 'unknown';
  }
}

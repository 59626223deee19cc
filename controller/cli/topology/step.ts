import type { NeutronKindName } from '../kinds/related.ts';
import type { Item } from './item.ts';
import type { Place } from './problem.ts';
import type { WantedRule } from './rules.ts';

/** Something that a plan does, in one or several requests; it is done when all of them are. */
export interface Step {
  readonly verb: 'create' | 'update' | 'delete';
  readonly kind: NeutronKindName;
  /** `port vm1`. */
  readonly label: string;
  /** What changes, a line each: `mtu: 1450 → 1400`. */
  readonly changes: readonly string[];
  /** Where a file asks for it. */
  readonly place: Place | undefined;
  readonly requests: readonly StepRequest[];
}

/** A request of a step. Tokens in it are replaced by the ids that they have got until then. */
export type StepRequest =
  | {
      readonly method: 'POST' | 'PUT' | 'DELETE';
      readonly path: string;
      readonly body?: unknown;
      /** The item that it makes: its id is in the answer, under `singular`. */
      readonly makes?: { readonly token: string; readonly singular: string };
    }
  | {
      /** Makes a group's rules what is wanted; which requests that takes shows when the group is there. */
      readonly method: 'RULES';
      readonly group: string;
      readonly rules: readonly WantedRule[];
    };

/** The beginning of a step that a file asks for. */
export function stepFor(verb: Step['verb'], item: Item): Pick<Step, 'verb' | 'kind' | 'label' | 'place'> {
  return { verb, kind: item.kind, label: item.label, place: item.placeOf() };
}

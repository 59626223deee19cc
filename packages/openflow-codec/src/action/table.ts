import type { Action } from '../action.ts';
import { EXPERIMENTER } from '../field.ts';
import { dictionary } from '../wire/dictionary.ts';
import { CONTROLLER_ACTIONS } from './controller.ts';
import { ct } from './ct.ts';
import { ENCAP_ACTIONS } from './encap.ts';
import { FIELD_ACTIONS } from './fields.ts';
import {
  type ActionEntry,
  type ActionOf,
  type Form,
  type ModelledAction,
  OFPAT_EXPERIMENTER,
} from './form.ts';
import { HASH_ACTIONS } from './hash.ts';
import { learn } from './learn.ts';
import { nat } from './nat.ts';
import { NICIRA_ACTIONS } from './nicira.ts';
import { sample } from './sample.ts';
import { STANDARD_ACTIONS } from './standard.ts';
import { TUNNEL_ACTIONS } from './tunnel.ts';

/** Every modelled action: to add one, declare its type in Action and its entry here. */
const ACTIONS: { readonly [N in ModelledAction['action']]: ActionEntry<ActionOf<N>> } = {
  ...STANDARD_ACTIONS,
  ...NICIRA_ACTIONS,
  ...CONTROLLER_ACTIONS,
  ...ENCAP_ACTIONS,
  ...FIELD_ACTIONS,
  ...HASH_ACTIONS,
  ...TUNNEL_ACTIONS,
  nat,
  sample,
  learn,
  ct,
};

/** The names of all modelled actions. */
export const ACTION_NAMES = Object.keys(ACTIONS) as ModelledAction['action'][];

/** The forms of an action; `only` is there when there is no choice. */
interface Forms<A> {
  readonly only: Form<A> | undefined;
  readonly all: readonly Form<A>[];
}

const FORMS = dictionary(ACTION_NAMES.map((name) => [name, formsOf(ACTIONS[name])] as const));

/** A form as decoding needs it, whatever its action. */
type ReadableForm = Pick<Form<Action>, 'read'>;

/** The forms by type, and by experimenter and subtype: small integers, so that a look-up is an array's. */
const STANDARD: (ReadableForm | undefined)[] = [];
const NICIRA: (ReadableForm | undefined)[] = [];
const ONF: (ReadableForm | undefined)[] = [];
for (const { forms } of Object.values(ACTIONS)) for (const one of forms) addForm(one);

/** The entry of an action, seen as one that takes it. */
export function entryOf<A extends ModelledAction>(action: A): ActionEntry<A> {
  // The table's type ties each name to its own action; TypeScript can't follow that through a union.
  return ACTIONS[action.action] as unknown as ActionEntry<A>;
}

/** The form in which an action is written: the first that fits it. Undefined also for what is no action. */
export function formFor<A extends ModelledAction>(action: A): Form<A> | undefined {
  // As above.
  const row = FORMS[action.action] as unknown as Forms<A> | undefined;
  if (row === undefined) return undefined;
  if (row.only !== undefined) return row.only;
  for (const form of row.all) if (form.fits === undefined || form.fits(action)) return form;
  return undefined;
}

/** The form of a type of OpenFlow's own, or undefined when no modelled action has it. */
export function standardForm(type: number): ReadableForm | undefined {
  return STANDARD[type];
}

/** The form of an experimenter's subtype, or undefined when no modelled action has it. */
export function experimenterForm(experimenter: number, subtype: number): ReadableForm | undefined {
  if (experimenter === EXPERIMENTER.nicira) return NICIRA[subtype];
  return experimenter === EXPERIMENTER.onf ? ONF[subtype] : undefined;
}

function formsOf({ forms }: { readonly forms: readonly Pick<Form<never>, 'fits'>[] }): Forms<never> {
  // Which action they are of is known again when one is looked up.
  const all = forms as readonly Form<never>[];
  const [first, ...others] = all;
  return { only: others.length === 0 && first?.fits === undefined ? first : undefined, all };
}

function addForm({ ids, read }: Pick<Form<Action>, 'ids' | 'read'>): void {
  const { type, experimenter, subtype } = ids;
  const [forms, number] =
    type === OFPAT_EXPERIMENTER
      ? ([experimenter === EXPERIMENTER.nicira ? NICIRA : ONF, subtype] as const)
      : ([STANDARD, type] as const);
  if (forms[number] !== undefined) throw new Error(`two actions have the code ${JSON.stringify(ids)}`);
  forms[number] = { read };
}

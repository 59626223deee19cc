import type { Action } from '../action.ts';
import { CONTROLLER_ACTIONS } from './controller.ts';
import { ct } from './ct.ts';
import { ENCAP_ACTIONS } from './encap.ts';
import { FIELD_ACTIONS } from './fields.ts';
import type { ActionCode, ActionEntry, ActionOf, Form, ModelledAction } from './form.ts';
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

/** A form as decoding needs it, whatever its action. */
type ReadableForm = Pick<Form<Action>, 'read'>;

const FORMS = new Map<number, ReadableForm>();
for (const { forms } of Object.values(ACTIONS)) {
  for (const one of forms) {
    const key = keyOf(one.code);
    if (FORMS.has(key)) throw new Error(`two actions have the code ${JSON.stringify(one.code)}`);
    FORMS.set(key, one);
  }
}

/** Type of OpenFlow 1.3's experimenter action, which all of Nicira's are (OF 1.3.5, 7.2.5). */
export const OFPAT_EXPERIMENTER = 0xffff;

/** The entry of an action, seen as one that takes it. */
export function entryOf<A extends ModelledAction>(action: A): ActionEntry<A> {
  // The table's type ties each name to its own action; TypeScript can't follow that through a union.
  return ACTIONS[action.action] as unknown as ActionEntry<A>;
}

/** The form with a code, or undefined when no modelled action has it. */
export function formOf(code: ActionCode): ReadableForm | undefined {
  return FORMS.get(keyOf(code));
}

function keyOf(code: ActionCode): number {
  if ('nicira' in code) return 0x10000 + code.nicira;
  return 'onf' in code ? 0x20000 + code.onf : code.standard;
}

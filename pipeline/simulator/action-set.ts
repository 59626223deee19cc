import type { ActionName } from 'openflow-codec';
import type { Run } from './translation.ts';

/** Actions of which a set has one each, in the order in which they run (lib/ofp-actions.c, ACTION_SET_ORDER). */
const SLOTS: readonly ActionName[] = ['pop_vlan', 'push_vlan', 'dec_ttl'];

/** Of these a set runs only the last in this list, and of several of a kind the last; without any it runs nothing. */
const FINAL: readonly ActionName[] = ['resubmit', 'output', 'group'];

/** The list that an action set amounts to: slots, then sets and moves in the order written, then one end. */
export function actionSetList(set: readonly Run[]): readonly Run[] {
  const lastOf = (name: ActionName) => set.findLast(({ action }) => action.action === name);
  const end = FINAL.toReversed()
    .map(lastOf)
    .find((each) => each !== undefined);
  if (!end) return [];
  const slots = SLOTS.flatMap((name) => lastOf(name) ?? []);
  const others = set.filter(({ action }) => !SLOTS.includes(action.action) && !FINAL.includes(action.action));
  return [...slots, ...others, end];
}

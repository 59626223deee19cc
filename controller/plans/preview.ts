import type { Facts } from '#apps';
import type { Model } from '#controller/model/model';
import type { Pipeline } from '#pipeline';
import { Turn } from '../base/turn.ts';
import { flowChanges } from './flow-changes.ts';
import type { Preview, SwitchPlan } from './plans.ts';

/** Lines that all flows of a preview may take: some megabytes. */
const MOST_LINES = 20_000;

/** Previews by this model and pipeline: whole switches, until their flows are too many. Other work is done between. */
export function previewBy(model: Model, pipeline: Pipeline<Facts>, mostLines = MOST_LINES): Preview {
  return async (changes) => {
    const switches: SwitchPlan[] = [];
    const turn = new Turn();
    let left = mostLines;
    for (const delta of model.preview(changes)) {
      if (delta === undefined) {
        if (turn.isOver) await turn.end();
        continue;
      }
      const flows = await flowChanges(pipeline, delta, left, turn);
      const { added, changed, deleted, problems, omitted } = flows;
      const lines = added.length + 2 * changed.length + deleted.length + problems.length;
      left -= lines;
      if (lines + omitted > 0) switches.push({ id: delta.id, ...flows });
    }
    return switches;
  };
}

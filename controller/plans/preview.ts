import type { Facts } from '#apps';
import type { Model } from '#controller/model/model';
import type { Pipeline } from '#pipeline';
import { Turn } from '../base/turn.ts';
import { flowChanges } from './flow-changes.ts';
import type { Preview, SwitchPlan } from './plans.ts';

/** Lines that all flows of a preview may take: some megabytes. */
const MOST_LINES = 20_000;

/** Milliseconds that a preview waits, in all, for what earlier changes ask of the switches that it looks at. */
const PATIENCE_MS = 20_000;
const BEHIND =
  'what was changed before was still being worked out for this switch: flows of that may be among these';

export interface PreviewOptions {
  /** Resolves when the model has taken in all that is committed now. Default: it has. */
  readonly takenIn?: () => Promise<void>;
  readonly mostLines?: number;
  readonly patienceMs?: number;
}

/**
 * Previews by this model and pipeline: whole switches, until their flows are too many. Other work is done between, and first
 * what is due where the preview looks.
 */
export function previewBy(model: Model, pipeline: Pipeline<Facts>, options: PreviewOptions = {}): Preview {
  const { takenIn, mostLines = MOST_LINES, patienceMs = PATIENCE_MS } = options;
  return async (changes) => {
    await takenIn?.();
    const switches: SwitchPlan[] = [];
    const turn = new Turn();
    const end = performance.now() + patienceMs;
    let left = mostLines;
    for (const delta of model.preview(changes, () => performance.now() < end)) {
      if (delta === undefined) {
        if (turn.isOver || model.isAnyDue) await turn.end();
        continue;
      }
      const flows = await flowChanges(pipeline, delta, left, turn);
      const { added, changed, deleted, problems, omitted } = flows;
      const lines = added.length + 2 * changed.length + deleted.length + problems.length;
      left -= lines;
      if (lines + omitted === 0) continue;
      switches.push({ id: delta.id, ...flows, problems: delta.isBehind ? [...problems, BEHIND] : problems });
    }
    return switches;
  };
}

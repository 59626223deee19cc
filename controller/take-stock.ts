import { Turn } from './base/turn.ts';
import { everything } from './model/everything.ts';
import type { Model } from './model/model.ts';
import type { StoreView } from './store/store.ts';

/** Facts of what is elsewhere that are derived of one switch between two looks at the clock. */
const PIECE = 256;

/** Brings everything in the store into an empty model and derives all facts, giving way to other work in between. */
export async function takeStock(model: Model, view: StoreView): Promise<void> {
  const turn = new Turn();
  for (const change of everything(view)) {
    model.take(change);
    if (turn.isOver) await turn.end();
  }
  model.settle();
  for (const id of model.due) {
    model.derive(id, PIECE);
    if (turn.isOver) await turn.end();
  }
  model.recallHomes(view.list('ports'));
  // All of it is old.
  model.takeNewlyDue();
}

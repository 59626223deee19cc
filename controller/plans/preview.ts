import type { Facts } from '#apps';
import type { Model } from '#controller/model/model';
import type { Pipeline } from '#pipeline';
import { flowChanges } from './flow-changes.ts';
import type { Preview } from './plans.ts';

/** Previews by this model and pipeline, in ascending order of the switches' ids. */
export function previewBy(model: Model, pipeline: Pipeline<Facts>): Preview {
  return (changes) =>
    [...model.preview(changes)]
      .map(([id, delta]) => ({ id, ...flowChanges(pipeline, delta) }))
      .filter(
        ({ added, changed, deleted, problems }) =>
          added.length + changed.length + deleted.length + problems.length > 0,
      )
      .sort((a, b) => (a.id < b.id ? -1 : 1));
}

import { isDeepStrictEqual } from 'node:util';
import type { ApiClient } from '../client/client.ts';
import type { ApiObject } from '../client/objects.ts';
import { findAll } from '../find.ts';
import type { Kind } from '../kinds/kind.ts';
import { Related } from '../kinds/related.ts';
import type { Output } from '../output.ts';
import { cellsOf, colourOf, type Format, render } from '../render.ts';
import type { Selection } from '../selection.ts';
import { formatTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { Wakener } from '../wakener.ts';

/** How a watch prints. */
export interface WatchOptions {
  readonly format: Format;
  readonly terminal: Terminal;
  readonly output: Output;
}

/**
 * Prints the selected objects, and then each that changes, comes or goes, until nobody reads any more. Named ones are
 * watched by their ids, so that another one of the same name is not taken for them.
 */
export async function watch(
  api: ApiClient,
  kind: Kind,
  selection: Selection,
  options: WatchOptions,
): Promise<void> {
  const { output } = options;
  const first = await findAll(api, kind, selection);
  const ids = selection.refs.length > 0 ? new Set(first.map(({ id }) => id)) : undefined;
  // Listening begins before the first look, so that nothing falls between them.
  const wakener = new Wakener(api, kind.name);
  let isUnread = false;
  const end = output.onUnread(() => {
    isUnread = true;
    wakener.stop();
  });
  try {
    let before = first;
    if (!(await output.write(await beginningOf(api, kind, first, options)))) return;
    for (;;) {
      const all = await kind.list(api, selection.filters);
      const after = ids === undefined ? all : all.filter(({ id }) => ids.has(id));
      if (!(await output.write(await changesOf(api, kind, before, after, options)))) return;
      before = after;
      await wakener.next();
    }
  } catch (error) {
    if (!isUnread) throw error;
  } finally {
    end();
    wakener.stop();
  }
}

/** What changed between two looks, as text; '' if nothing did. */
async function changesOf(
  api: ApiClient,
  kind: Kind,
  before: readonly ApiObject[],
  after: readonly ApiObject[],
  options: WatchOptions,
): Promise<string> {
  const old = new Map(before.map((object) => [object.id, object]));
  const changed = after.filter((object) => !isDeepStrictEqual(old.get(object.id), object));
  const kept = new Set(after.map(({ id }) => id));
  const gone = before.filter(({ id }) => !kept.has(id));
  if (changed.length + gone.length === 0) return '';
  const { format } = options;
  if (format === 'json' || format === 'yaml') {
    const events = [
      ...changed.map((object) => ({ op: old.has(object.id) ? 'update' : 'create', object })),
      ...gone.map((object) => ({ op: 'delete', object })),
    ];
    return events.map((event) => documentOf(event)).join('');
  }
  if (format === 'name' || format === 'id') {
    return render(api, kind, [...changed, ...gone], { ...options, isOne: false });
  }
  return rowsOf(api, kind, changed, gone, options);
}

/** Objects as the first lines of a watch. Data are one document an object, so that a program can follow them. */
async function beginningOf(
  api: ApiClient,
  kind: Kind,
  objects: readonly ApiObject[],
  options: WatchOptions,
): Promise<string> {
  const { format, terminal } = options;
  if (format === 'json' || format === 'yaml')
    return objects.map((object) => documentOf({ op: 'create', object })).join('');
  return render(api, kind, objects, { format, terminal, isOne: false });
}

/** JSON on one line, which is YAML as well. */
function documentOf(event: { readonly op: string; readonly object: ApiObject }): string {
  return `${JSON.stringify(event)}\n`;
}

/** Rows under the heads that were printed first. */
async function rowsOf(
  api: ApiClient,
  kind: Kind,
  changed: readonly ApiObject[],
  gone: readonly ApiObject[],
  { format, terminal }: WatchOptions,
): Promise<string> {
  const isWide = format === 'wide';
  const related = await Related.of(api, kind.mentions);
  const cells = (object: ApiObject) => cellsOf(kind, object, isWide, related);
  const rows = [
    ...changed.map(cells),
    ...gone.map((object) => cells(object).map((cell, at) => (at === 0 ? `${cell} (deleted)` : cell))),
  ];
  const table = formatTable(kind.heads(isWide), rows, {
    width: isWide ? undefined : terminal.width,
    hasColours: terminal.hasColours,
    colourOf,
  });
  return table.slice(table.indexOf('\n') + 1);
}

import { isObject } from '#controller/base/json-object';
import type { NeutronKindName } from '../kinds/related.ts';
import { guess } from '../near.ts';
import type { Item, Topology } from './item.ts';
import { TOPOLOGY_KINDS, type TopologyKind } from './kinds.ts';
import type { Problem } from './problem.ts';
import { readItem } from './read-item.ts';
import { type Path, readSource, type SourceDocument } from './source.ts';

/** A file as it was read. */
export interface TopologyFile {
  /** As messages call it. */
  readonly name: string;
  readonly text: string;
}

/** Names of topologies: they become part of a tag. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const KINDS: readonly TopologyKind[] = Object.values(TOPOLOGY_KINDS);
/** Kinds that have a list of their own in a file; rules stand inside of their group only. */
export const TOP_KINDS = KINDS.filter(({ name }) => name !== 'security-group-rule');

/** Lists that items of a kind may hold, by their key. */
export function listsIn(kind: NeutronKindName): ReadonlyMap<string, TopologyKind> {
  const held = KINDS.filter(({ within }) => within?.kind === kind);
  return new Map(held.map((each) => [each.name === 'security-group-rule' ? 'rules' : each.list, each]));
}

/** What files say together, and everything that is wrong with them that shows without a controller. */
export function readTopology(files: readonly TopologyFile[]): {
  readonly topology: Topology;
  readonly problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const items: Item[] = [];
  const report = (problem: Problem) => problems.push(problem);
  let name: string | undefined;
  for (const file of files) {
    const source = readSource(file.name, file.text);
    problems.push(...source.problems);
    for (const document of source.documents) {
      const own = nameIn(document, report);
      if (own !== undefined && name !== undefined && own !== name)
        report({
          place: document.placeOf(['topology']),
          message: `one run is about one topology, and there are two names: ${name} and ${own}`,
        });
      name ??= own;
      readDocument(document, items, report);
    }
  }
  return { topology: { name, items }, problems };
}

function nameIn({ value, placeOf }: SourceDocument, report: (problem: Problem) => void): string | undefined {
  const name = isObject(value) ? value.topology : undefined;
  if (name === undefined) return undefined;
  if (typeof name === 'string' && NAME.test(name)) return name;
  report({
    place: placeOf(['topology']),
    message: `topology: a name has up to 100 letters, digits, dots, dashes and underscores, not ${JSON.stringify(name)}`,
  });
  return undefined;
}

function readDocument(document: SourceDocument, items: Item[], report: (problem: Problem) => void): void {
  const { value, placeOf, placeOfKey } = document;
  // A document of comments only.
  if (value === null || value === undefined) return;
  if (!isObject(value)) {
    report({ place: placeOf([]), message: `a topology has lists such as networks: and ports:` });
    return;
  }
  const { project } = value;
  if (project !== undefined && (typeof project !== 'string' || project === ''))
    report({
      place: placeOf(['project']),
      message: `project: ${JSON.stringify(project)} is no project's id`,
    });
  const known = ['topology', 'project', ...TOP_KINDS.map(({ list }) => list)];
  for (const key of Object.keys(value))
    if (!known.includes(key)) {
      const hint = guess(key, known, `: there are ${known.join(', ')}`);
      report({ place: placeOfKey([key]), message: `unknown key '${key}'${hint}` });
    }
  const read = (kind: TopologyKind, list: unknown, path: Path, parent: Item | undefined) => {
    if (list === undefined || list === null) return;
    if (!Array.isArray(list)) {
      report({ place: placeOf(path), message: `${path.at(-1)} is a list: each item begins with a dash` });
      return;
    }
    for (const [at, said] of list.entries()) {
      const lists = listsIn(kind.name);
      const item = readItem(kind, said, {
        document,
        path: [...path, at],
        serial: items.length,
        project: typeof project === 'string' ? project : undefined,
        parent,
        lists: [...lists.keys()],
        report,
      });
      if (item === undefined) continue;
      items.push(item);
      for (const [key, held] of lists) if (isObject(said)) read(held, said[key], [...path, at, key], item);
    }
  };
  for (const kind of TOP_KINDS) read(kind, value[kind.list], [kind.list], undefined);
}

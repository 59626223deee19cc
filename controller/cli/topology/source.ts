import { type Document, isMap, isNode, isScalar, LineCounter, parseAllDocuments } from 'yaml';
import type { Place, Problem } from './problem.ts';

/** A way to a value inside a document. */
export type Path = readonly (string | number)[];

/** One YAML document of a file: what it says, and where each part of it stands. */
export interface SourceDocument {
  readonly value: unknown;
  /** Where a value begins; what has no place of its own (it came by an alias or a merge) is where that is named. */
  readonly placeOf: (path: Path) => Place;
  /** Where the key of a value begins. */
  readonly placeOfKey: (path: Path) => Place;
}

/** A name for an anchor's value may be used so often in one document: enough for people, too little for a bomb. */
const MOST_ALIASES = 1_000;

/** The documents of a YAML text (JSON is YAML), and what is wrong with its syntax. */
export function readSource(
  file: string,
  text: string,
): { readonly documents: readonly SourceDocument[]; readonly problems: readonly Problem[] } {
  const lines = new LineCounter();
  const problems: Problem[] = [];
  const documents: SourceDocument[] = [];
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  for (const document of parseAllDocuments(text, { lineCounter: lines, merge: true, prettyErrors: false })) {
    for (const { message, pos } of document.errors) problems.push({ place: placeAt(pos[0]), message });
    if (document.errors.length > 0) continue;
    try {
      const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
      documents.push({
        value,
        placeOf: (path) => placeAt(offsetOf(document, path)),
        placeOfKey: (path) => placeAt(keyOffsetOf(document, path) ?? offsetOf(document, path)),
      });
    } catch (error) {
      // What only shows when values are put together: an alias without its anchor, or far too many of them.
      const message = error instanceof Error ? error.message : String(error);
      problems.push({ place: placeAt(document.range[0]), message });
    }
  }
  return { documents, problems };
}

/** Characters from the beginning of the file to a value, or to the nearest one around it that has a place. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const node = nodeAt(document, path.slice(0, length));
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.range?.[0] ?? 0;
}

function keyOffsetOf(document: Document, path: Path): number | undefined {
  const map = path.length === 1 ? document.contents : nodeAt(document, path.slice(0, -1));
  if (!isMap(map)) return undefined;
  const pair = map.items.find(({ key }) => isScalar(key) && key.value === path.at(-1));
  return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
}

/** The library throws where a way leads through what has no members. */
function nodeAt(document: Document, path: Path): unknown {
  try {
    return document.getIn(path, true);
  } catch {
    return undefined;
  }
}

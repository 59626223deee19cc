/** A place in a file of a topology; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a topology, and where. */
export interface Problem {
  readonly place: Place;
  readonly message: string;
}

/** Problems as lines `file:line:column: message`, in the order of the files. */
export function formatProblems(problems: readonly Problem[]): string {
  const sorted = [...problems].sort(
    ({ place: a }, { place: b }) =>
      (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
  );
  return [...new Set(sorted.map(({ place, message }) => `${formatPlace(place)}: ${message}`))].join('\n');
}

export function formatPlace({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

/** The few of many names that someone who wrote `word` may have meant, the nearest first. */
export function near(word: string, names: readonly string[], most = 3): readonly string[] {
  const limit = Math.max(1, Math.floor(word.length / 3));
  const asked = word.toLowerCase();
  return [...new Set(names)]
    .map((name) => ({ name, distance: distanceOf(asked, name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= limit || startsAlike(asked, name.toLowerCase()))
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map(({ name }) => name);
}

/** `: did you mean a or b?`, to follow what is not known; `otherwise` when nothing is near. */
export function guess(word: string, names: readonly string[], otherwise = ''): string {
  const found = near(word, names);
  return found.length > 0 ? `: did you mean ${found.join(' or ')}?` : otherwise;
}

function startsAlike(one: string, other: string): boolean {
  return one.length >= 3 && other.length >= 3 && (other.startsWith(one) || one.startsWith(other));
}

/** Characters to be put in, taken out, changed, or swapped with their neighbour (Damerau and Levenshtein). */
function distanceOf(one: string, other: string): number {
  // Names are at most 255 long; what is longer is nobody's slip.
  if (Math.max(one.length, other.length) > 255) return Number.POSITIVE_INFINITY;
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const change = one[i - 1] === other[j - 1] ? 0 : 1;
      let least = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + change);
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[other.length] ?? 0;
}

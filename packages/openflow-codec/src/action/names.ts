/** Names of the numbers 0, 1, 2… of a member, for actions: one with another number stays raw. */
export interface Names<N extends string> {
  readonly list: readonly N[];
  nameOf(number: number): N | undefined;
  numberOf(name: N): number;
}

/** Declares the names, from 0 up; an unknown one becomes a number that no member can hold. */
export function names<const N extends string>(list: readonly N[]): Names<N> {
  return { list, nameOf: (number) => list[number], numberOf: (name) => list.indexOf(name) };
}

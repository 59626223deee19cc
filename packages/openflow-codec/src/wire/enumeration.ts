import { CodecError } from '../errors.ts';

/** Names of the numbers 0, 1, 2… that a member may have. */
export interface Enumeration<N extends string> {
  /** Throws OFC_VALUE for a number without a name; `offset` is where the structure began. */
  nameOf(number: number, offset: number): N;
  /** Throws OFC_VALUE for what is no name. */
  numberOf(name: N): number;
}

/** Declares the values of a member, from 0 up; `answer` is the OpenFlow error for others. */
export function enumeration<const N extends string>(
  struct: string,
  field: string,
  names: readonly N[],
  answer?: readonly [type: number, code: number],
): Enumeration<N> {
  const refuse = (place?: { readonly offset: number }) =>
    new CodecError('OFC_VALUE', { struct, field, ...place }, answer);
  return {
    nameOf(number, offset) {
      const name = names[number];
      if (name === undefined) throw refuse({ offset });
      return name;
    },
    numberOf(name) {
      const number = names.indexOf(name);
      if (number < 0) throw refuse();
      return number;
    },
  };
}

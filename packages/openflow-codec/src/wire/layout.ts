/** Padding: written as zeros. */
export interface Pad {
  readonly pad: number;
}
/** Text in a fixed number of bytes, UTF-8 (other bytes survive too), filled with zeros. */
export interface Text {
  readonly text: number;
}
/** Bits of a number on the wire, as the name of its type. */
export type NumberKind = 'u8' | 'u16' | 'u32';
/** A number that stands for one of some names, from 0 up; `answer` is the OpenFlow error for others. */
export interface Named {
  readonly named: readonly string[];
  readonly as: NumberKind;
  readonly answer?: readonly [type: number, code: number];
}
/** A number that is always the same, and no member of what is written or read: who reads has looked at it before. */
export interface Constant {
  readonly is: number;
  readonly as: NumberKind;
}
/** What one member of a wire structure is; integers are unsigned and big-endian. */
export type Kind = NumberKind | 'u48' | 'u64' | Pad | Text | Named | Constant;
/** The members of a wire structure in their order, and what each one is. */
export type LayoutOf = Readonly<Record<string, Kind>>;

type Wide = 'u48' | 'u64';

/** Members for hot paths: wide integers are two numbers, `cookieHi` and `cookieLo`, and names are their numbers. */
export type Values<L extends LayoutOf> = {
  -readonly [K in keyof L & string as L[K] extends Wide
    ? `${K}Hi` | `${K}Lo`
    : L[K] extends Pad | Constant
      ? never
      : K]: L[K] extends Text ? string : number;
};

/** Members as messages have them: wide integers are bigint, and what has names is one of them. */
export type Members<L extends LayoutOf> = {
  -readonly [K in keyof L & string as L[K] extends Pad | Constant ? never : K]: L[K] extends Wide
    ? bigint
    : L[K] extends Text
      ? string
      : L[K] extends Named
        ? L[K]['named'][number]
        : number;
};

/** Bytes that a number takes. */
export const NUMBER_SIZES: Readonly<Record<NumberKind, 1 | 2 | 4>> = { u8: 1, u16: 2, u32: 4 };

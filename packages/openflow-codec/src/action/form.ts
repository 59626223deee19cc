import type { Action } from '../action.ts';
import { EXPERIMENTER } from '../field.ts';
import type { TextNames } from '../text/names.ts';
import type { Constant, LayoutOf, Members } from '../wire/layout.ts';
import type { Reader } from '../wire/reader.ts';
import { type Struct, struct } from '../wire/struct.ts';
import type { Writer } from '../wire/writer.ts';

/** Actions that this codec models, by name. */
export type ModelledAction = Exclude<Action, { readonly action: 'raw' }>;
export type ActionOf<N extends ModelledAction['action']> = Extract<ModelledAction, { readonly action: N }>;

/** How lists of actions are read and written, passed in so that actions may contain actions. */
export interface Nesting {
  readActions(reader: Reader, end: number): Action[];
  writeActions(actions: readonly Action[], writer: Writer): void;
}

/** A type of the specification (OF 1.3.5, 7.2.5), or a subtype of Nicira's or of the ONF's. */
export type ActionCode =
  | { readonly standard: number }
  | { readonly nicira: number }
  | { readonly onf: number };

/** The type, and with an experimenter's also the two ids that follow type and length. */
export interface WireIds {
  readonly type: number;
  readonly experimenter: number;
  readonly subtype: number;
  /** Bytes of all that, and of the length. */
  readonly headSize: number;
}

/** Type of OpenFlow 1.3's experimenter action (OF 1.3.5, 7.2.5), which all of Nicira's and the ONF's are. */
export const OFPAT_EXPERIMENTER = 0xffff;

/**
 * One form that an action takes on the wire. `read` and `write` see the bytes after the header (4 bytes, or
 * 10 for Nicira's and the ONF's); length, padding to 8 bytes and their checks are done for all alike.
 */
export interface Form<A> {
  readonly code: ActionCode;
  readonly ids: WireIds;
  /** True when the size never differs: then `write` appends the header too, and all the padding. */
  readonly isWhole: boolean;
  /** True when this form can carry the action; the first form that can is written. Any action, without it. */
  fits?(action: A): boolean;
  /** Undefined when the model can't carry what is there: then the action stays raw. */
  read(reader: Reader, end: number, nesting: Nesting): A | undefined;
  write(action: A, writer: Writer, nesting: Nesting): void;
}

/** One row of the action table: the forms on the wire and the text of ovs-ofctl. */
export interface ActionEntry<A> {
  readonly forms: readonly Form<A>[];
  text(action: A, context: TextContext): string;
}

/** What an action's text may need: names, and how the actions inside of it are printed. */
export interface TextContext {
  readonly names: TextNames;
  actions(actions: readonly Action[]): string;
}

/** What `form` needs to know: the layout, and how its members become an action and back. */
export interface FormSpec<A, L extends LayoutOf> {
  readonly code: ActionCode;
  readonly layout: Struct<L>;
  readonly fits?: (action: A) => boolean;
  readonly read: (members: Members<L>, reader: Reader, end: number, nesting: Nesting) => A | undefined;
  readonly write: (action: A) => Members<L>;
  /** Writes what follows the fixed part. */
  readonly tail?: (action: A, writer: Writer, nesting: Nesting) => void;
}

/** Builds a form from its layout. */
export function form<A, L extends LayoutOf>(spec: FormSpec<A, L>): Form<A> {
  const { layout } = spec;
  return {
    code: spec.code,
    ids: idsOf(spec.code),
    isWhole: false,
    ...(spec.fits && { fits: spec.fits }),
    read(reader, end, nesting) {
      const at = reader.take(layout.size, end, layout.name, BAD_LENGTH);
      if (!layout.isClean(reader.view, at)) return undefined;
      return spec.read(layout.readMembers(reader.view, at), reader, end, nesting);
    },
    write(action, writer, nesting) {
      layout.append(spec.write(action), writer);
      spec.tail?.(action, writer, nesting);
    },
  };
}

/** A form that reads and writes what follows the header by itself. */
export function custom<A>(code: ActionCode, ways: Pick<Form<A>, 'fits' | 'read' | 'write'>): Form<A> {
  return { code, ids: idsOf(code), isWhole: false, ...ways };
}

/** OFPBAC_BAD_LEN (OF 1.3.5, 7.4.4). */
export const BAD_LENGTH = [2, 1] as const;

/** A form whose members on the wire are the action's own, which so has a fixed size. */
export function plain<const N extends string, L extends LayoutOf>(
  action: N,
  code: ActionCode,
  layout: Struct<L>,
): Form<{ readonly action: N } & Members<L>> {
  const ids = idsOf(code);
  const size = ids.headSize + layout.size;
  const whole = struct(layout.name, size, { ...headOf(ids, size), ...layout.layout });
  return {
    code,
    ids,
    isWhole: true,
    read: layout.tagged('action', action, BAD_LENGTH),
    // Its members are those of the layout: the head has none.
    write: whole.append as unknown as Struct<L>['append'],
  };
}

/** Type, length, and the ids of an experimenter's. */
function headOf({ type, experimenter, subtype }: WireIds, size: number): Record<string, Constant> {
  return {
    type: { is: type, as: 'u16' },
    length: { is: size, as: 'u16' },
    ...(type === OFPAT_EXPERIMENTER && {
      experimenter: { is: experimenter, as: 'u32' },
      subtype: { is: subtype, as: 'u16' },
    }),
  };
}

function idsOf(code: ActionCode): WireIds {
  if ('standard' in code) return { type: code.standard, experimenter: 0, subtype: 0, headSize: 4 };
  const [experimenter, subtype] =
    'nicira' in code ? [EXPERIMENTER.nicira, code.nicira] : [EXPERIMENTER.onf, code.onf];
  return { type: OFPAT_EXPERIMENTER, experimenter, subtype, headSize: 10 };
}

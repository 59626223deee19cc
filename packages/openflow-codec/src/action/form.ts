import type { Action } from '../action.ts';
import { EXPERIMENTER } from '../field.ts';
import type { TextNames } from '../text/names.ts';
import type { Reader } from '../wire/reader.ts';
import type { LayoutOf, Members, Struct } from '../wire/struct.ts';
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
  /** True when this form can carry the action; the first form that can is written. */
  fits(action: A): boolean;
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
    fits: spec.fits ?? (() => true),
    read(reader, end, nesting) {
      const at = reader.take(layout.size, end, layout.name, BAD_LENGTH);
      if (!layout.isClean(reader.view, at)) return undefined;
      return spec.read(layout.readMembers(reader.view, at), reader, end, nesting);
    },
    write(action, writer, nesting) {
      const members = spec.write(action);
      const at = writer.reserve(layout.size);
      layout.writeMembers(writer.view, at, members);
      spec.tail?.(action, writer, nesting);
    },
  };
}

/** OFPBAC_BAD_LEN (OF 1.3.5, 7.4.4). */
export const BAD_LENGTH = [2, 1] as const;

/** A form whose members on the wire are the action's own. */
export function plain<const N extends string, L extends LayoutOf>(
  action: N,
  code: ActionCode,
  layout: Struct<L>,
): Form<{ readonly action: N } & Members<L>> {
  const readAction = layout.tagged('action', action);
  return {
    code,
    ids: idsOf(code),
    fits: () => true,
    read(reader, end) {
      const at = reader.take(layout.size, end, layout.name, BAD_LENGTH);
      return layout.isClean(reader.view, at) ? readAction(reader.view, at) : undefined;
    },
    write(members, writer) {
      const at = writer.reserve(layout.size);
      layout.writeMembers(writer.view, at, members);
    },
  };
}

function idsOf(code: ActionCode): WireIds {
  if ('standard' in code) return { type: code.standard, experimenter: 0, subtype: 0 };
  return 'nicira' in code
    ? { type: OFPAT_EXPERIMENTER, experimenter: EXPERIMENTER.nicira, subtype: code.nicira }
    : { type: OFPAT_EXPERIMENTER, experimenter: EXPERIMENTER.onf, subtype: code.onf };
}

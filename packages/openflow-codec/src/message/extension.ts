import type { ExtensionMessage } from '../extension.ts';
import type { BundleAdd, BundleControl, Experimenter } from '../message.ts';
import type { LayoutOf, Members } from '../wire/layout.ts';
import type { Reader } from '../wire/reader.ts';
import type { Struct } from '../wire/struct.ts';
import type { Writer } from '../wire/writer.ts';
import { type ExperimenterHeader, type MessageNesting, writeStruct } from './entry.ts';

/** Messages that share OFPT_EXPERIMENTER. */
export type Extension = Experimenter | ModelledExtension;
export type ModelledExtension = BundleControl | BundleAdd | ExtensionMessage;
export type ExtensionOf<T extends ModelledExtension['type']> = Extract<
  ModelledExtension,
  { readonly type: T }
>;

/** One row of the table of experimenter messages: what comes after the experimenter header. */
export interface ExtensionEntry<M> {
  readonly ids: Members<typeof ExperimenterHeader.layout>;
  read(reader: Reader, end: number, xid: number, nesting: MessageNesting): M;
  write(message: M, writer: Writer, nesting: MessageNesting): void;
}

/** The rows of some messages. */
export type Extensions<T extends ModelledExtension['type']> = {
  readonly [N in T]: ExtensionEntry<ExtensionOf<N>>;
};

/** A message without a body. */
export function bare<const T extends string>(
  type: T,
  ids: ExtensionEntry<never>['ids'],
): ExtensionEntry<{ readonly type: T; readonly xid: number }> {
  return { ids, read: (_reader, _end, xid) => ({ type, xid }), write: () => undefined };
}

/** A message whose body is one structure. */
export function plain<const T extends string, L extends LayoutOf>(
  type: T,
  ids: ExtensionEntry<never>['ids'],
  layout: Struct<L>,
): ExtensionEntry<{ readonly type: T; readonly xid: number } & Members<L>> {
  return {
    ids,
    read: (reader, end, xid) => ({ type, xid, ...reader.members(layout, end) }),
    write: (message, writer) => writeStruct(layout, message, writer),
  };
}

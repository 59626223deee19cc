import type { Message } from '../message.ts';
import type { LayoutOf, Members } from '../wire/layout.ts';
import type { Reader } from '../wire/reader.ts';
import { type Struct, struct } from '../wire/struct.ts';
import type { Writer } from '../wire/writer.ts';

/** Messages that this codec models, by type. */
export type ModelledMessage = Exclude<Message, { readonly type: 'raw' }>;
export type MessageOf<T extends ModelledMessage['type']> = Extract<ModelledMessage, { readonly type: T }>;

/** What a message can contain that is itself a message. */
export interface MessageNesting {
  readMessage(reader: Reader, end: number): Message;
  writeMessage(message: Message, writer: Writer): void;
}

/** One row of the message table: what comes after the 8-byte header. */
export interface MessageEntry<M> {
  /** OFPT_* (OF 1.3.5, 7.1). */
  readonly type: number;
  /** Reads up to `end`, the offset after the message's last byte. */
  read(reader: Reader, end: number, xid: number, nesting: MessageNesting): M;
  write(message: M, writer: Writer, nesting: MessageNesting): void;
}

/** ofp_experimenter_header after the common header, and the same in multiparts (OF 1.3.5, 7.5.4 and 7.3.5.16). */
export const ExperimenterHeader = struct('ofp_experimenter_header', 8, {
  experimenter: 'u32',
  experimenterType: 'u32',
});

/** Appends a structure with bigint for wide integers. */
export function writeStruct<L extends LayoutOf>(
  layout: Struct<L>,
  members: Readonly<Members<L>>,
  writer: Writer,
): void {
  layout.append(members, writer);
}

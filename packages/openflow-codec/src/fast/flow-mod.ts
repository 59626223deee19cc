import { GROUP, NO_BUFFER, OPENFLOW_13, PORT } from '../constants.ts';
import { Add, BUNDLE_ADD } from '../message/bundle.ts';
import { Header, LENGTH_AT } from '../message/codec.ts';
import { ExperimenterHeader, writeStruct } from '../message/entry.ts';
import { EXPERIMENTER_MESSAGE } from '../message/experimenter.ts';
import { COMMANDS, FlowModBody } from '../message/flow.ts';
import type { FlowModCommand } from '../message.ts';
import type { Writer } from '../wire/writer.ts';

/** OFPFC_* (OF 1.3.5, 7.3.4.1). */
export const FLOW_MOD_COMMAND: Readonly<Record<FlowModCommand, number>> = {
  add: COMMANDS.indexOf('add'),
  modify: COMMANDS.indexOf('modify'),
  modifyStrict: COMMANDS.indexOf('modifyStrict'),
  delete: COMMANDS.indexOf('delete'),
  deleteStrict: COMMANDS.indexOf('deleteStrict'),
};

/** A flow-mod's own members for encodeFlowModBytes; what is left out means "none", "any" or 0. */
export interface FlowModHead {
  readonly xid: number;
  /** One of FLOW_MOD_COMMAND. */
  readonly command: number;
  readonly tableId: number;
  readonly priority: number;
  readonly cookieHi: number;
  readonly cookieLo: number;
  readonly cookieMaskHi?: number;
  readonly cookieMaskLo?: number;
  readonly idleTimeout?: number;
  readonly hardTimeout?: number;
  readonly flags?: number;
}

const FLOW_MOD = 14;
const body = FlowModBody.make();

/**
 * Appends a FLOW_MOD whose match and instructions are wire bytes already, without making garbage. `match` is a
 * whole ofp_match with its padding. Either may be a text of one character a byte instead. Throws OFC_RANGE and OFC_SIZE; the writer is left as it was then.
 */
export function encodeFlowModBytes(
  writer: Writer,
  head: FlowModHead,
  match: Uint8Array | string,
  instructions: Uint8Array | string,
): void {
  const start = writer.size;
  try {
    fillBody(head);
    writeHeader(writer, FLOW_MOD, head.xid);
    const at = writer.reserve(FlowModBody.size);
    FlowModBody.write(writer.view, at, body);
    append(match, writer);
    append(instructions, writer);
    writer.writeSize(start + LENGTH_AT, start, FlowModBody.name);
  } catch (error) {
    writer.reset(start);
    throw error;
  }
}

/**
 * Appends a bundle add (ONF EXT-230) around the one message that `writeMessage` appends, which must have the same
 * xid. Throws OFC_RANGE and OFC_SIZE; the writer is left as it was then.
 */
export function encodeBundleAdd(
  writer: Writer,
  head: { readonly xid: number; readonly bundleId: number; readonly flags: number },
  writeMessage: () => void,
): void {
  const start = writer.size;
  try {
    writeHeader(writer, EXPERIMENTER_MESSAGE, head.xid);
    writeStruct(ExperimenterHeader, BUNDLE_ADD, writer);
    writeStruct(Add, head, writer);
    writeMessage();
    writer.writeSize(start + LENGTH_AT, start, Add.name);
  } catch (error) {
    writer.reset(start);
    throw error;
  }
}

function append(bytes: Uint8Array | string, writer: Writer): void {
  if (typeof bytes === 'string') writer.appendText(bytes);
  else writer.append(bytes);
}

function fillBody(head: FlowModHead): void {
  body.cookieHi = head.cookieHi;
  body.cookieLo = head.cookieLo;
  body.cookieMaskHi = head.cookieMaskHi ?? 0;
  body.cookieMaskLo = head.cookieMaskLo ?? 0;
  body.tableId = head.tableId;
  body.command = head.command;
  body.idleTimeout = head.idleTimeout ?? 0;
  body.hardTimeout = head.hardTimeout ?? 0;
  body.priority = head.priority;
  body.bufferId = NO_BUFFER;
  body.outPort = PORT.any;
  body.outGroup = GROUP.any;
  body.flags = head.flags ?? 0;
}

function writeHeader(writer: Writer, type: number, xid: number): void {
  const at = writer.reserve(Header.size);
  Header.write(writer.view, at, { version: OPENFLOW_13, type, length: 0, xid });
}

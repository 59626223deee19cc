import { encodeInstructions, readInstructions } from '../instruction/codec.ts';
import { encodeMatch, readMatch } from '../match/codec.ts';
import { enumeration } from '../wire/enumeration.ts';
import { struct } from '../wire/struct.ts';
import { type MessageEntry, type MessageOf, writeStruct } from './entry.ts';

/** ofp_flow_mod between header and match (OF 1.3.5, 7.3.4.1). */
export const FlowModBody = struct('ofp_flow_mod', 40, {
  cookie: 'u64',
  cookieMask: 'u64',
  tableId: 'u8',
  command: 'u8',
  idleTimeout: 'u16',
  hardTimeout: 'u16',
  priority: 'u16',
  bufferId: 'u32',
  outPort: 'u32',
  outGroup: 'u32',
  flags: 'u16',
  pad: { pad: 2 },
});

/** ofp_flow_removed between header and match (OF 1.3.5, 7.4.2). */
const FlowRemovedBody = struct('ofp_flow_removed', 40, {
  cookie: 'u64',
  priority: 'u16',
  reason: 'u8',
  tableId: 'u8',
  durationSec: 'u32',
  durationNsec: 'u32',
  idleTimeout: 'u16',
  hardTimeout: 'u16',
  packetCount: 'u64',
  byteCount: 'u64',
});

/** OFPFC_* by number. */
export const COMMANDS = ['add', 'modify', 'modifyStrict', 'delete', 'deleteStrict'] as const;
/** The same, with OFPFMFC_BAD_COMMAND for others. */
export const commands = enumeration(FlowModBody.name, 'command', COMMANDS, [5, 6]);
const reasons = enumeration(FlowRemovedBody.name, 'reason', [
  'idleTimeout',
  'hardTimeout',
  'delete',
  'groupDelete',
]);

/** OFPT_FLOW_MOD and OFPT_FLOW_REMOVED. */
export const FLOW_MESSAGES: {
  readonly [T in 'flowMod' | 'flowRemoved']: MessageEntry<MessageOf<T>>;
} = {
  flowMod: {
    type: 14,
    read(reader, { xid, end }) {
      const at = reader.take(FlowModBody.size, end, FlowModBody.name);
      const body = FlowModBody.readMembers(reader.view, at);
      return {
        type: 'flowMod',
        xid,
        cookie: body.cookie,
        cookieMask: body.cookieMask,
        tableId: body.tableId,
        command: commands.nameOf(body.command, at),
        idleTimeout: body.idleTimeout,
        hardTimeout: body.hardTimeout,
        priority: body.priority,
        bufferId: body.bufferId,
        outPort: body.outPort,
        outGroup: body.outGroup,
        flags: body.flags,
        match: readMatch(reader, end),
        instructions: readInstructions(reader, end),
      };
    },
    write(message, writer) {
      const at = writer.reserve(FlowModBody.size);
      FlowModBody.writeMembers(writer.view, at, {
        cookie: message.cookie,
        cookieMask: message.cookieMask,
        tableId: message.tableId,
        command: commands.numberOf(message.command),
        idleTimeout: message.idleTimeout,
        hardTimeout: message.hardTimeout,
        priority: message.priority,
        bufferId: message.bufferId,
        outPort: message.outPort,
        outGroup: message.outGroup,
        flags: message.flags,
      });
      encodeMatch(message.match, writer);
      encodeInstructions(message.instructions, writer);
    },
  },
  flowRemoved: {
    type: 11,
    read(reader, { xid, end }) {
      const start = reader.at;
      const { reason, ...members } = reader.members(FlowRemovedBody, end);
      return {
        type: 'flowRemoved',
        xid,
        ...members,
        reason: reasons.nameOf(reason, start),
        match: readMatch(reader, end),
      };
    },
    write(message, writer) {
      writeStruct(FlowRemovedBody, { ...message, reason: reasons.numberOf(message.reason) }, writer);
      encodeMatch(message.match, writer);
    },
  },
};

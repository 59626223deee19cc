import { encodeInstructions, readInstructions } from '../instruction/codec.ts';
import { encodeMatch, readMatch } from '../match/codec.ts';
import { struct } from '../wire/struct.ts';
import type { MessageEntry, MessageOf } from './entry.ts';

/** OFPT_FLOW_REMOVED. */
export const FLOW_REMOVED = 11;

/** OFPRR_* by number. */
export const REMOVAL_REASONS = [
  'idleTimeout',
  'hardTimeout',
  'delete',
  'groupDelete',
  'meterDelete',
  'eviction',
] as const;

/** OFPFC_* by number. */
export const COMMANDS = ['add', 'modify', 'modifyStrict', 'delete', 'deleteStrict'] as const;
/** The same as a member, with OFPFMFC_BAD_COMMAND for others. */
export const COMMAND = { named: COMMANDS, as: 'u8', answer: [5, 6] } as const;

/** ofp_flow_mod between header and match (OF 1.3.5, 7.3.4.1). */
export const FlowModBody = struct('ofp_flow_mod', 40, {
  cookie: 'u64',
  cookieMask: 'u64',
  tableId: 'u8',
  command: COMMAND,
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
export const FlowRemovedBody = struct('ofp_flow_removed', 40, {
  cookie: 'u64',
  priority: 'u16',
  reason: { named: REMOVAL_REASONS, as: 'u8' },
  tableId: 'u8',
  durationSec: 'u32',
  durationNsec: 'u32',
  idleTimeout: 'u16',
  hardTimeout: 'u16',
  packetCount: 'u64',
  byteCount: 'u64',
});

const assembleFlowMod = FlowModBody.assembler<MessageOf<'flowMod'>>()(
  'type',
  'flowMod',
  ['xid'],
  ['match', 'instructions'],
);

/** OFPT_FLOW_MOD and OFPT_FLOW_REMOVED. */
export const FLOW_MESSAGES: {
  readonly [T in 'flowMod' | 'flowRemoved']: MessageEntry<MessageOf<T>>;
} = {
  flowMod: {
    type: 14,
    read(reader, end, xid) {
      const at = reader.take(FlowModBody.size, end, FlowModBody.name);
      const match = readMatch(reader, end);
      return assembleFlowMod(reader.view, at, xid, match, readInstructions(reader, end));
    },
    write(message, writer) {
      FlowModBody.append(message, writer);
      encodeMatch(message.match, writer);
      encodeInstructions(message.instructions, writer);
    },
  },
  flowRemoved: {
    type: FLOW_REMOVED,
    read(reader, end, xid) {
      return {
        type: 'flowRemoved',
        xid,
        ...reader.members(FlowRemovedBody, end),
        match: readMatch(reader, end),
      };
    },
    write(message, writer) {
      FlowRemovedBody.append(message, writer);
      encodeMatch(message.match, writer);
    },
  },
};

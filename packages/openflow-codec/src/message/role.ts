import type { RoleMessage } from '../message.ts';
import { struct } from '../wire/struct.ts';
import { type MessageEntry, writeStruct } from './entry.ts';

/** OFPCR_ROLE_*, with OFPRRFC_BAD_ROLE for others. */
export const ROLE = {
  named: ['noChange', 'equal', 'master', 'slave'],
  as: 'u32',
  answer: [11, 2],
} as const;

/** ofp_role_request after the header (OF 1.3.5, 7.3.9). */
const RoleBody = struct('ofp_role_request', 16, { role: ROLE, pad: { pad: 4 }, generationId: 'u64' });

/** OFPT_ROLE_REQUEST and OFPT_ROLE_REPLY. */
export function role<const T extends 'roleRequest' | 'roleReply'>(
  name: T,
  type: number,
): MessageEntry<RoleMessage<T>> {
  return {
    type,
    read: (reader, end, xid) => ({ type: name, xid, ...reader.members(RoleBody, end) }),
    write: (message, writer) => writeStruct(RoleBody, message, writer),
  };
}

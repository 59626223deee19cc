import type { RoleMessage } from '../message.ts';
import { enumeration } from '../wire/enumeration.ts';
import { struct } from '../wire/struct.ts';
import { type MessageEntry, writeStruct } from './entry.ts';

/** ofp_role_request after the header (OF 1.3.5, 7.3.9). */
const RoleBody = struct('ofp_role_request', 16, { role: 'u32', pad: { pad: 4 }, generationId: 'u64' });

/** OFPCR_ROLE_*, with OFPRRFC_BAD_ROLE for others. */
export const roles = enumeration(RoleBody.name, 'role', ['noChange', 'equal', 'master', 'slave'], [11, 2]);

/** OFPT_ROLE_REQUEST and OFPT_ROLE_REPLY. */
export function role<const T extends 'roleRequest' | 'roleReply'>(
  name: T,
  type: number,
): MessageEntry<RoleMessage<T>> {
  return {
    type,
    read(reader, { xid, end }) {
      const start = reader.at;
      const { role: number, generationId } = reader.members(RoleBody, end);
      return { type: name, xid, role: roles.nameOf(number, start), generationId };
    },
    write: (message, writer) =>
      writeStruct(RoleBody, { ...message, role: roles.numberOf(message.role) }, writer),
  };
}

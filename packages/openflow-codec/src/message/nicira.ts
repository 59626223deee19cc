import type { AsyncProperty } from '../extension.ts';
import { EXPERIMENTER } from '../field.ts';
import { properties, u32 } from '../wire/property.ts';
import { struct } from '../wire/struct.ts';
import { AsyncStruct } from './async.ts';
import { many } from './body.ts';
import { writeStruct } from './entry.ts';
import { bare, type ExtensionEntry, type Extensions, plain } from './extension.ts';

const RoleBody = struct('nx_role_request', 4, {
  role: { named: ['other', 'master', 'slave'], as: 'u32', answer: [11, 2] },
});
const Format = struct('nx_set_packet_in_format', 4, {
  format: { named: ['standard', 'nxtPacketIn', 'nxtPacketIn2'], as: 'u32' },
});
const ControllerId = struct('nx_controller_id', 8, { pad: { pad: 6 }, controllerId: 'u16' });
const TableIdSet = struct('nx_flow_mod_table_id', 8, { set: 'u8', pad: { pad: 7 } });
const TlvMod = struct('nx_tlv_table_mod', 8, {
  command: { named: ['add', 'delete', 'clear'], as: 'u16' },
  pad: { pad: 6 },
});
const TlvReply = struct('nx_tlv_table_reply', 16, { maxSpace: 'u32', maxFields: 'u16', pad: { pad: 10 } });
const TlvMap = struct('nx_tlv_map', 8, {
  optionClass: 'u16',
  optionType: 'u8',
  optionLength: 'u8',
  index: 'u16',
  pad: { pad: 2 },
});

const mappings = many(TlvMap);

const asyncProperties = properties<AsyncProperty>('ofp_async_config_prop', {
  packetInSlave: [0, u32],
  packetInMaster: [1, u32],
  portStatusSlave: [2, u32],
  portStatusMaster: [3, u32],
  flowRemovedSlave: [4, u32],
  flowRemovedMaster: [5, u32],
  roleStatusSlave: [6, u32],
  roleStatusMaster: [7, u32],
  tableStatusSlave: [8, u32],
  tableStatusMaster: [9, u32],
  requestForwardSlave: [10, u32],
  requestForwardMaster: [11, u32],
});

/** Nicira's messages that set up the switch and the connection. */
export const NICIRA_MESSAGES: Extensions<
  | 'nxRoleRequest'
  | 'nxRoleReply'
  | 'setPacketInFormat'
  | 'setControllerId'
  | 'flowAge'
  | 'flowModTableId'
  | 'nxSetAsyncConfig'
  | 'nxSetAsyncConfig2'
  | 'tlvTableMod'
  | 'tlvTableRequest'
  | 'tlvTableReply'
> = {
  nxRoleRequest: plain('nxRoleRequest', nicira(10), RoleBody),
  nxRoleReply: plain('nxRoleReply', nicira(11), RoleBody),
  flowModTableId: plain('flowModTableId', nicira(15), TableIdSet),
  setPacketInFormat: plain('setPacketInFormat', nicira(16), Format),
  flowAge: bare('flowAge', nicira(18)),
  nxSetAsyncConfig: plain('nxSetAsyncConfig', nicira(19), AsyncStruct),
  setControllerId: plain('setControllerId', nicira(20), ControllerId),
  tlvTableMod: {
    ids: nicira(24),
    read: (reader, end, xid) => ({
      type: 'tlvTableMod',
      xid,
      ...reader.members(TlvMod, end),
      mappings: mappings.read(reader, end),
    }),
    write(message, writer) {
      writeStruct(TlvMod, message, writer);
      mappings.write(message.mappings, writer);
    },
  },
  tlvTableRequest: bare('tlvTableRequest', nicira(25)),
  tlvTableReply: {
    ids: nicira(26),
    read: (reader, end, xid) => ({
      type: 'tlvTableReply',
      xid,
      ...reader.members(TlvReply, end),
      mappings: mappings.read(reader, end),
    }),
    write(message, writer) {
      writeStruct(TlvReply, message, writer);
      mappings.write(message.mappings, writer);
    },
  },
  nxSetAsyncConfig2: {
    ids: nicira(27),
    read: (reader, end, xid) => ({
      type: 'nxSetAsyncConfig2',
      xid,
      properties: asyncProperties.read(reader, end),
    }),
    write: (message, writer) => asyncProperties.write(message.properties, writer),
  },
};

/** The ids of one of Nicira's messages. */
export function nicira(experimenterType: number): ExtensionEntry<never>['ids'] {
  return { experimenter: EXPERIMENTER.nicira, experimenterType };
}

import { struct } from '../wire/struct.ts';
import { type MessageEntry, type MessageOf, writeStruct } from './entry.ts';

/** ofp_port (OF 1.3.5, 7.2.1). */
export const PortStruct = struct('ofp_port', 64, {
  port: 'u32',
  pad: { pad: 4 },
  hwAddr: 'u48',
  pad2: { pad: 2 },
  name: { text: 16 },
  config: 'u32',
  state: 'u32',
  current: 'u32',
  advertised: 'u32',
  supported: 'u32',
  peer: 'u32',
  currentSpeed: 'u32',
  maxSpeed: 'u32',
});

/** ofp_port_status between header and port (OF 1.3.5, 7.4.3). */
const PortStatusBody = struct('ofp_port_status', 8, {
  reason: { named: ['add', 'delete', 'modify'], as: 'u8' },
  pad: { pad: 7 },
});

/** OFPT_PORT_STATUS. */
export const portStatus: MessageEntry<MessageOf<'portStatus'>> = {
  type: 12,
  read(reader, end, xid) {
    const { reason } = reader.members(PortStatusBody, end);
    return {
      type: 'portStatus',
      xid,
      reason,
      port: reader.members(PortStruct, end),
    };
  },
  write({ reason, port }, writer) {
    writeStruct(PortStatusBody, { reason }, writer);
    writeStruct(PortStruct, port, writer);
  },
};

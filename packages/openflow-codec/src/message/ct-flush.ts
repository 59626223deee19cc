import { CodecError } from '../errors.ts';
import type { CtFlushProperty, CtTupleProperty } from '../extension.ts';
import { nested, type PropertyKind, properties, u8, u16 } from '../wire/property.ts';
import { struct } from '../wire/struct.ts';
import { writeStruct } from './entry.ts';
import { type Extensions, plain } from './extension.ts';
import { nicira } from './nicira.ts';

const Zone = struct('nx_zone_id', 8, { pad: { pad: 6 }, zone: 'u16' });
const Flush = struct('nx_ct_flush', 8, { protocol: 'u8', pad: { pad: 7 } });
const Address = struct('nx_ct_flush.address', 16, { high: 'u64', low: 'u64' });
const LOW_BITS = 0xffffffffffffffffn;

const address: PropertyKind<bigint> = {
  read(reader, end) {
    if (end - reader.at !== Address.size) return undefined;
    const { high, low } = reader.members(Address, end);
    return (high << 64n) | low;
  },
  write(value, writer) {
    if (BigInt.asUintN(128, value) !== value) throw new CodecError('OFC_RANGE', { struct: Address.name });
    writeStruct(Address, { high: value >> 64n, low: value & LOW_BITS }, writer);
  },
};

const tupleProperties = properties<CtTupleProperty>('nx_ct_flush_tuple', {
  source: [0, address],
  destination: [1, address],
  sourcePort: [2, u16],
  destinationPort: [3, u16],
  icmpId: [4, u16],
  icmpType: [5, u8],
  icmpCode: [6, u8],
});

const flushProperties = properties<CtFlushProperty>('nx_ct_flush', {
  original: [0, nested(tupleProperties)],
  reply: [1, nested(tupleProperties)],
  zone: [2, u16],
});

/** Nicira's messages that forget connections. */
export const CT_MESSAGES: Extensions<'ctFlushZone' | 'ctFlush'> = {
  ctFlushZone: plain('ctFlushZone', nicira(29), Zone),
  ctFlush: {
    ids: nicira(32),
    read: (reader, end, xid) => ({
      type: 'ctFlush',
      xid,
      ...reader.members(Flush, end),
      properties: flushProperties.read(reader, end),
    }),
    write(message, writer) {
      writeStruct(Flush, message, writer);
      flushProperties.write(message.properties, writer);
    },
  },
};

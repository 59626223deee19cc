import { CodecError } from '../errors.ts';

const FIRST_RESERVED = 0xff00;
const RESERVED_OFFSET = 0xffff0000;

/** A 16-bit port number of OpenFlow 1.0, as Nicira's actions have it, in OpenFlow 1.3's 32 bits. */
export function fromShortPort(port: number): number {
  return port < FIRST_RESERVED ? port : port + RESERVED_OFFSET;
}

/** The inverse of fromShortPort. Throws OFC_RANGE for a port that 16 bits can't carry. */
export function toShortPort(port: number): number {
  if (port >= 0 && port < FIRST_RESERVED) return port;
  if (port >= FIRST_RESERVED + RESERVED_OFFSET) return port - RESERVED_OFFSET;
  throw new CodecError('OFC_RANGE', { struct: 'nx_action', field: 'port' });
}

import { createHash } from 'node:crypto';

/** Namespace of the ids below: any UUID does, as long as it stays. */
const NAMESPACE = Buffer.from('7c1b36e23a0f4c5e9d3a5b1f0a6e4d21', 'hex');

/** The id of a hypervisor as a Neutron agent: a UUID that follows from its system-id (RFC 9562, 5.5: version 5). */
export function agentId(systemId: string): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(systemId).digest().subarray(0, 16);
  bytes[6] = (bytes.readUInt8(6) & 0x0f) | 0x50;
  bytes[8] = (bytes.readUInt8(8) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

import type { FirewallPort } from './facts.ts';

/** Whose connections a switch remembers for a port, as the port's flow notes it. */
export interface MemoryNote {
  /** Of connection tracking; 0 where flows are learned. */
  readonly zone: number;
  /** FirewallPort.plug. */
  readonly plug: number;
}

/** Bytes that fill an action to its end: OVS pads notes to whole units of eight (nx_action_note). */
const SIZE = 6;

export function memoryNoteOf({ memory, plug }: Pick<FirewallPort, 'memory' | 'plug'>): MemoryNote {
  return { zone: memory.backend === 'conntrack' ? memory.zone : 0, plug };
}

export function writeMemoryNote({ zone, plug }: MemoryNote): Uint8Array {
  const bytes = new Uint8Array(SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, zone);
  view.setUint32(2, plug);
  return bytes;
}

/** Reads a note; nothing for bytes that are not one. */
export function readMemoryNote(bytes: Uint8Array): MemoryNote | undefined {
  if (bytes.length !== SIZE) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { zone: view.getUint16(0), plug: view.getUint32(2) };
}

/**
 * What decoding costs in memory, for a process of its own with --expose-gc and a young generation so large that nothing is
 * collected meanwhile. Prints one line of JSON for each message.
 */
import { CodecError, decode, formatMessage, type Message } from '../index.ts';
import { DENSE, stretched } from './stretch.ts';

/** Bytes of one message and of what became of it. */
export interface MemoryUse {
  readonly name: string;
  readonly size: number;
  /** True when the message was understood. */
  readonly isRead: boolean;
  /** All that was allocated meanwhile, garbage included. */
  readonly allocated: number;
  /** What the decoded message holds. */
  readonly retained: number;
  /** Characters of its text. */
  readonly text: number;
}

const SEED = 7;
const STRETCHED = 200;

// Once for nothing: what is compiled at first use is not the message's.
for (const make of Object.values(DENSE)) measured('', make());
for (const [name, make] of Object.entries(DENSE)) print(measured(name, make()));
for (const bytes of stretched(STRETCHED, SEED)) print(measured('stretched', bytes));

function print(use: MemoryUse): void {
  process.stdout.write(`${JSON.stringify(use)}\n`);
}

function measured(name: string, bytes: Uint8Array): MemoryUse {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('run with --expose-gc');
  gc();
  const before = used();
  const message = decoded(bytes);
  const allocated = used() - before;
  gc();
  const retained = used() - before;
  const text = message === undefined ? 0 : formatMessage(message).length;
  return { name, size: bytes.length, isRead: message !== undefined, allocated, retained, text };
}

function decoded(bytes: Uint8Array): Message | undefined {
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

function used(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

import type { FieldName } from 'openflow-codec';
import { PipelineError } from './errors.ts';

/** A named range of bits of `metadata` or of a register, that the tables of the pipeline pass on. */
export interface Register {
  readonly name: string;
  readonly field: FieldName;
  /** Lowest bit, counted from 0. */
  readonly offset: number;
  /** Width in bits, at most 32. */
  readonly bits: number;
  readonly doc: string;
}

interface RegisterRow {
  readonly in: FieldName;
  /** Lowest and highest bit, both inclusive. */
  readonly bits: readonly [number, number];
  readonly doc: string;
}

/** Declares registers; throws PipelineError PIPE_REGISTER_OVERLAP when two of them share bits. */
export function registers<T extends Record<string, RegisterRow>>(
  rows: T,
): { readonly [K in keyof T]: Register } {
  const taken: Register[] = [];
  for (const [name, row] of Object.entries(rows)) {
    const [low, high] = row.bits;
    const register: Register = { name, field: row.in, offset: low, bits: high - low + 1, doc: row.doc };
    for (const other of taken) {
      if (other.field === row.in && low < other.offset + other.bits && other.offset <= high) {
        throw new PipelineError('PIPE_REGISTER_OVERLAP', { first: other.name, second: name });
      }
    }
    taken.push(register);
  }
  return Object.fromEntries(taken.map((register) => [register.name, Object.freeze(register)])) as {
    readonly [K in keyof T]: Register;
  };
}

/** The registers of the edge pipeline: what a packet carries from table to table. */
export const regs = registers({
  network: { in: 'metadata', bits: [0, 31], doc: 'Key of the tenant network, set in admit.' },
  fromFabric: {
    in: 'reg0',
    bits: [31, 31],
    doc: '1 when the packet came from outside this hypervisor: from a tunnel or a physical network.',
  },
  ingress: {
    in: 'reg1',
    bits: [0, 31],
    doc: 'Key of the logical port that sent the packet; 0 from outside this hypervisor.',
  },
  egress: {
    in: 'reg2',
    bits: [0, 31],
    doc: 'Key of the logical port, tunnel peer or physical network that is to get the packet.',
  },
  floodPart: { in: 'reg3', bits: [0, 15], doc: 'Which part of a long flood list is next, from 0.' },
});
export type RegisterName = keyof typeof regs;

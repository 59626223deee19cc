import { FIELDS, type FieldName } from 'openflow-codec';
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

/** Declares registers; throws PipelineError when a range is impossible, or two of them share bits. */
export function registers<T extends Record<string, RegisterRow>>(
  rows: T,
): { readonly [K in keyof T]: Register } {
  const declared = Object.entries(rows).map(([name, row]): Register => {
    const [low, high] = row.bits;
    return Object.freeze({ name, field: row.in, offset: low, bits: high - low + 1, doc: row.doc });
  });
  checkRegisters(declared);
  return Object.fromEntries(declared.map((register) => [register.name, register])) as {
    readonly [K in keyof T]: Register;
  };
}

/** Throws PipelineError unless each register is possible and no two share a name or a bit. */
export function checkRegisters(all: readonly Register[]): void {
  for (const [index, register] of all.entries()) {
    const { name, field, offset, bits } = register;
    const isPlace = field === 'metadata' || /^reg\d+$/.test(field);
    const fits = Number.isInteger(offset) && Number.isInteger(bits) && offset >= 0 && bits >= 1 && bits <= 32;
    if (!isPlace || !fits || offset + bits > FIELDS[field].bits) {
      throw new PipelineError('PIPE_REGISTER_RANGE', { register: name, field, offset, bits });
    }
    for (const other of all.slice(0, index)) {
      if (other.name === name) throw new PipelineError('PIPE_REGISTER_NAME', { register: name });
      if (other.field === field && offset < other.offset + other.bits && other.offset < offset + bits) {
        throw new PipelineError('PIPE_REGISTER_OVERLAP', { first: other.name, second: name });
      }
    }
  }
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

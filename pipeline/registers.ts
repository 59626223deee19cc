import { FIELDS, type FieldName } from 'openflow-codec';
import { PipelineError } from './errors.ts';

/** A named range of bits of `metadata` or of a register, that the tables of the pipeline pass on. */
export interface Register {
  readonly name: string;
  readonly field: FieldName;
  /** Lowest bit, counted from 0. */
  readonly offset: number;
  /** Width in bits. */
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
    const isPlace = field === 'metadata' || /^(xx)?reg\d+$/.test(field);
    const fits = Number.isInteger(offset) && Number.isInteger(bits) && offset >= 0 && bits >= 1;
    if (!isPlace || !fits || offset + bits > FIELDS[field].bits) {
      throw new PipelineError('PIPE_REGISTER_RANGE', { register: name, field, offset, bits });
    }
    const low = lowestBit(register);
    for (const other of all.slice(0, index)) {
      if (other.name === name) throw new PipelineError('PIPE_REGISTER_NAME', { register: name });
      const otherLow = lowestBit(other);
      if (low < otherLow + other.bits && otherLow < low + bits) {
        throw new PipelineError('PIPE_REGISTER_OVERLAP', { first: other.name, second: name });
      }
    }
  }
}

/** Where a register begins if all are one row of bits: xxreg1 is reg4 to reg7, the last of which has its lowest bits. */
function lowestBit({ field, offset }: Register): number {
  const [, wide, digits] = /^(xx)?reg(\d+)$/.exec(field) ?? [];
  if (digits === undefined) return offset - FIELDS[field].bits;
  const number = Number(digits);
  return wide ? 128 * number + offset : 128 * (number >> 2) + 32 * (3 - (number & 3)) + offset;
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
  policy: {
    in: 'reg4',
    bits: [0, 31],
    doc: 'Key of the policy of the port that the firewall speaks for; 0 for none.',
  },
  admitted: { in: 'reg5', bits: [0, 0], doc: '1 when a rule admits the packet.' },
  opens: { in: 'reg5', bits: [1, 1], doc: '1 when such a packet may be the first of a connection.' },
  known: { in: 'reg5', bits: [2, 2], doc: '1 when the packet belongs to a connection that is remembered.' },
  shown: { in: 'reg5', bits: [3, 3], doc: '1 when the controller is going to be shown the packet.' },
  isOpen: { in: 'reg5', bits: [4, 4], doc: '1 when the port has no port security.' },
  recovering: {
    in: 'reg5',
    bits: [5, 5],
    doc: '1 while any packet that a rule admits may open a connection.',
  },
  toGuest: { in: 'reg5', bits: [6, 6], doc: 'Of a connection’s answers: 1 when they go to the port.' },
  isIpv6: { in: 'reg5', bits: [7, 7], doc: 'Of a connection: 1 for IPv6.' },
  related: {
    in: 'reg5',
    bits: [8, 8],
    doc: '1 for fragments and errors, which belong to all connections of two addresses.',
  },
  lasting: {
    in: 'reg5',
    bits: [9, 9],
    doc: 'Of a connection: 1 for TCP, whose connections are remembered for longer.',
  },
  protocol: { in: 'reg5', bits: [10, 17], doc: 'Of a connection: the IP protocol.' },
  guest: { in: 'reg6', bits: [0, 31], doc: 'Key of the logical port that the firewall speaks for.' },
  localPort: {
    in: 'reg7',
    bits: [0, 15],
    doc: 'Of a connection: the port’s own TCP, UDP or SCTP port, or the ICMP type that asks.',
  },
  remotePort: {
    in: 'reg7',
    bits: [16, 31],
    doc: 'Of a connection: the other’s TCP, UDP or SCTP port, or the ICMP code.',
  },
  localAddress: {
    in: 'xxreg2',
    bits: [0, 127],
    doc: 'Of neighbour discovery and of a connection: the port’s own address, IPv4 in the lowest bits.',
  },
  remoteAddress: { in: 'xxreg3', bits: [0, 127], doc: 'Of a connection: the other’s address.' },
  zone: {
    in: 'reg3',
    bits: [16, 31],
    doc: 'The zone of connection tracking that the port’s connections are in.',
  },
});
export type RegisterName = keyof typeof regs;

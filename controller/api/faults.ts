import { FAULTS, type FaultRow } from './fault-table.ts';

export type FaultType = keyof typeof FAULTS;

/** A refusal that the client is told, in Neutron's form. */
export class NeutronFault extends Error {
  /** HTTP status code. */
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.name = 'NeutronFault';
    this.status = status;
    this.type = type;
  }

  /** The response body; Neutron's `detail` is always empty. */
  get body() {
    return { NeutronError: { type: this.type, message: this.message, detail: '' } };
  }
}

/** One of Neutron's errors, to be thrown. */
export function fault<T extends FaultType>(
  type: T,
  ...values: Parameters<(typeof FAULTS)[T]['message']>
): NeutronFault {
  const { status, message }: FaultRow = FAULTS[type];
  return new NeutronFault(status, type, message(...(values as never[])));
}

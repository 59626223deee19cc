import { CodecError } from 'openflow-codec';
import { ChannelError } from '#controller/channel/errors';

/** What can keep a switch from having the flows it ought to have. The code is the log and metric label. */
export const RECONCILE_CODES = {
  RECO_ROLE: 'the switch gave no role',
  RECO_FRAGMENTS: 'the switch does not show fragments to flows',
  RECO_READ_BACK: 'the switch did not give its flows',
  RECO_BUNDLE: 'the switch refused a bundle',
  RECO_FAULT: 'a mistake of the controller',
} as const;
export type ReconcileCode = keyof typeof RECONCILE_CODES;

/** A failed attempt on one switch: the attempt is repeated from reading back. */
export class ReconcileError extends Error {
  readonly code: ReconcileCode;

  constructor(code: ReconcileCode, detail: string) {
    super(`${RECONCILE_CODES[code]}: ${detail}`);
    this.name = 'ReconcileError';
    this.code = code;
  }
}

/** Whether an attempt failed by what the switch does or sends; all else is a mistake of our own. */
export function isExpected(error: unknown): error is ChannelError | ReconcileError | CodecError {
  return error instanceof ChannelError || error instanceof ReconcileError || error instanceof CodecError;
}

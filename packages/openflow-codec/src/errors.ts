/** Every reason for which this codec refuses bytes or values; the keys are public contract. */
export const CODEC_CODES = {
  OFC_SHORT: 'the bytes end before the structure does',
  OFC_LENGTH: 'a length field contradicts the structure it measures',
  OFC_VERSION: 'the version is not OpenFlow 1.3',
  OFC_VALUE: 'a value is not one that the specification allows here',
  OFC_RANGE: 'a number does not fit its member on the wire',
  OFC_FIELD: 'a match field is malformed',
  OFC_DEPTH: 'structures are nested too deep',
  OFC_SIZE: 'the message would be longer than 65,535 bytes',
  OFC_BUFFER: 'the peer sent more than may be buffered',
} as const;

/** Stable name of a reason, fit for logs and metric labels. */
export type CodecCode = keyof typeof CODEC_CODES;

/** Where the trouble is: structure, member, and byte offset in what was decoded. */
export interface CodecPlace {
  readonly struct: string;
  readonly field?: string;
  readonly offset?: number;
}

/** OpenFlow error type and code (OF 1.3.5, 7.4.4) that a switch would answer for a reason. */
const ANSWERS: Readonly<Record<CodecCode, readonly [type: number, code: number]>> = {
  OFC_SHORT: [1, 6],
  OFC_LENGTH: [1, 6],
  OFC_VERSION: [1, 0],
  OFC_VALUE: [1, 6],
  OFC_RANGE: [1, 6],
  OFC_FIELD: [4, 0],
  OFC_DEPTH: [1, 6],
  OFC_SIZE: [1, 6],
  OFC_BUFFER: [1, 6],
};

/** What every function of this package throws for bad bytes and for values that cannot be written. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
  readonly code: CodecCode;
  readonly at: CodecPlace;
  /** Type of the OFPT_ERROR that a switch would answer (OF 1.3.5, 7.4.4). */
  readonly errorType: number;
  /** Code of the OFPT_ERROR that a switch would answer. */
  readonly errorCode: number;

  constructor(
    code: CodecCode,
    at: CodecPlace,
    answer: readonly [type: number, code: number] = ANSWERS[code],
  ) {
    const place = at.field === undefined ? at.struct : `${at.struct}.${at.field}`;
    const offset = at.offset === undefined ? '' : ` at byte ${at.offset}`;
    super(`${CODEC_CODES[code]}: ${place}${offset}`);
    this.code = code;
    this.at = at;
    [this.errorType, this.errorCode] = answer;
  }

  /** The same error with its offset counted from `start`. */
  from(start: number): CodecError {
    const { offset } = this.at;
    if (offset === undefined || start === 0) return this;
    return new CodecError(this.code, { ...this.at, offset: offset - start }, [
      this.errorType,
      this.errorCode,
    ]);
  }
}

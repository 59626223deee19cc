/** Every reason for which text is refused; the keys are public contract. */
export const TEXT_CODES = {
  OFT_SYNTAX: 'the text does not have the form it should',
  OFT_WORD: 'the word has no meaning here',
  OFT_VALUE: 'the value does not fit here',
  OFT_NEED: 'a field is there without what it needs',
  OFT_CONFLICT: 'two parts contradict each other',
  OFT_DEPTH: 'actions are nested too deep',
} as const;

/** Stable name of a reason, fit for logs and metric labels. */
export type TextCode = keyof typeof TEXT_CODES;

/** Where the trouble is, what stands there, and what should. */
export interface TextPlace {
  /** Characters before it. */
  readonly offset: number;
  readonly found: string;
  readonly expected: string;
}

/** What the parsers of this package throw for text that they do not understand. */
export class TextError extends Error {
  override readonly name = 'TextError';
  readonly code: TextCode;
  readonly at: TextPlace;

  constructor(code: TextCode, at: TextPlace) {
    const found = at.found === '' ? 'nothing' : `"${shortened(at.found)}"`;
    super(`${TEXT_CODES[code]}: ${found} at character ${at.offset + 1}, expected ${at.expected}`);
    this.code = code;
    this.at = at;
  }
}

const MOST_SHOWN = 60;

function shortened(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}

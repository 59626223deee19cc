/** What is known of the stream that a person may be reading. */
export interface Terminal {
  /** Columns; undefined when nobody's screen limits them. */
  readonly width: number | undefined;
  readonly hasColours: boolean;
}

/** A stream as far as it may be a terminal. */
interface MaybeTerminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Colours are for terminals only, and not where NO_COLOR is set (no-color.org). */
export function terminalOf(
  stream: MaybeTerminal,
  environment: Readonly<Record<string, string | undefined>>,
): Terminal {
  if (!stream.isTTY) return { width: undefined, hasColours: false };
  return {
    width: stream.columns || undefined,
    hasColours: !environment.NO_COLOR && environment.TERM !== 'dumb',
  };
}

/** Select graphic rendition (ECMA-48, 8.3.117). */
const COLOURS = { bold: 1, red: 31, green: 32, yellow: 33, dim: 2 } as const;
export type Colour = keyof typeof COLOURS;

/** The text in a colour. */
export function painted(text: string, colour: Colour): string {
  return `\u001b[${COLOURS[colour]}m${text}\u001b[0m`;
}

/** Text of others as one line that no terminal obeys: control characters and line ends are replaced. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}

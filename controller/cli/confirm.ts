import { createInterface } from 'node:readline';
import { UsageError } from './error.ts';

/** A stream that may be a terminal. */
type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/**
 * Asks on stderr, so that stdout stays data; resolves with whether the answer is yes, where anything but y and yes
 * is no. Throws UsageError where nobody can answer.
 */
export async function confirm(question: string, input: Input = process.stdin): Promise<boolean> {
  if (!input.isTTY)
    throw new UsageError('nobody can be asked here, because standard input is no terminal: say --yes');
  const lines = createInterface({ input, output: process.stderr });
  try {
    const answer = await new Promise<string>((resolve) => {
      lines.once('close', () => resolve(''));
      lines.once('SIGINT', () => lines.close());
      lines.question(`${question} [y/N] `, resolve);
    });
    return /^y(?:es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}

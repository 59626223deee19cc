/** One line of a text stream, without its end. */
export interface Line {
  /** Counts from 1. */
  readonly number: number;
  /** Undefined for a line beyond the limit, of which nothing is kept. */
  readonly text: string | undefined;
}

/**
 * The lines of a stream, of which never more than one chunk and one line are held. A line may end with `\n` or
 * `\r\n`, the last one also with the stream. `limit` is in characters.
 */
export async function* readLines(stream: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Line[]> {
  const decoder = new TextDecoder();
  let number = 0;
  let rest = '';
  let isLong = false;
  const take = (text: string): Line => {
    number++;
    const whole = rest + text;
    const line = isLong || whole.length > limit ? undefined : whole.replace(/\r$/, '');
    rest = '';
    isLong = false;
    return { number, text: line };
  };
  for await (const chunk of stream) {
    const parts = decoder.decode(chunk, { stream: true }).split('\n');
    const last = parts.pop() ?? '';
    yield parts.map(take);
    isLong ||= rest.length + last.length > limit;
    rest = isLong ? '' : rest + last;
  }
  if (rest !== '' || isLong) yield [take('')];
}

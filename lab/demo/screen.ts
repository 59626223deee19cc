import { styleText } from 'node:util';

/** What a run of the demo shows: a title, timed steps, and text. Colour only where it is read by a person. */
export class Screen {
  readonly #out: NodeJS.WriteStream;
  readonly #started = performance.now();

  constructor(out: NodeJS.WriteStream = process.stdout) {
    this.#out = out;
  }

  title(text: string): void {
    this.#out.write(`\n${this.#style('bold', text)}\n`);
  }

  /** Does `work` and shows what it was and how long it took. An exception passes through. */
  async step<T>(what: string, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    if (this.#out.isTTY) this.#out.write(`  … ${what}`);
    const show = (mark: string) => {
      const time = `${((performance.now() - started) / 1000).toFixed(1)} s`;
      const start = this.#out.isTTY ? '\r' : '';
      this.#out.write(`${start}  ${mark} ${what.padEnd(64)}${this.#style('dim', time.padStart(7))}\n`);
    };
    try {
      const result = await work();
      show(this.#style('green', '✓'));
      return result;
    } catch (error) {
      show(this.#style('red', '✗'));
      throw error;
    }
  }

  /** Lines of text, indented, with an empty line before. */
  text(text: string): void {
    this.#out.write(`\n${text.replaceAll(/^(?=.)/gm, '  ')}\n`);
  }

  good(text: string): void {
    this.text(this.#style('green', text));
  }

  bad(text: string): void {
    this.text(this.#style('red', text));
  }

  /** Seconds since the start, as text. */
  get elapsed(): string {
    return `${((performance.now() - this.#started) / 1000).toFixed(1)} s`;
  }

  #style(style: 'bold' | 'dim' | 'green' | 'red', text: string): string {
    return this.#out.isTTY && process.env.NO_COLOR === undefined ? styleText(style, text) : text;
  }
}

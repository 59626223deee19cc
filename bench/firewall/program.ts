import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { labFolder, run, type Vm } from '#lab';

/** Programs of guests share this processor; switches have the other. */
const GUEST_CPU = '1';

const SOURCES = fileURLToPath(new URL('.', import.meta.url));
const NAMES = ['server', 'client', 'beat'] as const;
type Name = (typeof NAMES)[number];

/** Compiles the programs; to be called once, before anything else. */
export async function compilePrograms(): Promise<void> {
  for (const name of NAMES) await run(['cc', '-O2', '-o', pathOf(name), `${SOURCES}${name}.c`]);
}

/** One of the programs in C beside this file, run by a guest: it is told lines and tells lines of JSON. */
export class Program {
  readonly #name: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;
  #problems = '';

  constructor(vm: Vm, name: Name, args: readonly string[]) {
    this.#name = `${vm.name}'s ${name}`;
    const command = ['netns', 'exec', vm.name, 'taskset', '-c', GUEST_CPU, pathOf(name), ...args];
    this.#child = spawn('ip', command);
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#problems += text;
    });
    this.#child.stdin.on('error', () => undefined);
    this.#reader = createInterface(this.#child.stdout);
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  say(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  async hear(): Promise<unknown> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.#name} ended: ${this.#problems.trim()}`);
    return JSON.parse(value);
  }

  stop(): void {
    this.#reader.close();
    this.#child.kill('SIGKILL');
  }
}

function pathOf(name: Name): string {
  return `${labFolder('bench')}/${name}`;
}

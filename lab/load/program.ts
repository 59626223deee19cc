import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { inNamespace, run } from '../command.ts';
import { LabError } from '../errors.ts';
import { labFolder } from '../sandbox.ts';
import type { Vm } from '../vm.ts';

const SOURCES = fileURLToPath(new URL('.', import.meta.url));
const NAMES = ['server', 'client', 'beat'] as const;
type Name = (typeof NAMES)[number];

/** Compiles the programs; to be called once, before anything else. */
export async function compilePrograms(): Promise<void> {
  for (const name of NAMES) await run(['cc', '-O2', '-o', pathOf(name), `${SOURCES}${name}.c`]);
}

/**
 * One of the programs in C beside this file, run by a guest: it is told lines and tells lines of JSON. With `cpu` it runs on
 * that processor only.
 */
export class Program {
  readonly #name: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;
  #problems = '';

  constructor(vm: Vm, name: Name, args: readonly string[], cpu?: number) {
    this.#name = `${vm.name}'s ${name}`;
    const where = cpu === undefined ? [] : ['taskset', '-c', String(cpu)];
    const [command = '', ...rest] = inNamespace([...where, pathOf(name), ...args], vm.name);
    this.#child = spawn(command, rest);
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#problems += text;
    });
    this.#child.stdin.on('error', () => undefined);
    this.#reader = createInterface(this.#child.stdout);
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** Tells it a line. */
  say(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** The next line that it tells. Throws LAB_COMMAND when it has ended. */
  async hear(): Promise<unknown> {
    const { value, done } = await this.#lines.next();
    if (done) throw new LabError('LAB_COMMAND', `${this.#name} ended: ${this.#problems.trim()}`);
    return JSON.parse(value);
  }

  stop(): void {
    this.#reader.close();
    this.#child.kill('SIGKILL');
  }
}

function pathOf(name: Name): string {
  return `${labFolder('load')}/${name}`;
}

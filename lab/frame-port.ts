import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { inNamespace } from './command.ts';
import { LabError } from './errors.ts';
import { waitFor } from './wait-for.ts';

const HELPER = new URL('frame-port.py', import.meta.url).pathname;

/** A recording of what arrives at an interface. */
export interface Capture {
  /** The frames so far, in order of arrival, VLAN tags included. */
  readonly frames: readonly Uint8Array[];
  /** Returns the first frame that passes, waiting for it if need be. Throws LAB_TIMEOUT, naming `what`. */
  first(test: (frame: Uint8Array) => boolean, what: string): Promise<Uint8Array>;
  /** Ends the recording and returns all of it. Throws LAB_CAPTURE if the kernel had to leave frames out. */
  finish(): Promise<readonly Uint8Array[]>;
}

interface Answer {
  readonly id?: number;
  readonly error?: string;
  readonly lost?: number;
  readonly frame?: string;
}

/**
 * Raw access to one interface in a namespace, through a helper process (frame-port.py): Node itself has no
 * packet sockets. One recording at a time.
 */
export class FramePort {
  readonly #name: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #pending = new Map<number, (answer: Answer) => void>();
  readonly #ready: Promise<Answer>;
  readonly #ended: Promise<void>;
  #nextId = 1;
  #problems = '';
  #recording: Uint8Array[] | undefined;

  constructor(namespace: string, device: string) {
    this.#name = `${namespace}'s ${device}`;
    const [command = '', ...args] = inNamespace(['/usr/bin/python3', '-I', '-S', HELPER, device], namespace);
    this.#child = spawn(command, args);
    this.#ready = this.#answer(0);
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', () => {
        for (const settle of this.#pending.values())
          settle({ error: this.#problems.trim() || 'the helper ended' });
        resolve();
      });
    });
    this.#child.stdin.on('error', () => undefined);
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#problems += text;
    });
    createInterface(this.#child.stdout).on('line', (line) => this.#receive(JSON.parse(line)));
  }

  async send(frame: Uint8Array): Promise<void> {
    await this.#request('send', { frame: Buffer.from(frame).toString('hex') });
  }

  async capture(): Promise<Capture> {
    if (this.#recording) throw new LabError('LAB_USAGE', `${this.#name} is being recorded already`);
    const frames: Uint8Array[] = [];
    this.#recording = frames;
    await this.#request('capture');
    return {
      frames,
      first: (test, what) =>
        waitFor(() => frames.find(test), { what: `${what} at ${this.#name}`, everyMs: 5 }),
      finish: async () => {
        const { lost = 0 } = await this.#request('finish');
        this.#recording = undefined;
        if (lost > 0) throw new LabError('LAB_CAPTURE', `${this.#name}: ${lost} frames were not recorded`);
        return frames;
      },
    };
  }

  /** Ends the helper and returns when it is gone. */
  async close(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
  }

  async #request(op: string, rest: object = {}): Promise<Answer> {
    const ready = await this.#ready;
    const id = this.#nextId++;
    const answer = this.#answer(id);
    this.#child.stdin.write(`${JSON.stringify({ id, op, ...rest })}\n`);
    const { error = ready.error, ...result } = await answer;
    if (error !== undefined) throw new LabError('LAB_CAPTURE', `${op} at ${this.#name}: ${error}`);
    return result;
  }

  #answer(id: number): Promise<Answer> {
    if (this.#child.exitCode !== null)
      return Promise.resolve({ error: this.#problems.trim() || 'the helper ended' });
    return new Promise((resolve) => {
      this.#pending.set(id, resolve);
    });
  }

  #receive(answer: Answer): void {
    if (answer.frame !== undefined) this.#recording?.push(Buffer.from(answer.frame, 'hex'));
    if (answer.id === undefined) return;
    this.#pending.get(answer.id)?.(answer);
    this.#pending.delete(answer.id);
  }
}

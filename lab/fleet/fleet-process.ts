import { type ChildProcess, fork } from 'node:child_process';
import { LabError } from '../errors.ts';
import { CHECKOUT } from '../sandbox.ts';
import type { Faults, Manner } from './faults.ts';
import type { ConfirmedSince, FleetOptions, FleetPlug, FleetSwitch } from './fleet.ts';

/** What a fleet's process can be told. */
export type Command =
  | { readonly do: 'attach'; readonly target: string }
  | { readonly do: 'plug'; readonly plugs: readonly FleetPlug[] }
  | { readonly do: 'unplug'; readonly plugs: readonly Pick<FleetPlug, 'hypervisor' | 'name'>[] }
  | { readonly do: 'behave'; readonly faults: Faults }
  | { readonly do: 'treat'; readonly numbers: readonly number[]; readonly manner: Manner }
  | { readonly do: 'reset'; readonly numbers: readonly number[] }
  | { readonly do: 'restart' | 'bridges' | 'switches' }
  | { readonly do: 'confirmed'; readonly numbers: readonly number[]; readonly since: number }
  | { readonly do: 'confirmedSince'; readonly since: number };

export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string };

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A fleet in a process of its own, so that its work is not the controller's nor that of who measures. Methods as Fleet's. */
export class FleetProcess {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  constructor(options: FleetOptions) {
    const main = `${CHECKOUT}/lab/fleet/main.ts`;
    // As scripts/typescript does, whoever forks.
    const execArgv = [
      '--conditions=source',
      '--import',
      `file://${CHECKOUT}/node_modules/tsx/dist/loader.mjs`,
    ];
    this.#child = fork(main, [JSON.stringify(options)], { serialization: 'advanced', execArgv });
    this.#child.on('message', (answer: Answer) => {
      const pending = this.#pending.get(answer.id);
      this.#pending.delete(answer.id);
      if ('error' in answer) pending?.reject(new LabError('LAB_FLEET', answer.error));
      else pending?.resolve(answer.result);
    });
    this.#child.on('exit', (code, signal) => {
      const error = new LabError('LAB_FLEET', `the fleet ended: ${code ?? signal}`);
      for (const { reject } of this.#pending.values()) reject(error);
      this.#pending.clear();
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  async attach(target: string): Promise<void> {
    await this.#ask({ do: 'attach', target });
  }

  async plug(plugs: readonly FleetPlug[]): Promise<void> {
    await this.#ask({ do: 'plug', plugs });
  }

  async unplug(plugs: readonly Pick<FleetPlug, 'hypervisor' | 'name'>[]): Promise<void> {
    await this.#ask({ do: 'unplug', plugs });
  }

  async behave(faults: Faults): Promise<void> {
    await this.#ask({ do: 'behave', faults });
  }

  async treat(numbers: readonly number[], manner: Manner): Promise<void> {
    await this.#ask({ do: 'treat', numbers, manner });
  }

  async reset(numbers: readonly number[]): Promise<void> {
    await this.#ask({ do: 'reset', numbers });
  }

  async restart(): Promise<void> {
    await this.#ask({ do: 'restart' });
  }

  // What the process answers is what its methods return: both ends are one commit.
  async bridges(): Promise<number> {
    return (await this.#ask({ do: 'bridges' })) as number;
  }

  async switches(): Promise<readonly FleetSwitch[]> {
    return (await this.#ask({ do: 'switches' })) as readonly FleetSwitch[];
  }

  async confirmed(numbers: readonly number[], since: number): Promise<number> {
    return (await this.#ask({ do: 'confirmed', numbers, since })) as number;
  }

  async confirmedSince(since: number): Promise<ConfirmedSince> {
    return (await this.#ask({ do: 'confirmedSince', since })) as ConfirmedSince;
  }

  /** Ends the process and returns when it is gone. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await gone;
  }

  #ask(command: Command): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#child.send({ id, command }, (error) => {
        if (error === null) return;
        this.#pending.delete(id);
        reject(new LabError('LAB_FLEET', error.message, { cause: error }));
      });
    });
  }
}

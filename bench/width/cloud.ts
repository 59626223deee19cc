import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { ControllerProcess } from '#lab';
import { type BigCloudOptions, bigCloud } from '../../lab/fleet/big-cloud.ts';
import { now } from '../../lab/fleet/datapath.ts';
import type { FleetPlug } from '../../lab/fleet/fleet.ts';
import { FleetProcess } from '../../lab/fleet/fleet-process.ts';
import { makeCloud } from '../../lab/fleet/make-cloud.ts';
import { call } from '../api/load.ts';
import { ActivePorts } from './active-ports.ts';
import { until } from './measures.ts';

/** One row of GET /v1/switches, as far as it is read here. */
interface SwitchStatus {
  readonly state: string;
  readonly flows: number;
  readonly refused: number;
  readonly ports: number;
  readonly portsUp: number;
}

/** Milliseconds without any change of flows after which it is asked whether all are there. */
const QUIET = 1_000;

/** Milliseconds without another confirmation after which a port that is ACTIVE has no more to come. */
const LULL = 25;

/** One port that was added: milliseconds from the call of the API, and numbers of switches. */
export interface Added {
  /** To its answer. */
  readonly api: number;
  /** To the last barrier of all switches that had to change: those of its network, and of who names its groups. */
  readonly all: number;
  /** Until a client that follows events heard that it is ACTIVE. */
  readonly active: number;
  /** Where its network has ports. */
  readonly hosts: number;
  /** That had to change. */
  readonly switches: number;
}

/** A controller with many fake switches, each in a process of its own, and a cloud on them. */
export class WideCloud {
  readonly controller: ControllerProcess;
  readonly fleet: FleetProcess;
  readonly #options: BigCloudOptions;
  readonly #folder: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  /** Name of a network → its id and where it has ports. */
  readonly #networks = new Map<string, { readonly id: string; readonly hosts: Set<number> }>();
  #added = 0;
  #active: ActivePorts | undefined;

  constructor(name: string, options: BigCloudOptions) {
    // On a disk: what a commit costs there is part of what is measured, and the lab's files are in memory.
    this.#folder = mkdtempSync('/var/tmp/tenantflow-bench-');
    const args = ['--quotas', UNLIMITED];
    this.controller = new ControllerProcess({
      name,
      logLevel: 'warn',
      args,
      dataDir: this.#folder,
      compiled: true,
    });
    this.fleet = new FleetProcess({ count: options.hypervisors });
    this.#options = options;
  }

  get pid(): number {
    return this.controller.daemon.pid ?? 0;
  }

  /** All hypervisors join a controller that knows nothing. Milliseconds from the first call to the last barrier. */
  async join(): Promise<number> {
    const start = now();
    await this.fleet.attach('127.0.0.1:6640');
    return (await this.settled(start)) - start;
  }

  /** Makes the cloud by the API; nothing is plugged yet. */
  async make(): Promise<readonly FleetPlug[]> {
    const { rest } = this.controller;
    const tenants = bigCloud(this.#options);
    const plugs = await makeCloud(rest, tenants, hostOf);
    const ids = new Map((await rest.list('network')).map(({ id, name }) => [name, id]));
    const hosts = new Map(tenants.flatMap(({ ports }) => ports.map((port) => [port.name, port.hypervisor])));
    for (const { networks, ports, trunks } of tenants) {
      for (const { name } of networks)
        this.#networks.set(name, { id: ids.get(name) ?? '', hosts: new Set() });
      const parents = new Map(
        trunks.flatMap(({ parent, subPorts }) => subPorts.map(({ port }) => [port, hosts.get(parent)])),
      );
      for (const { name, network, hypervisor = parents.get(name) } of ports)
        if (hypervisor !== undefined) this.#networks.get(network)?.hosts.add(hypervisor);
    }
    return plugs;
  }

  /** All interfaces are plugged at once. Milliseconds until the last barrier. */
  async plug(plugs: readonly FleetPlug[]): Promise<number> {
    const start = now();
    await this.fleet.plug(plugs);
    return (await this.settled(start)) - start;
  }

  /** Adds a port: a call of the API, then its interface. Resolves when it is ACTIVE and no switch confirms anything more. */
  async addPort(network: string, hypervisor: number): Promise<Added> {
    this.#active ??= await ActivePorts.follow(this.controller.rest.url);
    const start = now();
    const { id, answered } = await this.#plugNew(network, hypervisor);
    const active = await this.#active.at(id);
    let confirmed = await this.fleet.confirmedSince(start);
    for (let before = { count: -1, last: -1 }; !isDeepStrictEqual(before, confirmed); ) {
      await sleep(LULL);
      [before, confirmed] = [confirmed, await this.fleet.confirmedSince(start)];
    }
    return {
      api: answered - start,
      all: confirmed.last - start,
      active: active - start,
      hosts: this.#networkOf(network).hosts.size,
      switches: confirmed.count,
    };
  }

  /** Adds a port while others come; milliseconds from the call of the API until a client heard that it is ACTIVE. */
  async addPortAmong(network: string, hypervisor: number): Promise<number> {
    this.#active ??= await ActivePorts.follow(this.controller.rest.url);
    const start = now();
    const { id } = await this.#plugNew(network, hypervisor);
    return (await this.#active.at(id)) - start;
  }

  /** When the last barrier after `since` was, once no switch has confirmed anything more for a while and all are steady; `since` when none was. */
  calm(since: number): Promise<number> {
    return until('the switches to be calm', async () => {
      const { last } = await this.fleet.confirmedSince(since);
      if (now() - Math.max(last, since) < QUIET) return undefined;
      const isSteady = (await this.switches()).every(({ state }) => state === 'steady');
      return isSteady ? Math.max(last, since) : undefined;
    });
  }

  get hypervisors(): number {
    return this.#options.hypervisors;
  }

  get networks(): readonly string[] {
    return [...this.#networks.keys()];
  }

  /** Resolves with when the last barrier was, once every switch has exactly what it ought to. */
  settled(since: number): Promise<number> {
    return until('the switches to have all flows', async () => {
      const switches = await this.fleet.switches();
      const last = Math.max(...switches.map(({ confirmedAt }) => confirmedAt));
      if (last <= since || now() - last < QUIET) return undefined;
      const wanted = await this.switches();
      const isRight = wanted.every(
        (each, at) =>
          each.state === 'steady' && each.flows === switches[at]?.flows && each.portsUp === each.ports,
      );
      return isRight && wanted.length === switches.length ? last : undefined;
    });
  }

  /** Resolves when every switch has exactly what it ought to, though nothing may have changed. */
  async steady(): Promise<void> {
    await until('the switches to be steady', async () => {
      const switches = await this.switches();
      const isSteady = switches.every(({ state, refused }) => state === 'steady' && refused === 0);
      return isSteady && switches.length === this.hypervisors ? true : undefined;
    });
  }

  /** Makes a port and plugs it; its id, and when the API had answered. */
  async #plugNew(
    network: string,
    hypervisor: number,
  ): Promise<{ readonly id: string; readonly answered: number }> {
    const { id: network_id, hosts } = this.#networkOf(network);
    hosts.add(hypervisor);
    const port = { network_id, 'binding:host_id': hostOf(hypervisor) };
    const made = (await call(this.#agent, 'POST', `${this.controller.rest.url}/v2.0/ports`, { port })) as {
      readonly port: { readonly id: string };
    };
    const answered = now();
    this.#added += 1;
    await this.fleet.plug([{ hypervisor, name: `late${this.#added}`, portId: made.port.id }]);
    return { id: made.port.id, answered };
  }

  #networkOf(name: string): { readonly id: string; readonly hosts: Set<number> } {
    const found = this.#networks.get(name);
    if (found === undefined) throw new Error(`no network ${name}`);
    return found;
  }

  async switches(): Promise<readonly SwitchStatus[]> {
    const rows = (await this.controller.rest.request('GET', '/v1/switches')) as readonly (SwitchStatus & {
      readonly id: string;
    })[];
    return [...rows].sort((a, b) => Number(a.id.slice(4)) - Number(b.id.slice(4)));
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    this.#active?.close();
    await this.fleet.stop();
    await this.controller.stop();
    rmSync(this.#folder, { recursive: true });
  }
}

const UNLIMITED = 'network:-1,subnet:-1,port:-1,security_group:-1,security_group_rule:-1,trunk:-1';

function hostOf(hypervisor: number): string {
  return `fake${hypervisor}`;
}

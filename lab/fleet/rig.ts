import type { ControllerProcess } from '../controller-process.ts';
import { LabError } from '../errors.ts';
import type { Lab } from '../lab.ts';
import { waitFor } from '../wait-for.ts';
import { bigCloud } from './big-cloud.ts';
import type { FleetPlug } from './fleet.ts';
import { FleetProcess } from './fleet-process.ts';
import { makeCloud } from './make-cloud.ts';
import { RealBridges } from './real-bridges.ts';

/** How large a rig is. */
export interface RigOptions {
  /** Fake hypervisors: numbers from 1 on. */
  readonly fakes: number;
  /** Hypervisors that are a bridge each of one ovs-vswitchd: the numbers after those. At most 128 may come from one address. */
  readonly bridges: number;
  /** Further arguments of `tenantflow serve`. */
  readonly args?: readonly string[];
}

/** A row of `GET /v1/switches`, as far as it is read here. */
interface Row {
  readonly id: string;
  readonly state: string;
  readonly flows: number;
  readonly refused: number;
  readonly ports: number;
  readonly portsUp: number;
}

/** Most hypervisors of one address that a controller greets at a time. */
const MOST_BRIDGES = 128;
const UNLIMITED = 'network:-1,subnet:-1,port:-1,security_group:-1,security_group_rule:-1,trunk:-1';
const PATIENCE = { timeoutMs: 600_000, everyMs: 100 };

/** A controller with hypervisors that are fake, beside others that are bridges of one real Open vSwitch. */
export class Rig {
  readonly controller: ControllerProcess;
  readonly #options: RigOptions;
  #fleet: FleetProcess | undefined;
  #reals: RealBridges | undefined;

  /** Throws LAB_FLEET when there would be too many bridges. */
  constructor(lab: Lab, options: RigOptions) {
    if (options.bridges > MOST_BRIDGES)
      throw new LabError('LAB_FLEET', `${options.bridges} bridges: ${MOST_BRIDGES} are the most`);
    this.#options = options;
    this.controller = lab.controller({ args: ['--quotas', UNLIMITED, ...(options.args ?? [])] });
  }

  get reals(): RealBridges {
    if (this.#reals === undefined) throw new LabError('LAB_FLEET', 'the rig is not started');
    return this.#reals;
  }

  get fleet(): FleetProcess {
    if (this.#fleet === undefined) throw new LabError('LAB_FLEET', 'the rig is not started');
    return this.#fleet;
  }

  /** How many hypervisors it has. */
  get size(): number {
    return this.#options.fakes + this.#options.bridges;
  }

  /** The system-id of the hypervisor with this number. */
  idOf(number: number): string {
    return number <= this.#options.fakes ? `fake${number}` : `real${number}`;
  }

  /** Starts controller, fakes and Open vSwitch; nobody knows of another yet. */
  async start(): Promise<void> {
    const { fakes, bridges } = this.#options;
    const numbers = Array.from({ length: bridges }, (_, at) => fakes + at + 1);
    this.#fleet = new FleetProcess({ count: fakes });
    this.#reals = await RealBridges.start('rig', numbers);
    await this.controller.start();
  }

  /** All hypervisors join the controller and get the flows that every switch has. */
  async join(): Promise<void> {
    await this.fleet.attach('127.0.0.1:6640');
    this.reals.attach('127.0.0.1:6640');
    await waitFor(async () => this.reals.count + (await this.fleet.bridges()) === this.size, {
      what: 'all hypervisors to have a bridge',
      ...PATIENCE,
    });
    await this.settled();
  }

  /** Makes a cloud by the API, tenants, trunks and groups by chance. Returns what is to be plugged. */
  make(ports: number, seed: number): Promise<readonly FleetPlug[]> {
    const cloud = bigCloud({ seed, ports, hypervisors: this.size });
    return makeCloud(this.controller.rest, cloud, (number) => this.idOf(number));
  }

  /** Plugs interfaces; resolves when all flows are there and all ports ACTIVE. */
  async plug(plugs: readonly FleetPlug[]): Promise<void> {
    const ids = new Set(plugs.map(({ portId }) => portId));
    const isFake = ({ hypervisor }: FleetPlug) => hypervisor <= this.#options.fakes;
    this.reals.plug(plugs.filter((each) => !isFake(each)));
    await this.fleet.plug(plugs.filter(isFake));
    await waitFor(
      async () => {
        const ports = await this.controller.rest.list('port');
        return ports.filter(({ id, status }) => ids.has(id) && status === 'ACTIVE').length === ids.size;
      },
      { what: 'all ports to be ACTIVE', ...PATIENCE, everyMs: 250 },
    );
    await this.settled();
  }

  async switches(): Promise<readonly Row[]> {
    return (await this.controller.rest.request('GET', '/v1/switches')) as readonly Row[];
  }

  /** Resolves when every switch has exactly what it ought to have. */
  async settled(): Promise<void> {
    await waitFor(
      async () => {
        const rows = await this.switches();
        return (
          rows.length === this.size &&
          rows.every(
            ({ state, refused, ports, portsUp }) => state === 'steady' && refused === 0 && ports === portsUp,
          )
        );
      },
      { what: 'all switches to be steady', ...PATIENCE },
    );
  }

  /** Asks each real bridge how many flows it has. Throws LAB_FLEET when those are not as many as they ought to be. */
  async count(): Promise<number> {
    let sum = 0;
    for (const { id, flows } of await this.switches()) {
      if (!id.startsWith('real')) continue;
      const found = await this.reals.flowCount(id);
      if (found !== flows) throw new LabError('LAB_FLEET', `${id} has ${found} flows, and not ${flows}`);
      sum += found;
    }
    return sum;
  }

  /** Ends fakes and Open vSwitch; the controller is the lab's. */
  async stop(): Promise<void> {
    await this.#fleet?.stop();
    await this.#reals?.stop();
  }
}

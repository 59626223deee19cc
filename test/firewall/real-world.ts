import { setTimeout as sleep } from 'node:timers/promises';
import { type Capture, type Resource, type Vm, waitFor } from '#lab';
import { Cloud } from '../cloud.ts';
import { type Case, type PortName, type Step, startOf } from './case.ts';
import { CaseResources } from './case-resources.ts';
import { Coalesced } from './coalesced.ts';
import { markOf } from './frame.ts';
import type { Terms } from './learned-memory.ts';
import { frameFor } from './simulated-world.ts';

/** A VM whose interface carries many ports of cases, each by its tag. */
interface Carrier {
  readonly vm: Vm;
  readonly parent: Resource;
  /** Case and port by VLAN. */
  readonly ports: { readonly resources: CaseResources; readonly name: PortName }[];
  trunk?: Resource;
  capture?: Capture;
}

/** A packet of a case, and the ports that got it. */
interface Sent {
  readonly line: number;
  readonly expected: readonly string[];
  readonly got: Set<string>;
}

export interface RealOptions {
  readonly backend: 'learn' | 'conntrack';
  readonly terms: Terms;
  /** Seconds in which running sessions are taken up after a restart. */
  readonly recovery: number;
}

/**
 * Cases on two real hypervisors, with a real controller that is told of them by Neutron's API. All are played at once:
 * each has networks of its own, and its ports are subports of three VMs, so that three interfaces serve hundreds.
 */
export class RealWorld {
  readonly cloud: Cloud;
  readonly #carriers: readonly Carrier[];
  readonly #places = new Map<
    CaseResources,
    Map<string, { readonly carrier: Carrier; readonly vlan: number }>
  >();
  readonly #sent: Sent[] = [];
  readonly #quiet: Coalesced;
  readonly #caughtUp: Coalesced;

  private constructor(cloud: Cloud, carriers: readonly Carrier[]) {
    this.cloud = cloud;
    this.#carriers = carriers;
    this.#quiet = new Coalesced(async () => {
      await cloud.lab.quiet();
      // What was refused just before is cached, and an answer to the same question too soon would be as well
      // (first-answers.test.ts measures that).
      await Promise.all(cloud.hypervisors.map((hypervisor) => hypervisor.appctl('revalidator/wait')));
    });
    this.#caughtUp = new Coalesced(() => cloud.caughtUp());
  }

  static async create({ backend, terms, recovery }: RealOptions): Promise<RealWorld> {
    const { idle, idleAfterEnd } = terms;
    const timeouts = `tcp:${idle.tcp},tcp-closing:${idleAfterEnd},other:${idle.other}`;
    const quotas = 'network:-1,subnet:-1,port:-1,security_group:-1,security_group_rule:-1,trunk:-1';
    const args = [
      ...['--firewall-timeouts', timeouts, '--firewall-recovery', `${recovery}`],
      ...['--quotas', quotas],
    ];
    const cloud = await Cloud.create(2, { 'tenantflow-firewall': backend }, { args });
    const network = await cloud.network('carriers');
    const carriers: Carrier[] = [];
    for (const number of [1, 2, 3]) {
      const parent = await cloud.createPort(network, number, {
        port_security_enabled: false,
        security_groups: [],
      });
      const vm = await cloud.createVm(number);
      carriers.push({ vm, parent, ports: [] });
    }
    return new RealWorld(cloud, carriers);
  }

  /** Plays all cases at once; for each what came otherwise than it says, by line. */
  async play(cases: readonly Case[]): Promise<ReadonlyMap<Case, readonly string[]>> {
    const { rest } = this.cloud.controller;
    const made = cases.map((each, at) => new CaseResources(each, rest, `case ${at}`));
    await inTurns(made, 8, (resources) => resources.make());
    for (const resources of made) this.#place(resources);
    await this.#plugAll();
    for (const carrier of this.#carriers) carrier.capture = await carrier.vm.capture();
    const restarting = cases.filter(hasRestart);
    const restarts = new Meeting(restarting.length);
    const played = new Map<Case, readonly Sent[]>();
    // Nobody else may be about something while the switches are away.
    for (const together of [cases.filter((each) => !hasRestart(each)), restarting])
      await Promise.all(
        together.map(async (each) => {
          const resources = made[cases.indexOf(each)];
          if (resources) played.set(each, await this.#playOne(each, resources, restarts));
        }),
      );
    await this.#quiet.done();
    for (const { capture, ports } of this.#carriers)
      for (const frame of (await capture?.finish()) ?? []) this.#see(frame, ports);
    return new Map(cases.map((each) => [each, differences(each, played.get(each) ?? [])]));
  }

  async #playOne(each: Case, resources: CaseResources, restarts: Meeting): Promise<readonly Sent[]> {
    const all: Sent[] = [];
    for (const step of each.steps.slice(startOf(each).length)) {
      if (step.step === 'send') all.push(await this.#send(step, resources));
      else await this.#apply(step, resources, restarts);
    }
    return all;
  }

  async #send(step: Extract<Step, { step: 'send' }>, resources: CaseResources): Promise<Sent> {
    const place = this.#places.get(resources)?.get(step.send.from.text);
    if (!place) throw new Error(`port ${step.send.from.text} has no place`);
    const sent: Sent = { line: step.line, expected: step.expected, got: new Set() };
    const mark = this.#sent.push(sent) - 1;
    await place.carrier.vm.send(frameFor(step.send, mark, place.vlan));
    await this.#quiet.done();
    return sent;
  }

  async #apply(
    step: Exclude<Step, { step: 'send' }>,
    resources: CaseResources,
    restarts: Meeting,
  ): Promise<void> {
    switch (step.step) {
      case 'wait':
        await sleep(step.seconds * 1000);
        return;
      case 'restart':
        await restarts.hold(() => this.#restart());
        return;
      case 'recovered':
        await waitFor(async () => (await this.#recovering()) === 0, {
          what: 'no session to be taken up any more',
          timeoutMs: 120_000,
        });
        break;
      case 'plug':
      case 'unplug':
        await this.#changeTrunk(step.step === 'plug' ? 'add' : 'remove', step.port, resources);
        break;
      default:
        resources.topology.apply(step);
        await resources.settle();
    }
    await this.#caughtUp.done();
  }

  async #restart(): Promise<void> {
    for (const hypervisor of this.cloud.hypervisors) await hypervisor.restart();
    await waitFor(async () => (await this.#recovering()) > 0, { what: 'sessions to be taken up' });
    await this.#caughtUp.done();
    await this.cloud.lab.warmUp();
  }

  /** Seconds in which sessions are taken up still, of the switch that does so longest. */
  async #recovering(): Promise<number> {
    const rows = (await this.cloud.controller.rest.request('GET', '/v1/switches')) as readonly {
      readonly recovering: number;
    }[];
    return Math.max(...rows.map(({ recovering }) => recovering));
  }

  #place(resources: CaseResources): void {
    const places = new Map<string, { readonly carrier: Carrier; readonly vlan: number }>();
    this.#places.set(resources, places);
    for (const name of resources.ports) {
      const carrier = this.#carriers[name.isFar ? 2 : name.number % 2];
      if (!carrier) throw new Error('there is no carrier');
      places.set(name.text, { carrier, vlan: carrier.ports.push({ resources, name }) });
    }
  }

  async #plugAll(): Promise<void> {
    const { rest } = this.cloud.controller;
    for (const [at, carrier] of this.#carriers.entries()) {
      carrier.trunk = await rest.create('trunk', {
        port_id: carrier.parent.id,
        sub_ports: carrier.ports.map(({ resources, name }, index) =>
          subPort(resources.portId(name), index + 1),
        ),
      });
      await this.cloud.hypervisor(at === 2 ? 2 : 1).plug(carrier.vm, carrier.parent.id);
      // Nothing of the kernel's own may come between.
      await carrier.vm.exec(['sysctl', '-qw', 'net.ipv6.conf.v0.disable_ipv6=1']);
    }
    for (const { trunk } of this.#carriers)
      await waitFor(async () => trunk && (await rest.show('trunk', trunk.id)).status === 'ACTIVE', {
        what: 'a trunk to be ACTIVE',
        timeoutMs: 120_000,
      });
    await waitFor(async () => (await this.#recovering()) === 0, {
      what: 'no session to be taken up any more',
      timeoutMs: 120_000,
    });
    await this.#caughtUp.done();
  }

  async #changeTrunk(verb: 'add' | 'remove', name: PortName, resources: CaseResources): Promise<void> {
    const place = this.#places.get(resources)?.get(name.text);
    if (!place?.carrier.trunk) throw new Error(`port ${name.text} has no place`);
    const id = resources.portId(name);
    const subPorts = [verb === 'add' ? subPort(id, place.vlan) : { port_id: id }];
    const path = `/v2.0/trunks/${place.carrier.trunk.id}/${verb}_subports`;
    await this.cloud.controller.rest.request('PUT', path, { sub_ports: subPorts });
  }

  #see(frame: Uint8Array, ports: Carrier['ports']): void {
    const mark = markOf(frame);
    const sent = mark === undefined ? undefined : this.#sent[mark];
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    const isTagged = view.getUint16(12) === 0x8100;
    const port = isTagged ? ports[(view.getUint16(14) & 0xfff) - 1] : undefined;
    sent?.got.add(port?.name.text ?? 'somebody else');
  }
}

/** All who are to hold come together; then the work is done, once. */
class Meeting {
  readonly #size: number;
  readonly #waiting: (() => void)[] = [];
  #work: Promise<void> | undefined;

  constructor(size: number) {
    this.#size = size;
  }

  async hold(work: () => Promise<void>): Promise<void> {
    if (this.#waiting.length + 1 < this.#size)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#work ??= work();
    for (const go of this.#waiting.splice(0)) go();
    await this.#work;
  }
}

function hasRestart({ steps }: Case): boolean {
  return steps.some(({ step }) => step === 'restart');
}

function subPort(portId: string, vlan: number): object {
  return { port_id: portId, segmentation_type: 'vlan', segmentation_id: vlan };
}

function differences(each: Case, sent: readonly Sent[]): readonly string[] {
  return sent.flatMap(({ line, expected, got }) => {
    const [seen, wanted] = [[...got].sort().join(' '), expected.join(' ')];
    return seen === wanted
      ? []
      : [`${each.file}:${line}: got by ${seen || 'nobody'}, not ${wanted || 'nobody'}`];
  });
}

/** Does it with all, so many at a time. */
async function inTurns<T>(all: readonly T[], width: number, work: (each: T) => Promise<void>): Promise<void> {
  const rest = all.values();
  const one = async () => {
    for (const each of rest) await work(each);
  };
  await Promise.all(Array.from({ length: width }, one));
}

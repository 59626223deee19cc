import type { Firewall } from '#apps';
import type { Outcome, Output, Packet } from '#pipeline/simulator';
import type { OtherSending, PortName, Sending, Step } from './case.ts';
import { CaseFacts, Keys, macOf, type Plugs } from './facts.ts';
import { arpFrame, experimentFrame, frameOf, groupMacOf } from './frame.ts';
import type { Terms } from './learned-memory.ts';
import { addressOf } from './parse-packet.ts';
import { SimulatedSwitch } from './simulated-switch.ts';
import { Topology, type World } from './topology.ts';

const TUNNEL = 65_001;
/** 172.31.0.1 and .2. */
const ENDS = [0xac1f0001n, 0xac1f0002n] as const;

/** How connections are remembered. */
export interface Remembering extends Terms {
  readonly backend: Firewall['backend'];
}

/** A case on two simulated switches with a tunnel between them. */
export class SimulatedWorld implements World {
  readonly #topology: Topology;
  readonly #facts: CaseFacts;
  readonly #backend: Firewall['backend'];
  /** The first one, and the second where a port is on it. */
  readonly #switches: readonly SimulatedSwitch[];
  readonly #ofports = new Keys();
  readonly #names = new Map<string, string>();
  #isRecovering = false;
  #now = 0;
  #marks = 0;
  #isStarted = false;
  #way: { readonly each: SimulatedSwitch; readonly outcome: Outcome }[] = [];

  constructor(ports: readonly PortName[], { backend, idle, idleAfterEnd }: Remembering) {
    this.#topology = new Topology(ports);
    this.#backend = backend;
    const ends = ports.some(({ isFar }) => isFar) ? ENDS : ENDS.slice(0, 1);
    this.#switches = ends.map((end) => new SimulatedSwitch(TUNNEL, Number(end)));
    const place = (port: PortName) => ({ ofport: this.#ofports.of(port.text) });
    const plugs: Plugs = {
      place,
      memory: (port) =>
        backend === 'learn'
          ? { backend, timeouts: { ...idle, tcpClosing: idleAfterEnd } }
          : { backend, zone: place(port).ofport },
      tunnel: TUNNEL,
      ends: ENDS,
    };
    this.#facts = new CaseFacts(this.#topology, plugs, new Keys());
    for (const port of ports) this.#names.set(`${port.isFar} ${place(port).ofport}`, port.text);
  }

  apply(step: Exclude<Step, { step: 'send' }>): void {
    this.#topology.apply(step);
    if (step.step === 'wait') this.#now += step.seconds * 1000;
    if (step.step === 'restart') for (const each of this.#switches) each.restart();
    if (step.step === 'restart' || step.step === 'recovered') this.#isRecovering = step.step === 'restart';
    // What is there before the first packet comes at once.
    if (this.#isStarted) this.#update();
  }

  send(sending: Sending | OtherSending): readonly string[] {
    if (!this.#isStarted) this.#update();
    this.#isStarted = true;
    const { from } = sending;
    this.#way = [];
    const inPort = this.#ofports.of(from.text);
    return this.#through(from.isFar, { inPort, bytes: frameFor(sending, ++this.#marks) }).sort();
  }

  /** The way of the last packet, look-up by look-up. */
  explain(): string {
    return this.#way.map(({ each, outcome }) => each.explain(outcome)).join('');
  }

  #through(isFar: boolean, packet: Packet): string[] {
    const each = this.#switches[isFar ? 1 : 0];
    const outcome = each?.send(packet, this.#now);
    if (!each || !outcome) return [];
    this.#way.push({ each, outcome });
    return outcome.outputs.flatMap((output) => this.#arrive(isFar, output));
  }

  #arrive(isFar: boolean, { port, bytes, tunnel }: Output): string[] {
    if (!tunnel) return [this.#names.get(`${isFar} ${port}`) ?? `port ${port}`];
    const ends = { src: Number(ENDS[isFar ? 1 : 0]), dst: tunnel.dst ?? 0 };
    return this.#through(!isFar, { inPort: TUNNEL, bytes, tunnel: { id: tunnel.id ?? 0n, ...ends } });
  }

  #update(): void {
    const firewall = { backend: this.#backend, ...(this.#isRecovering && { recovering: true as const }) };
    for (const [at, each] of this.#switches.entries())
      each.update(this.#facts.of(at === 1, firewall), this.#now);
  }
}

/** The frame of what is sent, with `mark` in it. */
export function frameFor(sending: Sending | OtherSending, mark: number, vlan?: number): Uint8Array {
  const { from, to } = sending;
  const tag = vlan === undefined ? {} : { vlan };
  const target = to ? macOf(to) : 'other' in sending ? 0xffffffffffffn : groupMacOf(sending.packet);
  const options = { sourceMac: macOf(from), targetMac: target, ...tag };
  if (!('other' in sending))
    return frameOf(sending.packet, mark, { ...options, ...(sending.quoted && { quoted: sending.quoted }) });
  return sending.other === 'arp'
    ? arpFrame(addressOf(from.number, 4), mark, options)
    : experimentFrame(mark, options);
}

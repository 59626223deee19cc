import { decodeMatch, flowMod } from 'openflow-codec';
import { type AnyFact, edgePipeline } from '#apps';
import { formerGuestsBy } from '#controller/reconciler/install/former-guests';
import { type Flow, sameContent } from '#pipeline';
import { explain, type Outcome, type Packet, Simulator } from '#pipeline/simulator';

const PIPELINE = edgePipeline();
const nameOf = (table: number) => PIPELINE.layout.nameOf(table);

/** One switch in the simulator, whose flows follow facts: what stays equal is left alone. */
export class SimulatedSwitch {
  readonly #tunnel: number;
  readonly #end: number;
  #simulator: Simulator;
  /** The flows of each fact, by what it says. */
  #compiled = new Map<string, readonly Flow[]>();
  #facts: readonly AnyFact[] = [];
  #keys = new Set<string>();

  /** With a tunnel port, and its address. */
  constructor(tunnel: number, end: number) {
    this.#tunnel = tunnel;
    this.#end = end;
    this.#simulator = this.#fresh();
  }

  /** All flows and all that was learned are lost. */
  restart(): void {
    this.#simulator = this.#fresh();
  }

  /** Brings the flows to what these facts ask for, at `now` (milliseconds). */
  update(facts: readonly AnyFact[], now: number): void {
    const before = this.#compiled;
    const compiled = new Map<string, readonly Flow[]>();
    for (const fact of facts) {
      const text = textOf(fact);
      compiled.set(text, before.get(text) ?? PIPELINE.compile(fact));
    }
    this.#compiled = compiled;
    for (const each of formerGuestsBy({ gone: this.#facts, come: facts }))
      if ('zone' in each) this.#simulator.flushZone(each.zone);
    this.#facts = facts;
    const gone = new Map<string, Flow>();
    for (const [text, flows] of before)
      if (!compiled.has(text)) for (const flow of flows) gone.set(flow.key, flow);
    this.#simulator.expire(now);
    for (const [text, flows] of compiled) {
      if (before.has(text)) continue;
      for (const flow of flows) {
        const old = gone.get(flow.key);
        if (!gone.delete(flow.key) && this.#keys.has(flow.key))
          throw new Error(`a second fact has this flow: ${text}`);
        this.#keys.add(flow.key);
        if (!old || !sameContent(old, flow)) this.#simulator.load([flow]);
      }
    }
    for (const { key, tableId, priority, match } of gone.values()) {
      this.#keys.delete(key);
      const mod = { command: 'deleteStrict', tableId, priority, match: decodeMatch(match) } as const;
      this.#simulator.flowMod(flowMod(mod), now);
    }
  }

  send(packet: Packet, now: number): Outcome {
    return this.#simulator.send(packet, now);
  }

  /** A packet's way as text. */
  explain(outcome: Outcome): string {
    return explain(outcome, nameOf);
  }

  #fresh(): Simulator {
    this.#compiled = new Map();
    this.#facts = [];
    this.#keys = new Set();
    const tunnelPorts = new Map([[this.#tunnel, { address: this.#end }]]);
    const simulator = new Simulator({ tunnelPorts, fragments: 'nx-match' });
    simulator.load(PIPELINE.base);
    return simulator;
  }
}

function textOf(fact: AnyFact): string {
  return JSON.stringify(fact, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
}

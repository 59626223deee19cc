import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { AnyFact } from '#apps';
import type { FactDelta } from '#controller/model/fact-delta';
import { Model } from '#controller/model/model';
import { chassisRecord, networkRecord, portRecord } from '#controller/model/model-fixture';
import { sampleVif } from '#controller/store/sample-records';
import type { Change } from '#controller/store/store';
import { Derivation } from './derivation.ts';

const HOSTS = Array.from({ length: 10 }, (_, at) => `hv${at + 1}`);

describe('Derivation', () => {
  it('takes a commit in at once, and tells in the next turn what follows from it, when that is little', async () => {
    const { derivation, told, taken, done } = derivationOf(() => 0);
    derivation.add({ revision: 1, changes: [...cloud(), ...plugged(2)] });
    expect([taken, told]).toEqual([[1], []]);
    expect(HOSTS.map((id) => derivation.upTo(id))).toEqual(HOSTS.map(() => undefined));
    await setImmediate();
    expect(new Set(told.map(({ id }) => id))).toEqual(new Set(HOSTS));
    expect(HOSTS.map((id) => derivation.upTo(id))).toEqual(HOSTS.map(() => 1));
    expect(taken).toEqual([1]);
    expect(done).toEqual([0]);
  });

  it('takes a burst in by turns, before facts follow from any of it, and derives by turns', async () => {
    const { derivation, model, told, taken, done, factsOf } = derivationOf();
    derivation.add({ revision: 1, changes: cloud() });
    await times(1, done);
    told.splice(0);
    const before = taken.length;
    derivation.add({ revision: 2, changes: plugged(3_000) });
    derivation.add({ revision: 3, changes: [put('networks', networkRecord('other', 2))] });
    expect(told).toEqual([]);
    let turns = 0;
    for (; taken.at(-1) !== 3; turns++) {
      expect([told, derivation.upTo('stranger')]).toEqual([[], 1]);
      await setImmediate();
    }
    expect(turns).toBeGreaterThan(2);
    expect(taken.slice(before)).toEqual([...Array<number>(taken.length - before - 1).fill(2), 3]);
    for (turns = 0; HOSTS.some((id) => model.isDue(id)); turns++) {
      for (const id of HOSTS) expect(derivation.upTo(id)).toBe(model.isDue(id) ? undefined : 3);
      await setImmediate();
    }
    expect(turns).toBeGreaterThan(10);
    const whole = new Model();
    whole.apply([...cloud(), ...plugged(3_000)]);
    for (const id of HOSTS) expect(texts(factsOf(id))).toEqual(texts(whole.facts(id)));
  });

  it('tells first of what has come last', async () => {
    const { derivation, model, told, done } = derivationOf();
    derivation.add({ revision: 1, changes: [...cloud(), ...plugged(3_000)] });
    // All of it is in, and hardly any derived.
    while (told.length === 0) await setImmediate();
    told.splice(0);
    const late = [put('ports', portRecord('late', 9_999, 'net')), put('vifs', sampleVif('hv7', 'late'))];
    derivation.add({ revision: 2, changes: late });
    const knowsIt = (id: string) =>
      told.some((each) => each.id === id && each.delta.come.some(({ key }) => key === 9_999));
    while (!HOSTS.every(knowsIt)) await setImmediate();
    expect(HOSTS.filter((id) => model.isDue(id))).toEqual(HOSTS);
    // What it stands on may be among the rest.
    expect(derivation.upTo('hv7')).toBe(undefined);
    await times(1, done);
    expect(derivation.upTo('hv7')).toBe(2);
  });

  it('tells when nothing is due any more, though nothing has changed by that', async () => {
    const { derivation, model, told } = derivationOf(() => 0);
    derivation.add({ revision: 1, changes: [...cloud(), ...plugged(2)] });
    await setImmediate();
    told.splice(0);
    model.setRecovering('hv3', undefined, true);
    derivation.begin();
    await setImmediate();
    expect(told).toEqual([{ id: 'hv3', delta: { gone: [], come: [] } }]);
  });
});

/** A derivation on a clock of which each look costs a millisecond, and what it has told. */
function derivationOf(now: () => number = ticking()) {
  const model = new Model();
  const told: { id: string; delta: FactDelta }[] = [];
  const taken: number[] = [];
  const done: number[] = [];
  const facts = new Map(HOSTS.map((id) => [id, new Set<AnyFact>()]));
  const derivation = new Derivation({
    model,
    revision: 0,
    onTaken: (_, revision) => taken.push(revision),
    onFacts: (id, delta) => {
      told.push({ id, delta });
      for (const fact of delta.gone) expect(facts.get(id)?.delete(fact)).toBe(true);
      for (const fact of delta.come) facts.get(id)?.add(fact);
    },
    onDone: (seconds) => done.push(seconds),
    now,
  });
  return { derivation, model, told, taken, done, factsOf: (id: string) => facts.get(id) ?? [] };
}

function ticking(): () => number {
  let ms = 0;
  return () => ms++;
}

async function times(count: number, done: readonly unknown[]): Promise<void> {
  while (done.length < count) await setImmediate();
}

/** A network, and hypervisors that are nobody's home yet. */
function cloud(): readonly Change[] {
  const chassis = HOSTS.map((id, at) =>
    put('chassis', chassisRecord(id, at + 1, { tunnelPorts: { vxlan: 1 } })),
  );
  return [put('networks', networkRecord('net', 1)), ...chassis];
}

/** So many ports of it, on all hypervisors in turn. */
function plugged(count: number): readonly Change[] {
  return Array.from({ length: Math.max(count, HOSTS.length) }, (_, at) => [
    put('ports', portRecord(`port${at}`, at + 1, 'net')),
    put('vifs', sampleVif(HOSTS[at % HOSTS.length] ?? '', `port${at}`)),
  ]).flat();
}

function put(collection: Change['collection'], after: { readonly id: string }): Change {
  return { collection, id: after.id, after } as Change;
}

function texts(facts: Iterable<AnyFact>): readonly string[] {
  return Array.from(facts, (fact) => inspect(fact, { depth: null })).sort();
}

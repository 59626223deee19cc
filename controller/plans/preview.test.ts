import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { type AnyFact, edgePipeline } from '#apps';
import { Model } from '#controller/model/model';
import { chassisRecord, networkRecord, portRecord } from '#controller/model/model-fixture';
import { Derivation } from '#controller/reconciler/desired/derivation';
import { sampleVif } from '#controller/store/sample-records';
import type { Change } from '#controller/store/store';
import { printFlow } from '#pipeline';
import type { SwitchPlan } from './plans.ts';
import { previewBy } from './preview.ts';

const HOSTS = ['hv1', 'hv2', 'hv3', 'hv4'];
const PORTS = 24;

/** So many ports of one network, in turn on all hypervisors. */
const world = (count = PORTS): Change[] => [
  put('networks', networkRecord('net', 1)),
  ...HOSTS.map((id, at) => put('chassis', chassisRecord(id, at + 1, { tunnelPorts: { vxlan: 65_001 } }))),
  ...Array.from({ length: count }, (_, at) => put('ports', portRecord(`p${at}`, at + 1, 'net'))),
  ...Array.from({ length: count }, (_, at) =>
    put('vifs', sampleVif(HOSTS[at % HOSTS.length] ?? '', `p${at}`, { ofport: at + 1 })),
  ),
];
/** One port is gone, one has another address, and a network and ports come. */
const changes: readonly Change[] = [
  { collection: 'ports', id: 'p0' } as Change,
  put('ports', portRecord('p1', 2, 'net', { macAddress: 'fa:16:3e:99:99:99' })),
  put('networks', networkRecord('new', 2)),
  ...[40, 41].map((key) => put('ports', portRecord(`p${key}`, key, 'new'))),
  ...[40, 41].map((key) => put('vifs', sampleVif(HOSTS[key % 2] ?? '', `p${key}`, { ofport: key }))),
];

function modelOf(...parts: readonly (readonly Change[])[]): Model {
  const model = new Model();
  for (const part of parts) model.apply(part);
  return model;
}

it('tells what the flows of all switches differ in before and after', async () => {
  const pipeline = edgePipeline();
  const plans = await previewBy(modelOf(world()), pipeline)(() => changes);
  const [before, after] = [modelOf(world()), modelOf(world(), changes)];
  const texts = (model: Model, id: string) =>
    new Set(
      [...model.facts(id)].flatMap((fact) =>
        pipeline.compile(fact).map((flow) => printFlow(flow, pipeline.layout)),
      ),
    );
  expect(plans.map(({ id }) => id)).toEqual(HOSTS);
  for (const { id, added, changed, deleted, problems, omitted } of plans) {
    const [old, now] = [texts(before, id), texts(after, id)];
    const come = [...added, ...changed.map(({ to }) => to)].sort();
    const gone = [...deleted, ...changed.map(({ from }) => from)].sort();
    expect(come).toEqual([...now].filter((text) => !old.has(text)).sort());
    expect(gone).toEqual([...old].filter((text) => !now.has(text)).sort());
    expect([problems, omitted]).toEqual([[], 0]);
  }
});

describe('a burst that is under way', () => {
  const COUNT = 1_000;
  const down: readonly Change[] = [put('networks', networkRecord('net', 1, { adminStateUp: false }))];

  /** A burst of ports of which few things are derived in each turn, and none yet. */
  function burst() {
    const model = new Model();
    let ms = 0;
    const derivation = new Derivation({
      model,
      revision: 0,
      onTaken: () => undefined,
      onFacts: () => undefined,
      now: () => ms++,
    });
    derivation.add({ revision: 1, changes: world(COUNT) });
    return { model, derivation, takenIn: () => derivation.takenIn(1) };
  }

  it('is no part of what is told, and goes on meanwhile', async () => {
    const pipeline = edgePipeline();
    const { model, takenIn } = burst();
    const plans = await previewBy(model, pipeline, { takenIn, mostLines: 1e6 })(() => down);
    const quiet = await previewBy(modelOf(world(COUNT)), pipeline, { mostLines: 1e6 })(() => down);
    expect(plans).toEqual(quiet);
    expect(plans.map(({ id }) => id)).toEqual(HOSTS);
    expect(plans.every(({ added, deleted }) => added.length < COUNT && deleted.length > COUNT)).toBe(true);
    expect(model.isAnyDue).toBe(false);
  });

  it('is waited for where it goes on after the request', async () => {
    const pipeline = edgePipeline();
    const { model, derivation, takenIn } = burst();
    await takenIn();
    const plans = previewBy(model, pipeline, { takenIn, mostLines: 1e6 })(() => down);
    await setImmediate();
    expect(model.isAnyDue).toBe(true);
    const late = [put('chassis', chassisRecord('hv5', 5, { tunnelPorts: { vxlan: 65_001 } }))];
    late.push(put('vifs', sampleVif('hv5', 'p0', { ofport: 1, claim: 2 })));
    derivation.add({ revision: 2, changes: late });
    const quiet = await previewBy(modelOf(world(COUNT), late), pipeline, { mostLines: 1e6 })(() => down);
    expect((await plans).map(({ id }) => id)).toEqual([...HOSTS, 'hv5']);
    expect(await plans).toEqual(quiet);
  });

  it('may be a part of it when it takes too long, which is said', async () => {
    const { model, takenIn } = burst();
    const plans = await previewBy(model, edgePipeline(), { takenIn, patienceMs: 0 })(() => down);
    expect(plans[0]?.problems).toEqual([
      expect.stringMatching(/^what was changed before was still being worked out/),
    ]);
  });
});

it('leaves out switches whose flows are too many, and counts them', async () => {
  const count = ({ added, changed, deleted }: SwitchPlan) =>
    added.length + 2 * changed.length + deleted.length;
  const whole = await previewBy(modelOf(world()), edgePipeline())(() => changes);
  const first = whole[0] as SwitchPlan;
  const bounded = await previewBy(modelOf(world()), edgePipeline(), { mostLines: count(first) })(
    () => changes,
  );
  expect(bounded[0]).toEqual(first);
  expect(bounded.slice(1).map(({ id, added, omitted }) => [id, added, omitted])).toEqual(
    whole.slice(1).map((each) => [each.id, [], count(each)]),
  );
});

it('compiles a fact that many switches have once', async () => {
  const pipeline = edgePipeline();
  const compile = vi.spyOn(pipeline, 'compile');
  const down = networkRecord('net', 1, { adminStateUp: false });
  const model = modelOf(world());
  await previewBy(model, pipeline)(() => [put('networks', down)]);
  const compiled = (kind: AnyFact['kind']) =>
    compile.mock.calls.filter(([fact]) => fact.kind === kind).length;
  expect(compiled('remotePort')).toBe(PORTS);
  expect(compiled('localPort')).toBe(PORTS);
});

it('says which facts make no flows, and why', async () => {
  const broken = put('ports', portRecord('p0', 2 ** 32, 'net'));
  const [first] = await previewBy(modelOf(world()), edgePipeline())(() => [broken]);
  expect(first?.problems).toContainEqual(expect.stringMatching(/^localPort 4294967296: /));
});

function put(collection: Change['collection'], after: { readonly id: string }): Change {
  return { collection, id: after.id, after } as Change;
}

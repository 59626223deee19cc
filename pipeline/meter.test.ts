import { METER } from 'openflow-codec';
import { describe, expect, it } from 'vitest';
import {
  defineApp,
  defineTable,
  type Emit,
  type Flow,
  isOurMeter,
  meterOf,
  Pipeline,
  PipelineError,
} from '#pipeline';

interface Limit {
  readonly kind: 'limit';
  readonly key: number;
  readonly rate?: number;
}
type Facts = { readonly limit: Limit };
const table = defineTable({ name: 'here', stage: 'guard', match: ['ingress'], miss: 'next', doc: 'Limits.' });
const app = defineApp<Facts>({
  name: 'limits',
  number: 1,
  doc: 'Limits packets.',
  owns: [table],
  uses: [],
  drops: { 'too-many': 'More than it may.' },
  meters: {
    drop: 'too-many',
    rates: { limit: ({ rate }) => (rate ? { rate, burst: 2 * rate } : undefined) },
  },
  compile: { limit: ({ key }, emit) => emit(table, 1).when('ingress', key).meter().goto('forward') },
});
const pipeline = new Pipeline<Facts>([app], { limit: 1 });
const code = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    if (error instanceof PipelineError) return error.code;
    throw error;
  }
  return 'nothing';
};

describe('a meter', () => {
  it('is that of the fact whose flows go through it', () => {
    const fact = { kind: 'limit', key: 5, rate: 10 } as const;
    const [meter] = pipeline.metersOf(fact);
    expect(meter).toMatchObject({ rate: 10, burst: 20 });
    const [flow] = pipeline.compile(fact);
    expect(meterOf(flow as Flow)).toBe(meter?.number);
    expect(isOurMeter(meter?.number ?? 0)).toBe(true);
    expect(pipeline.causeOfMeter(meter?.number ?? 0)).toEqual({ app: 'limits', kind: 'limit', key: 5 });
    expect(pipeline.base.map(meterOf)).toEqual(pipeline.base.map(() => undefined));
    expect(pipeline.meterDropOf(meter?.number ?? 0)).toEqual({
      app: 'limits',
      name: 'too-many',
      doc: 'More than it may.',
    });
  });

  it('belongs to its app and fact alone', () => {
    const other = { ...app, name: 'other', number: 254, owns: [], compile: {} };
    const both = new Pipeline<Facts>([app, other], { limit: 1 });
    const numbers = [0, 1, 2 ** 24 - 1].flatMap((key) =>
      both.metersOf({ kind: 'limit', key, rate: 1 }).map(({ number }) => number),
    );
    expect(new Set(numbers).size).toBe(6);
    expect(numbers.map((number) => both.causeOfMeter(number)?.app)).toEqual(
      [0, 1, 2].flatMap(() => ['limits', 'other']),
    );
    expect(numbers.every(isOurMeter)).toBe(true);
    expect([1, 262_144, 0xffff0000].some(isOurMeter)).toBe(false);
  });

  it('is refused where there is none, where keys are too long, and without a reason', () => {
    expect(code(() => pipeline.compile({ kind: 'limit', key: 5 }))).toBe('PIPE_METER');
    expect(code(() => pipeline.compile({ kind: 'limit', key: 2 ** 24, rate: 1 }))).toBe('PIPE_METER');
    for (const rate of [-1, 0.5, 2 ** 32])
      expect(code(() => pipeline.metersOf({ kind: 'limit', key: 5, rate }))).toBe('PIPE_METER');
    const nameless = { ...app, drops: {} };
    expect(code(() => new Pipeline<Facts>([nameless], { limit: 1 }))).toBe('PIPE_METER');
  });

  it('comes before a drop that would hide it', () => {
    const hiding = {
      ...app,
      compile: {
        limit: (_: Limit, emit: Parameters<NonNullable<typeof app.compile.limit>>[1]) =>
          emit(table, 1).meter().drop(),
      },
    };
    expect(
      code(() => new Pipeline<Facts>([hiding], { limit: 1 }).compile({ kind: 'limit', key: 1, rate: 1 })),
    ).toBe('PIPE_ACTION_AFTER_END');
  });
});

describe('what the controller is shown', () => {
  const shown = defineTable({
    ...{
      name: 'shown',
      stage: 'guard',
      match: ['shown', 'ingress'],
      lookUps: 1,
      miss: 'drop',
      doc: 'Drops.',
    },
  });
  const showing = defineApp<Facts>({
    ...{ name: 'showing', number: 2, doc: 'Shows packets.', owns: [shown], uses: [] },
    meters: {
      ofController: true,
      rates: { limit: ({ rate }) => (rate ? { rate, burst: rate } : undefined) },
    },
    compile: { limit: (_, emit) => emit(shown, 1).show('shown') },
  });
  const both = new Pipeline<Facts>([showing, app], { limit: 1 });

  it('goes through the meter of the controller, which is the fact’s', () => {
    const fact = { kind: 'limit', key: 0, rate: 10 } as const;
    const numbers = both.metersOf(fact).map(({ number }) => number);
    expect(numbers).toContain(METER.controller);
    expect(both.compile(fact).map(meterOf)).toContain(METER.controller);
    expect(isOurMeter(METER.controller)).toBe(true);
    expect(both.causeOfMeter(METER.controller)).toEqual({ app: 'showing', kind: 'limit', key: 0 });
    // It drops nothing that is not dropped anyway.
    expect(both.meterDropOf(METER.controller)).toBeUndefined();
  });

  it('is refused without one, and without room for the look-up', () => {
    const alone = new Pipeline<Facts>([showing], { limit: 1 });
    expect(code(() => alone.compile({ kind: 'limit', key: 0 }))).toBe('PIPE_METER');
    expect(code(() => alone.compile({ kind: 'limit', key: 0, rate: 2 ** 32 }))).toBe('PIPE_METER');
    const narrow = { ...shown, lookUps: 0 };
    const tight = {
      ...showing,
      owns: [narrow],
      compile: { limit: (_: Limit, emit: Emit) => emit(narrow, 1).show('shown') },
    };
    expect(
      code(() => new Pipeline<Facts>([tight], { limit: 1 }).compile({ kind: 'limit', key: 0, rate: 1 })),
    ).toBe('PIPE_BUDGET');
    const wrong = { ...showing, compile: { limit: (_: Limit, emit: Emit) => emit(shown, 1).meter().drop() } };
    expect(
      code(() => new Pipeline<Facts>([wrong], { limit: 1 }).compile({ kind: 'limit', key: 0, rate: 1 })),
    ).toBe('PIPE_METER');
  });
});

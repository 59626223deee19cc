import { decodeInstructions, decodeMatch, type FieldName } from 'openflow-codec';
import { describe, expect, it } from 'vitest';
import type { App, Emit } from './app.ts';
import { parseCookie } from './cookie.ts';
import { Pipeline } from './pipeline.ts';
import { band } from './priority.ts';
import { checkRegisters, registers, regs } from './registers.ts';
import { BRANCHES_PER_FLOW, emitReplication } from './replicate.ts';
import { defineTable, edge } from './table.ts';
import {
  appThat,
  codeOf,
  compile,
  first,
  marks,
  RESUBMIT_AHEAD,
  second,
  type Things,
} from './things-fixture.ts';

describe('tables', () => {
  const { layout } = new Pipeline<Things>([appThat(() => {})], { thing: 3 });

  it('have ids by stage, with room for more in each', () => {
    const ids = layout.tables.map(({ id, table, owner }) => [id, table.name, owner]);
    expect(ids).toEqual([
      [0, 'admit', 'pipeline'],
      [16, 'first', 'test'],
      [17, 'second', 'test'],
      [64, 'forward', 'pipeline'],
      [96, 'deliver', 'pipeline'],
    ]);
  });

  it('are reached by stage, also when nobody lives there', () => {
    expect(layout.entry('guard')).toBe(16);
    expect(layout.entry('egressFirewall')).toBe(64);
    expect(
      codeOf(() => new Pipeline<Things>([appThat(() => {}), appThat(() => {}, { number: 8 })], { thing: 3 })),
    ).toBe('PIPE_TABLE_NAME');
  });

  it('of two apps in a stage have their turn one after the other', () => {
    const other = defineTable({ ...first, name: 'other' });
    const apps = [
      appThat((emit) => emit(first, 1).when('ingress', 1).goto('guard'), { owns: [first] }),
      appThat((emit) => emit(other, 1).when('ingress', 1).goto('guard'), {
        name: 'o',
        number: 8,
        owns: [other],
      }),
    ];
    const pipeline = new Pipeline<Things>(apps, { thing: 3 });
    const gotos = [...pipeline.base, ...pipeline.compile({ kind: 'thing', key: 1 })]
      .filter(({ tableId }) => tableId === 16 || tableId === 17)
      .map((flow) => [flow.tableId, flow.priority, decodeInstructions(flow.instructions)]);
    expect(gotos).toEqual([
      [16, 0, [{ instruction: 'goto_table', table: 17 }]],
      [17, 0, [{ instruction: 'goto_table', table: 64 }]],
      [16, 1, [{ instruction: 'goto_table', table: 17 }]],
      [17, 1, [{ instruction: 'goto_table', table: 64 }]],
    ]);
  });

  it('each have a flow for packets that nothing matches', () => {
    const { base } = new Pipeline<Things>([appThat(() => {})], { thing: 3 });
    const gotos = base.map((flow) => [flow.tableId, flow.priority, decodeInstructions(flow.instructions)]);
    expect(gotos).toEqual([
      [0, 0, []],
      [16, 0, [{ instruction: 'goto_table', table: 64 }]],
      [17, 0, []],
      [64, 0, []],
      [96, 0, []],
    ]);
    expect(base.map((flow) => parseCookie(flow.cookieHi, flow.cookieLo))).toContainEqual({
      app: 0,
      kind: 0,
      reason: 0,
      key: 64,
    });
  });
});

describe('a flow', () => {
  it('carries its app, kind and key in the cookie', () => {
    const [flow] = compile(
      (emit, { key }) => emit(first, band.exact).when('ingress', key).goto('forward'),
      0xfffffffe,
    );
    expect(flow && parseCookie(flow.cookieHi, flow.cookieLo)).toEqual({
      app: 7,
      kind: 3,
      reason: 0,
      key: 0xfffffffe,
    });
  });

  it('matches and sets registers by name', () => {
    const [flow] = compile((emit) =>
      emit(second, 5).when('network', 9).when('floodPart', 2).set(regs.fromFabric, 1).goto('forward'),
    );
    expect(flow && decodeMatch(flow.match)).toEqual(
      expect.arrayContaining([
        { field: 'metadata', value: 9n, mask: 0xffffffffn },
        { field: 'reg3', value: 2, mask: 0xffff },
      ]),
    );
    expect(flow && decodeInstructions(flow.instructions)).toEqual([
      {
        instruction: 'apply_actions',
        actions: [{ action: 'reg_load', to: { field: 'reg0', offset: 31, bits: 1 }, value: 1n }],
      },
      { instruction: 'goto_table', table: 64 },
    ]);
  });

  const mistakes: readonly [string, string, (emit: Emit) => void][] = [
    ['goes back', 'PIPE_GOTO_BACK', (emit) => emit(second, 1).goto(first)],
    ['goes to its own table', 'PIPE_GOTO_BACK', (emit) => emit(first, 1).goto(first)],
    ['has no end', 'PIPE_NO_END', (emit) => void emit(first, 1).when('ingress', 1)],
    ['goes on after its end', 'PIPE_ACTION_AFTER_END', (emit) => endTwice(emit)],
    ['acts and drops', 'PIPE_ACTION_AFTER_END', (emit) => emit(first, 1).set(regs.egress, 1).drop()],
    ['is in a table that the app does not use', 'PIPE_TABLE_FOREIGN', (emit) => emit(edge.deliver, 1).drop()],
    ['has the priority of a table miss', 'PIPE_PRIORITY', (emit) => emit(first, 0).drop()],
    ['has a priority too high', 'PIPE_PRIORITY', (emit) => emit(first, 65_536).drop()],
    [
      'sets more than a register holds',
      'PIPE_FIELD_VALUE',
      (emit) => emit(first, 1).set(regs.fromFabric, 2).drop(),
    ],
    [
      'matches more than a register holds',
      'PIPE_FIELD_VALUE',
      (emit) =>
        emit(first, 1)
          .when('ingress', 2 ** 32)
          .drop(),
    ],
    [
      'matches a field that the table does not declare',
      'PIPE_FIELD_UNDECLARED',
      // @ts-expect-error the table does not declare eth_dst
      (emit) => emit(first, 1).when('eth_dst', 1n).drop(),
    ],
    [
      'has copies that exceed the resubmit limit',
      'PIPE_BUDGET',
      (emit) => emit(second, 1).replicate(Array(2_100).fill({ set: [], to: 'forward' })),
    ],
    [
      'makes copies in a table that does not say so',
      'PIPE_REPLICATE',
      (emit) => emit(first, 1).replicate([{ set: [], to: 'forward' }]),
    ],
    [
      'looks up more on the side than its table says',
      'PIPE_BUDGET',
      (emit) => emit(first, 1).apply(RESUBMIT_AHEAD).goto('forward'),
    ],
    [
      'looks up an earlier table on the side',
      'PIPE_GOTO_BACK',
      (emit) =>
        emit(second, 1)
          .apply({ action: 'clone', actions: [{ ...RESUBMIT_AHEAD, table: 16 }] })
          .drop(),
    ],
    ['drops for a reason that is not declared', 'PIPE_DROP_REASON', (emit) => emit(first, 1).drop('dislike')],
    [
      'sets a register of nobody',
      'PIPE_REGISTER_FOREIGN',
      (emit) => emit(first, 1).set(marks.mark, 1).goto('forward'),
    ],
    [
      'matches a register of nobody',
      'PIPE_FIELD_UNDECLARED',
      (emit) => emit(first, 1).when(marks.mark, 1).drop(),
    ],
    [
      'is there twice',
      'PIPE_TWICE',
      (emit) => {
        emit(first, 5).when('ingress', 1).drop();
        emit(first, 5).when('ingress', 1).goto('forward');
      },
    ],
    [
      'comes from code that fails',
      'PIPE_APP_THREW',
      () => {
        throw new TypeError('undefined is not a function');
      },
    ],
  ];
  it.each(mistakes)('that %s is refused with %s', (_what, code, work) => {
    expect(codeOf(() => compile(work))).toBe(code);
  });

  it('of a fact whose key does not fit a cookie is refused', () => {
    expect(codeOf(() => compile((emit) => emit(first, 1).drop(), 2 ** 32))).toBe('PIPE_FACT_KEY');
  });
});

describe('emitReplication', () => {
  const branches = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ set: [[regs.egress, at]] as const, to: 'deliver' as const }));
  const parts = (count: number) =>
    compile((emit) =>
      emitReplication(emit, second, 1, (flow) => flow.when('network', 1), [], branches(count)),
    );

  it.each([0, 1, BRANCHES_PER_FLOW, BRANCHES_PER_FLOW + 1, 3 * BRANCHES_PER_FLOW])(
    'reaches each of %i once',
    (count) => {
      const egress: bigint[] = [];
      const nexts: bigint[] = [];
      for (const flow of parts(count)) {
        for (const instruction of decodeInstructions(flow.instructions)) {
          if (instruction.instruction !== 'apply_actions') continue;
          for (const clone of instruction.actions) {
            if (clone.action !== 'clone') continue;
            for (const action of clone.actions) {
              if (action.action !== 'reg_load') continue;
              if (action.to.field === 'reg2') egress.push(action.value);
              if (action.to.field === 'reg3') nexts.push(action.value);
            }
          }
        }
      }
      expect(egress).toEqual(branches(count).map((_, at) => BigInt(at)));
      expect(nexts).toEqual(
        Array.from({ length: Math.max(1, Math.ceil(count / BRANCHES_PER_FLOW)) - 1 }, (_, at) =>
          BigInt(at + 1),
        ),
      );
    },
  );

  it('refuses what one packet could not do', () => {
    expect(codeOf(() => parts(5_000))).toBe('PIPE_BUDGET');
  });
});

describe('registers', () => {
  const declare = (a: readonly [number, number], b: readonly [number, number], field: FieldName = 'reg5') =>
    codeOf(() => registers({ a: { in: field, bits: a, doc: '' }, b: { in: field, bits: b, doc: '' } }));

  it('may not share bits', () => {
    expect(declare([0, 15], [15, 16])).toBe('PIPE_REGISTER_OVERLAP');
    expect(declare([0, 15], [16, 31])).toBe('nothing thrown');
    const wide = registers({ wide: { in: 'xxreg1', bits: [32, 63], doc: '' } });
    expect(
      codeOf(() =>
        checkRegisters([
          wide.wide,
          ...Object.values(registers({ part: { in: 'reg6', bits: [0, 0], doc: '' } })),
        ]),
      ),
    ).toBe('PIPE_REGISTER_OVERLAP');
    expect(
      codeOf(() =>
        checkRegisters([
          wide.wide,
          ...Object.values(registers({ part: { in: 'reg5', bits: [0, 31], doc: '' } })),
        ]),
      ),
    ).toBe('nothing thrown');
  });

  it('are bits that exist', () => {
    expect(declare([0, 15], [16, 32])).toBe('PIPE_REGISTER_RANGE');
    expect(declare([0, 15], [17, 16])).toBe('PIPE_REGISTER_RANGE');
    expect(declare([0, 32], [33, 64], 'metadata')).toBe('PIPE_REGISTER_RANGE');
    expect(declare([0, 3], [4, 7], 'eth_type')).toBe('PIPE_REGISTER_RANGE');
  });

  it('of an app clash with nobody’s, and serve the app', () => {
    const clash = registers({ clash: { in: 'reg1', bits: [31, 31], doc: '' } });
    const same = registers({ ingress: { in: 'reg0', bits: [0, 3], doc: '' } });
    const load = (own: App<Things>['registers']) =>
      codeOf(() => new Pipeline<Things>([appThat(() => {}, own && { registers: own })], { thing: 3 }));
    expect(load(clash)).toBe('PIPE_REGISTER_OVERLAP');
    expect(load(same)).toBe('PIPE_REGISTER_NAME');
    expect(load(marks)).toBe('nothing thrown');
    const marked = defineTable({ ...first, name: 'marked', registers: [marks.mark] });
    const app = appThat((emit) => emit(marked, 1).when(marks.mark, 9).set(marks.mark, 3).goto('forward'), {
      owns: [marked],
      registers: marks,
    });
    const [flow] = new Pipeline<Things>([app], { thing: 3 }).compile({ kind: 'thing', key: 1 });
    expect(flow && decodeMatch(flow.match)).toEqual([{ field: 'reg0', value: 9, mask: 0xff }]);
    const some = appThat((emit) => emit(marked, 1).when(marks.mark, 8, 0xf8).goto('forward'), {
      owns: [marked],
      registers: marks,
    });
    const [part] = new Pipeline<Things>([some], { thing: 3 }).compile({ kind: 'thing', key: 1 });
    expect(part && decodeMatch(part.match)).toEqual([{ field: 'reg0', value: 8, mask: 0xf8 }]);
  });
});

describe('a pipeline', () => {
  it('refuses two apps of one number', () => {
    const other = appThat(() => {}, { name: 'other', owns: [] });
    expect(codeOf(() => new Pipeline<Things>([appThat(() => {}), other], { thing: 3 }))).toBe(
      'PIPE_APP_NUMBER',
    );
  });

  it('refuses tables of no stage or with fields that nobody knows', () => {
    const load = (table: object) =>
      codeOf(
        () => new Pipeline<Things>([appThat(() => {}, { owns: [{ ...first, ...table }] })], { thing: 3 }),
      );
    expect(load({ stage: 'nowhere' })).toBe('PIPE_STAGE_UNKNOWN');
    expect(load({ match: ['eth_dts'] })).toBe('PIPE_FIELD_UNKNOWN');
    expect(load({ registers: [marks.mark] })).toBe('PIPE_REGISTER_FOREIGN');
  });

  it('refuses flows of two apps that a switch would take for one, and names both', () => {
    const shared = (name: string, number: number) =>
      appThat((emit) => emit(edge.admit, 1).when('in_port', 1).drop(), { name, number, owns: [] });
    const pipeline = new Pipeline<Things>([shared('one', 1), shared('two', 2)], { thing: 3 });
    expect(() => pipeline.compile({ kind: 'thing', key: 1 })).toThrow(/^PIPE_TWICE.*"one and two"/);
    const always = appThat(() => {}, {
      always: (emit) => emit(edge.admit, 1).when('in_port', 1).drop(),
      owns: [],
    });
    const beside = () =>
      new Pipeline<Things>([always, shared('two', 2)], { thing: 3 }).compile({ kind: 'thing', key: 1 });
    expect(codeOf(beside)).toBe('PIPE_TWICE');
  });
});

function endTwice(emit: Emit): void {
  const flow = emit(first, 1);
  flow.drop();
  flow.drop();
}

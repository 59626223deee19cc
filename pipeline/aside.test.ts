import { decodeInstructions, LEARN_FLAG } from 'openflow-codec';
import { describe, expect, it } from 'vitest';
import type { Emit } from './app.ts';
import { Pipeline } from './pipeline.ts';
import { regs } from './registers.ts';
import { defineTable, edge } from './table.ts';
import { appThat, codeOf, first, type Things } from './things-fixture.ts';

const known = defineTable({ name: 'known', stage: 'aside', match: ['ingress'], miss: 'drop', doc: '' });
const asking = defineTable({ ...first, name: 'asking', match: ['ingress', 'eth_type'], lookUps: 1 });

function compile(work: (emit: Emit) => void, owns = [first, asking, known]) {
  const pipeline = new Pipeline<Things>([appThat(work, { owns })], { thing: 3 });
  const flows = pipeline.compile({ kind: 'thing', key: 0x01020304 });
  return { pipeline, flows, actions: flows.map((flow) => decodeInstructions(flow.instructions)) };
}

describe('a table aside', () => {
  it('is looked up on the way, which goes on behind it', () => {
    const { actions, pipeline } = compile((emit) => {
      emit(asking, 1).when('ingress', 1).lookUp(known).goto('forward');
      emit(known, 1).when('ingress', 1).set(regs.egress, 5).done();
    });
    const id = pipeline.layout.idOf(known);
    expect(id).toBe(112);
    expect(actions[0]).toEqual([
      {
        instruction: 'apply_actions',
        actions: [expect.objectContaining({ action: 'resubmit', table: id })],
      },
      { instruction: 'goto_table', table: 64 },
    ]);
    expect(pipeline.layout.walk('deliver')).toBe(1);
  });

  it('is no place for packets to be sent to, and the others are none to be looked up', () => {
    const to = (work: (emit: Emit) => void) => codeOf(() => compile(work));
    expect(to((emit) => emit(first, 1).goto(known))).toBe('PIPE_ASIDE');
    expect(to((emit) => emit(first, 1).goto('aside'))).toBe('PIPE_ASIDE');
    expect(to((emit) => emit(asking, 1).lookUp(edge.forward).goto('forward'))).toBe('PIPE_ASIDE');
    expect(to((emit) => emit(first, 1).lookUp(known).goto('forward'))).toBe('PIPE_BUDGET');
    expect(to((emit) => emit(asking, 1).done())).toBe('PIPE_NO_END');
  });

  it('counts no drops: what it does not know goes on', () => {
    const { pipeline } = compile(() => {});
    const miss = pipeline.base.find(({ tableId }) => tableId === pipeline.layout.idOf(known));
    expect(miss && pipeline.dropReasonOf(miss)).toBeUndefined();
  });

  it('holds what a switch learns, under a cookie that leads to the fact', () => {
    const { actions } = compile((emit) => {
      emit(asking, 1)
        .when('ingress', 1)
        .learn({
          table: known,
          same: [regs.ingress, 'eth_type'],
          when: [[regs.fromFabric, 1]],
          set: [[regs.egress, 7]],
          idleTimeout: 11,
        })
        .goto('forward');
    });
    const [apply] = actions[0] ?? [];
    expect(apply && 'actions' in apply && apply.actions[0]).toMatchObject({
      ...{ action: 'learn', table: 112, cookie: 0x7507030001020304n, idleTimeout: 11 },
      flags: LEARN_FLAG.deleteLearned | LEARN_FLAG.sendFlowRemoved,
      specs: [
        { spec: 'match', to: { field: 'reg1', offset: 0, bits: 32 } },
        { spec: 'match', to: { field: 'eth_type', offset: 0, bits: 16 } },
        { spec: 'match', from: 1n, to: { field: 'reg0', offset: 31, bits: 1 } },
        { spec: 'load', from: 7n, to: { field: 'reg2', offset: 0, bits: 32 } },
      ],
    });
  });
});

describe('tables of which a packet meets one', () => {
  const table = (name: string, either?: string) =>
    defineTable({
      name,
      stage: 'deliver',
      match: ['egress'],
      miss: 'drop',
      doc: '',
      ...(either && { either }),
    });

  it('cost what the longer way costs', () => {
    const owns = [table('a', 'left'), table('b', 'left'), table('c', 'right'), table('d')];
    const { layout } = new Pipeline<Things>([appThat(() => {}, { owns })], { thing: 3 });
    // The shared table, the two on the left, and the last.
    expect(layout.walk('deliver')).toBe(4);
  });
});

describe('connection tracking', () => {
  const ZONE = { zone: regs.zone };

  it('is for IP only, as a switch would refuse all else', () => {
    const to = (work: (emit: Emit) => void) => codeOf(() => compile(work));
    expect(to((emit) => emit(asking, 1).track(ZONE).goto('forward'))).toBe('PIPE_TRACK');
    expect(to((emit) => emit(asking, 1).when('eth_type', 0x0806).track(ZONE).goto('forward'))).toBe(
      'PIPE_TRACK',
    );
    const { actions } = compile((emit) =>
      emit(asking, 1).when('eth_type', 0x0800).trackAndGoto(ZONE, 'forward'),
    );
    expect(actions[0]).toEqual([
      {
        instruction: 'apply_actions',
        actions: [expect.objectContaining({ action: 'ct', flags: 0, recircTable: 64 })],
      },
    ]);
  });
});

it('a conjunction is all that a flow does', () => {
  const clauses = [{ id: 4, clause: 1, of: 2 }];
  const { actions } = compile((emit) => emit(asking, 1).when('ingress', 1).conjunction(clauses));
  expect(actions[0]).toEqual([
    { instruction: 'apply_actions', actions: [{ action: 'conjunction', id: 4, clause: 1, clauses: 2 }] },
  ]);
  expect(codeOf(() => compile((emit) => emit(asking, 1).set(regs.egress, 1).conjunction(clauses)))).toBe(
    'PIPE_ACTION_AFTER_END',
  );
});

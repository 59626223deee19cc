import { describe, expect, it } from 'vitest';
import { RESUBMIT_LIMIT } from './limits.ts';
import { Pipeline } from './pipeline.ts';
import { regs } from './registers.ts';
import { emitReplication } from './replicate.ts';
import { Simulator } from './simulator/simulator.ts';
import { defineTable, edge } from './table.ts';
import { appThat, codeOf, first, second, type Things } from './things-fixture.ts';

describe('the budget', () => {
  /** Copies to the longest list that the checks let pass, or one more. */
  const flooding = (copies: number) => {
    const app = appThat(
      (emit) => {
        emit(edge.admit, 1).when('in_port', 1).set(regs.network, 1).goto(second);
        emitReplication(
          emit,
          second,
          1,
          (flow) => flow.when('network', 1),
          [],
          Array.from({ length: copies }, (_, at) => ({
            set: [[regs.egress, at + 2]] as const,
            to: 'forward' as const,
          })),
        );
        emit(edge.forward, 1).when('network', 1).goto('deliver');
        for (let at = 0; at < copies; at++)
          emit(edge.deliver, 1)
            .when('egress', at + 2)
            .output(at + 2);
      },
      { uses: [edge.admit, edge.forward, edge.deliver] },
    );
    const pipeline = new Pipeline<Things>([app], { thing: 3 });
    return [...pipeline.base, ...pipeline.compile({ kind: 'thing', key: 1 })];
  };
  /** 4096 less three tables before the copies and four parts more, over two tables a copy. */
  const MOST = Math.floor((RESUBMIT_LIMIT - 3 - 4) / 2);

  it('of what is accepted is never exceeded by a packet, and of a little more it is', () => {
    const simulator = new Simulator();
    simulator.load(flooding(MOST));
    const { outputs, error, resubmits } = simulator.send({ inPort: 1, bytes: new Uint8Array(14) });
    expect(error).toBeUndefined();
    expect(outputs).toHaveLength(MOST);
    expect(resubmits).toBeLessThanOrEqual(RESUBMIT_LIMIT);
    expect(resubmits).toBeGreaterThan(RESUBMIT_LIMIT - 10);
    expect(codeOf(() => flooding(MOST + 1))).toBe('PIPE_BUDGET');
  });

  it('does not allow copies of copies', () => {
    const later = defineTable({ ...second, name: 'later' });
    const app = appThat((emit) => emit(second, 1).replicate([{ set: [], to: later }]), {
      owns: [first, second, later],
    });
    const compiled = () => new Pipeline<Things>([app], { thing: 3 }).compile({ kind: 'thing', key: 1 });
    expect(codeOf(compiled)).toBe('PIPE_REPLICATE');
  });
});

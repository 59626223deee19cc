import { type Action, PORT } from 'openflow-codec';
import { type App, defineApp, type Emit } from './app.ts';
import { PipelineError } from './errors.ts';
import { Pipeline } from './pipeline.ts';
import { registers } from './registers.ts';
import { defineTable, edge } from './table.ts';

export interface Thing {
  readonly kind: 'thing';
  readonly key: number;
}
export type Things = { readonly thing: Thing };

export const first = defineTable({
  name: 'first',
  stage: 'guard',
  match: ['ingress', 'eth_src'],
  miss: 'next',
  doc: '',
});
export const second = defineTable({
  name: 'second',
  stage: 'guard',
  match: ['network', 'floodPart'],
  replicates: true,
  miss: 'drop',
  doc: '',
});

export const RESUBMIT_AHEAD = {
  action: 'resubmit',
  inPort: PORT.inPort,
  table: 64,
} as const satisfies Action;
export const marks = registers({ mark: { in: 'reg0', bits: [0, 7], doc: '' } });

export function appThat(
  work: (emit: Emit, thing: Thing) => void,
  rest: Partial<App<Things>> = {},
): App<Things> {
  return defineApp<Things>({
    name: 'test',
    number: 7,
    doc: '',
    owns: [first, second],
    uses: [edge.admit],
    compile: { thing: (thing, emit) => work(emit, thing) },
    ...rest,
  });
}

export function compile(work: (emit: Emit, thing: Thing) => void, key = 1) {
  return new Pipeline<Things>([appThat(work)], { thing: 3 }).compile({ kind: 'thing', key });
}

/** The code of the PipelineError that `work` throws. */
export function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof PipelineError) return error.code;
    throw error;
  }
  return 'nothing thrown';
}

import {
  type Action,
  FIELDS,
  type FieldMatch,
  type FieldName,
  type FlowMod,
  flowMod,
  type GroupMod,
  type Instruction,
  LEARN_FLAG,
  type LearnSpec,
  PORT,
} from 'openflow-codec';
import type { Random } from '../codec-switch/random.ts';
import { KINDS, type Kind, LAST_TABLE } from './kinds.ts';
import { ANY_PORTS, likelyValue, POOL } from './pools.ts';
import { randomActions } from './random-actions.ts';

/** Ids of the groups that flows may lead to; 9 is not there. */
const GROUP_IDS = [1, 2, 3] as const;

/** Flows for one round, each with a cookie and a priority of its own, and the groups that they use. */
export function randomFlows(random: Random): { readonly flows: FlowMod[]; readonly groups: GroupMod[] } {
  const count = random.between(20, 60);
  const pushes = random.oneIn(2);
  const flows = Array.from({ length: count }, (_, index) => randomFlow(index + 1, random, pushes));
  const conjunctions = random.oneIn(2) ? randomConjunction(1000, random, pushes) : [];
  return {
    flows: [...flows, ...conjunctions, ...defaults(2000, random, pushes)],
    groups: GROUP_IDS.map((id) => randomGroup(id, random, pushes)),
  };
}

function randomFlow(index: number, random: Random, pushes: boolean): FlowMod {
  const tableId = random.oneIn(3) ? 0 : random.below(LAST_TABLE);
  const kind = random.pick(KINDS);
  return flowMod({
    xid: index,
    tableId,
    priority: 10 * index,
    cookie: BigInt(index),
    idleTimeout: random.pick([0, 0, 600]),
    match: matchOf(kind, random, random.below(3)),
    instructions: randomInstructions(tableId, kind, random, 2000 + index, pushes),
  });
}

/** Every table has a flow for the rest, most of the time: else most packets would end early. */
function defaults(first: number, random: Random, pushes: boolean): FlowMod[] {
  return Array.from({ length: LAST_TABLE }, (_, tableId) =>
    flowMod({
      xid: first + tableId,
      tableId,
      priority: 0,
      cookie: BigInt(first + tableId),
      instructions: randomInstructions(tableId, ANY, random, 3000 + tableId, pushes),
    }),
  ).filter(() => !random.oneIn(5));
}

const [ANY] = KINDS as readonly [Kind, ...Kind[]];

function matchOf(kind: Kind, random: Random, count: number): FieldMatch[] {
  const chosen = random.some([...kind.fields, ...kind.fields, ...ANY.fields], count);
  const names = [...new Set(chosen)].filter((name) => kind.match.every(({ field }) => field !== name));
  return [...kind.match, ...names.map((name) => condition(name, random))];
}

function condition(field: FieldName, random: Random): FieldMatch {
  const { bits, maskable } = FIELDS[field];
  const sized = (value: bigint) => (bits > 32 ? value : Number(value));
  const value = likelyValue(field, random);
  if (!maskable || random.oneIn(2)) return { field, value: sized(value) };
  const mask = random.bits(bits) | (1n << BigInt(random.below(bits)));
  return { field, value: sized(value & mask), mask: sized(mask) };
}

/** `learnPriority` is for what it learns: two flows of one priority that overlap would leave it open which is hit. */
function randomInstructions(
  tableId: number,
  kind: Kind,
  random: Random,
  learnPriority: number,
  pushes: boolean,
): Instruction[] {
  const instructions: Instruction[] = [];
  if (!random.oneIn(6)) {
    const actions = randomActions({ tableId, kind, random, depth: 0, pushes });
    const learn =
      kind.learnable && random.oneIn(4) ? [randomLearn(tableId, kind, random, learnPriority)] : [];
    instructions.push({ instruction: 'apply_actions', actions: [...learn, ...actions] });
  }
  if (random.oneIn(10)) instructions.push({ instruction: 'clear_actions' });
  if (random.oneIn(6)) {
    const actions = randomActions({ tableId, kind, random, depth: 0, isSet: true, pushes });
    instructions.push({ instruction: 'write_actions', actions });
  }
  if (random.oneIn(4)) {
    const metadata = likelyValue('metadata', random);
    instructions.push({ instruction: 'write_metadata', metadata, mask: random.bits(64) | 1n });
  }
  if (tableId + 1 < LAST_TABLE && !random.oneIn(4)) {
    instructions.push({ instruction: 'goto_table', table: random.between(tableId + 1, LAST_TABLE - 1) });
  }
  return instructions;
}

function randomLearn(tableId: number, kind: Kind, random: Random, priority: number): Action {
  const whole = (field: FieldName) => ({
    field,
    offset: 0,
    bits: FIELDS[field].actionBits ?? FIELDS[field].bits,
  });
  const specs: LearnSpec[] = kind.match.flatMap(({ field, value, mask }): LearnSpec[] =>
    mask === undefined ? [{ spec: 'match', to: whole(field), from: BigInt(value) }] : [],
  );
  for (const [to, from] of random.some(kind.learnable ?? [], 2)) {
    specs.push({ spec: 'match', to: whole(to), from: whole(from) });
  }
  specs.push({
    spec: 'match',
    to: { field: 'reg1', offset: 0, bits: 8 },
    from: { field: 'reg2', offset: 4, bits: 8 },
  });
  specs.push({ spec: 'load', to: { field: 'reg4', offset: 3, bits: 1 }, from: 1n });
  specs.push({
    spec: 'load',
    to: { field: 'reg5', offset: 0, bits: 32 },
    from: { field: 'reg0', offset: 0, bits: 32 },
  });
  return {
    action: 'learn',
    idleTimeout: random.pick([0, 600]),
    hardTimeout: random.pick([0, 900]),
    priority,
    cookie: BigInt(random.pick([0x5001, 0x5002])),
    flags: random.oneIn(3) ? LEARN_FLAG.deleteLearned : 0,
    // Into a table that is still to come, mostly: a packet does not see what it teaches, the next one does.
    table: random.between(Math.min(tableId + 1, LAST_TABLE - 1), LAST_TABLE - 1),
    finIdleTimeout: random.pick([0, 0, 300]),
    finHardTimeout: 0,
    specs,
    ...(random.oneIn(2) && { limit: random.between(1, 3) }),
  };
}

/** Two or three clauses of one conjunction, and flows with its id. */
function randomConjunction(first: number, random: Random, pushes: boolean): FlowMod[] {
  const clauses = random.between(2, 3);
  const id = random.pick([7, 8]);
  const tableId = random.below(LAST_TABLE - 1);
  const priority = random.pick([5005, 305]);
  const flows: FlowMod[] = [];
  const add = (match: FieldMatch[], instructions: Instruction[], at = priority) =>
    flows.push(
      flowMod({
        xid: first + flows.length,
        tableId,
        priority: at,
        cookie: BigInt(first + flows.length),
        match,
        instructions,
      }),
    );
  for (const [index, field] of CLAUSE_FIELDS.slice(0, clauses).entries()) {
    for (const value of random.some([...valuesOf(field)], 3)) {
      const match: FieldMatch[] = [
        { field: 'eth_type', value: 0x0800 },
        { field, value },
      ];
      const conjunction: Action = { action: 'conjunction', id, clause: index + 1, clauses };
      add(match, [{ instruction: 'apply_actions', actions: [conjunction] }]);
      // What the same match does at a lower priority counts when the conjunction is not complete.
      if (random.oneIn(3)) {
        const priority = 103 + 10 * flows.length;
        add(match, randomInstructions(tableId, ANY, random, 4100 + flows.length, pushes), priority);
      }
    }
  }
  add(
    [{ field: 'conj_id', value: id }],
    randomInstructions(tableId, ANY, random, 4000, pushes),
    random.pick([55, 6005]),
  );
  return flows;
}

const CLAUSE_FIELDS: readonly FieldName[] = ['ip_src', 'ip_dst', 'in_port'];

function valuesOf(field: FieldName): readonly number[] {
  return field === 'in_port' ? ANY_PORTS : POOL.ipv4;
}

function randomGroup(group: number, random: Random, pushes: boolean): GroupMod {
  const isAll = random.oneIn(2);
  const count = isAll ? random.below(4) : 1;
  return {
    type: 'groupMod',
    xid: 5000 + group,
    command: 'add',
    groupType: isAll ? 'all' : 'indirect',
    group,
    buckets: Array.from({ length: count }, () => ({
      weight: 0,
      watchPort: PORT.any,
      watchGroup: PORT.any,
      actions: randomActions({ tableId: 0, kind: ANY, random, depth: 1, isSet: true, noGroup: true, pushes }),
    })),
  };
}

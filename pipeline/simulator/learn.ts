import {
  type Action,
  FIELDS,
  type FieldMatch,
  LEARN_FLAG,
  type LearnAction,
  type LearnSpec,
  PORT,
} from 'openflow-codec';
import { write } from './bits.ts';
import { longPort, readSubfield, wordsOfSubfield } from './subfield.ts';
import type { Run } from './translation.ts';

/** Makes a learn action ready to run (learn_execute, lib/learn.c). */
export function prepareLearn(learn: LearnAction): Run['run'] {
  return (packet) => {
    const actions = learnedActions(learn, packet.key);
    const isLearned = packet.state.learn(
      {
        limit: learn.limit ?? 0,
        tableId: learn.table,
        priority: learn.priority,
        cookie: learn.cookie,
        idleTimeout: learn.idleTimeout,
        hardTimeout: learn.hardTimeout,
        flags: learn.flags & LEARN_FLAG.sendFlowRemoved,
        match: learnedMatch(learn, packet.key),
        instructions: actions.length > 0 ? [{ instruction: 'apply_actions', actions }] : [],
      },
      packet.now,
    );
    if (!isLearned) packet.note('learnLimit');
    if (learn.flags & LEARN_FLAG.writeResult && learn.result) {
      write(packet.key, wordsOfSubfield(learn.result, isLearned ? 1n : 0n));
    }
  };
}

function learnedValue({ from }: LearnSpec, key: Uint32Array): bigint {
  return typeof from === 'bigint' ? from : readSubfield(key, from);
}

function learnedMatch({ specs }: LearnAction, key: Uint32Array): FieldMatch[] {
  const fields = new Map<FieldMatch['field'], { value: bigint; mask: bigint }>();
  for (const spec of specs) {
    if (spec.spec !== 'match') continue;
    const { field, offset, bits } = spec.to;
    const ones = ((1n << BigInt(bits)) - 1n) << BigInt(offset);
    const before = fields.get(field) ?? { value: 0n, mask: 0n };
    const value = (before.value & ~ones) | ((learnedValue(spec, key) << BigInt(offset)) & ones);
    fields.set(field, { value, mask: before.mask | ones });
  }
  return [...fields].map(([field, { value, mask }]) => {
    const { bits } = FIELDS[field];
    const sized = (wide: bigint) => (bits > 32 ? wide : Number(wide));
    const isWhole = mask === (1n << BigInt(bits)) - 1n;
    return { field, value: sized(value), ...(!isWhole && { mask: sized(mask) }) };
  });
}

/** Ports that a learned flow may output to beside ordinary ones. */
const SPECIAL_PORTS: readonly number[] = [PORT.inPort, PORT.flood, PORT.local, PORT.all];

function learnedActions({ specs, finIdleTimeout, finHardTimeout }: LearnAction, key: Uint32Array): Action[] {
  const actions: Action[] = [];
  if (finIdleTimeout !== 0 || finHardTimeout !== 0) {
    actions.push({ action: 'fin_timeout', idleTimeout: finIdleTimeout, hardTimeout: finHardTimeout });
  }
  for (const spec of specs) {
    if (spec.spec === 'load')
      actions.push({ action: 'reg_load', to: spec.to, value: learnedValue(spec, key) });
    if (spec.spec !== 'output') continue;
    const value = learnedValue(spec, key);
    const port = value > 0xffffn ? undefined : longPort(Number(value));
    if (port !== undefined && (port < PORT.max || SPECIAL_PORTS.includes(port))) {
      actions.push({ action: 'output', port, maxLength: 0 });
    }
  }
  return actions;
}

import { formatMatch } from 'openflow-codec';
import { NOTES, type Outcome } from './outcome.ts';

/**
 * A packet's way as text, one look-up a line, as ofproto/trace tells it: to see why it was dropped. `nameOf` gives
 * names for tables.
 */
export function explain(
  outcome: Outcome,
  nameOf: (table: number) => string | undefined = () => undefined,
): string {
  const lines = outcome.steps.map((step) => {
    const indent = '  '.repeat(step.depth);
    if (step.step === 'note') return `${indent}  (${NOTES[step.note]})`;
    const table = nameOf(step.table) ?? `${step.table}`;
    if (!step.rule) return `${indent}${table}: no match`;
    const { match, priority, cookie } = step.rule;
    const condition = formatMatch(match) || 'any';
    return `${indent}${table}: ${condition}, priority ${priority}, cookie 0x${cookie.toString(16)}`;
  });
  const end = outcome.error
    ? `dropped: ${outcome.error}`
    : outcome.outputs.length === 0
      ? 'dropped'
      : `out of ${outcome.outputs.map(({ port }) => port).join(', ')}`;
  return [...lines, end].map((line) => `${line}\n`).join('');
}

import type { Instruction } from 'openflow-codec';
import type { Kind } from './match.ts';
import type { Random } from './random.ts';

export function randomInstructions(tableId: number, _kind: Kind, random: Random): Instruction[] {
  return random.oneIn(2) ? [{ instruction: 'goto_table', table: random.between(tableId + 1, 253) }] : [];
}

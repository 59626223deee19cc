import { CodecError, decodeInstructions } from 'openflow-codec';
import type { Flow } from './flow.ts';

/** The bytes that a flow carries by `FlowBuilder.note`, without meaning to the switch; nothing when there are none. */
export function noteOf({ instructions }: Pick<Flow, 'instructions'>): Uint8Array | undefined {
  try {
    for (const each of decodeInstructions(instructions)) {
      if (each.instruction !== 'apply_actions') continue;
      const found = each.actions.find(({ action }) => action === 'note');
      if (found?.action === 'note') return found.bytes;
    }
  } catch (error) {
    // What a switch has need not be of ours.
    if (!(error instanceof CodecError)) throw error;
  }
  return undefined;
}

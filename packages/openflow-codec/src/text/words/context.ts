import type { Action } from '../../action.ts';
import type { TextNumbers } from '../names.ts';
import type { Slice } from '../slice.ts';

/** What the actions before one, and the match, say about the packets that reach it. */
export interface PacketState {
  /** Whether they have a VLAN tag. */
  hasVlan: boolean;
  readonly ethertype?: number | undefined;
  readonly protocol?: number | undefined;
}

/** What parsing an action may need. */
export interface WordContext {
  readonly numbers: TextNumbers;
  readonly state: PacketState;
  /** Parses a list of actions inside of an action, where `words` may stand too. Throws OFT_DEPTH. */
  nested(list: Slice, words?: Words): Action[];
}

/** The actions that a word stands for, by what follows it. Throws TextError. */
export type Word = (value: Slice, context: WordContext) => readonly Action[];

/** Words of actions, in lower case. */
export type Words = Readonly<Record<string, Word>>;

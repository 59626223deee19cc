import { canonicalInstructions } from '../action/canonical.ts';
import { decodeInstructions, encodeInstructions } from '../instruction/codec.ts';
import { canonicalMatch } from '../match/canonical.ts';
import { decodeMatch, encodeMatch } from '../match/codec.ts';
import { Writer } from '../wire/writer.ts';

/** The bytes of the same match in canonical form. Throws CodecError. */
export function canonicalMatchBytes(match: Uint8Array): Uint8Array {
  const writer = new Writer();
  encodeMatch(canonicalMatch(decodeMatch(match)), writer);
  return writer.bytes();
}

/** The bytes of the same instructions in canonical form. Throws CodecError. */
export function canonicalInstructionBytes(instructions: Uint8Array): Uint8Array {
  const writer = new Writer();
  encodeInstructions(canonicalInstructions(decodeInstructions(instructions)), writer);
  return writer.bytes();
}

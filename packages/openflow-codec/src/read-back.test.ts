import { describe, expect, it } from 'vitest';
import {
  canonicalInstructionBytes,
  canonicalInstructions,
  canonicalMatch,
  canonicalMatchBytes,
  decode,
  encodeInstructions,
  encodeMatch,
  formatMessage,
  multipartBody,
  Writer,
  walkFlowStats,
} from './index.ts';
import { hexOf, readBacks } from './testing/vectors.ts';

/** What ovs-vswitchd answered about the one flow it has. */
function answeredFlow(answered: Uint8Array): { match: Uint8Array; instructions: Uint8Array } {
  const flows: { match: Uint8Array; instructions: Uint8Array }[] = [];
  walkFlowStats(multipartBody(answered).body, (flow) => {
    flows.push({ match: flow.match().slice(), instructions: flow.instructions().slice() });
  });
  const [flow] = flows;
  if (flow === undefined || flows.length !== 1) throw new Error(`${flows.length} flows in the answer`);
  return flow;
}

describe('canonical forms against a real ovs-vswitchd', () => {
  const pairs = readBacks().map((pair) => ({ ...pair, title: formatMessage(decode(pair.sent)) }));

  it('has pairs', () => expect(pairs.length).toBeGreaterThan(100));

  it.each(pairs)('$title', ({ sent, answered }) => {
    const message = decode(sent);
    if (message.type !== 'flowMod') throw new Error('not a flow-mod');
    const flow = answeredFlow(answered);
    const writer = new Writer();
    encodeMatch(canonicalMatch(message.match), writer);
    expect(hexOf(writer.bytes())).toBe(hexOf(flow.match));
    writer.reset();
    encodeInstructions(canonicalInstructions(message.instructions), writer);
    expect(hexOf(writer.bytes())).toBe(hexOf(flow.instructions));
    expect(hexOf(canonicalMatchBytes(flow.match))).toBe(hexOf(flow.match));
    expect(hexOf(canonicalInstructionBytes(flow.instructions))).toBe(hexOf(flow.instructions));
  });
});

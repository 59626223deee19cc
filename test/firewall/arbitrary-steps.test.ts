import fc from 'fast-check';
import { expect, it } from 'vitest';
import { arbitrarySteps } from './arbitrary-steps.ts';
import type { Rule } from './rule.ts';

/** What a rule says, in words that are all to be drawn: what never is, nothing is compared by. */
function kindsOf({ protocol, ports, icmp, remote }: Rule): readonly string[] {
  return [
    protocol === undefined ? 'any protocol' : 'a protocol',
    ...(ports ? ['ports'] : []),
    ...(icmp ? [icmp.code === undefined ? 'a type' : 'a code'] : []),
    remote === undefined ? 'any remote' : 'bits' in remote ? 'a prefix' : 'a group',
  ];
}

it('draws rules of every kind, packets of every kind, and every change', () => {
  const steps = fc.sample(arbitrarySteps(250, true), { seed: 1, numRuns: 10 }).flat();
  const rules = steps.flatMap((step) => (step.step === 'group' ? step.rules : []));
  const kinds = [
    'any protocol',
    'a protocol',
    'ports',
    'a type',
    'a code',
    'any remote',
    'a prefix',
    'a group',
  ];
  expect([...new Set(rules.flatMap(kindsOf))].sort()).toEqual(kinds.sort());
  const changes = ['group', 'plug', 'port', 'recovered', 'restart', 'send', 'unplug', 'wait'];
  expect([...new Set(steps.map(({ step }) => step))].sort()).toEqual(changes);
  const packets = steps.flatMap((step) =>
    step.step === 'send' && 'packet' in step.send ? [step.send.packet] : [],
  );
  expect(new Set(packets.map(({ fragment }) => fragment))).toEqual(new Set([undefined, 'first', 'later']));
  const codes = packets.flatMap(({ icmp }) => (icmp ? [icmp.code] : []));
  expect(new Set(codes)).toEqual(new Set([0, 1]));
  expect(steps.some((step) => step.step === 'send' && 'quoted' in step.send && step.send.quoted)).toBe(true);
});

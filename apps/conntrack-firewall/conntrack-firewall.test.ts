import { describe, expect, it } from 'vitest';
import type { PolicyRule } from '../facts.ts';
import { CONNTRACK, FLAG, GuardedSwitch, icmp, tcp, udp } from '../firewall-fixture.ts';

const ANY_OUT: PolicyRule = { direction: 'egress', version: 4, stateful: true };
const WEB: PolicyRule = {
  direction: 'ingress',
  version: 4,
  protocol: 6,
  ports: { first: 80, last: 80 },
  stateful: true,
};

const guardedBy = (...rules: PolicyRule[]) => new GuardedSwitch(rules, [], CONNTRACK);

describe('a guest that may send anything', () => {
  it.each([
    ['TCP', tcp(999, 80, FLAG.syn), tcp(80, 999, FLAG.syn | FLAG.ack), tcp(80, 998, FLAG.syn | FLAG.ack)],
    ['UDP', udp(999, 53), udp(53, 999), udp(54, 999)],
    ['a ping', icmp(8), icmp(0), icmp(14)],
  ])('gets the answers to %s, and no others', (_, opening, answer, other) => {
    const guarded = guardedBy(ANY_OUT);
    expect(guarded.passes('other', answer)).toBe(false);
    expect(guarded.passes('guest', opening)).toBe(true);
    expect(guarded.passes('other', answer)).toBe(true);
    expect(guarded.passes('other', other)).toBe(false);
    expect(guarded.learned).toBe(0);
  });

  it('is a server whose connections never get to connection tracking', () => {
    const guarded = guardedBy(ANY_OUT, WEB);
    expect(guarded.passes('other', tcp(999, 80, FLAG.syn))).toBe(true);
    expect(guarded.passes('guest', tcp(80, 999, FLAG.syn | FLAG.ack))).toBe(true);
    expect(guarded.passes('other', tcp(999, 80, FLAG.ack))).toBe(true);
    // Had it been tracked, the answer would be known now.
    guarded.rules = [WEB];
    expect(guarded.passes('guest', tcp(80, 999, FLAG.ack))).toBe(false);
  });
});

it('loses a connection with its rule', () => {
  const guarded = guardedBy(WEB);
  expect(guarded.passes('other', tcp(999, 80, FLAG.syn))).toBe(true);
  expect(guarded.passes('guest', tcp(80, 999, FLAG.syn | FLAG.ack))).toBe(true);
  guarded.rules = [];
  expect(guarded.passes('other', tcp(999, 80, FLAG.ack))).toBe(false);
  expect(guarded.passes('guest', tcp(80, 999, FLAG.ack))).toBe(false);
});

import { describe, expect, it } from 'vitest';
import type { PolicyRule } from '../facts.ts';
import { FLAG, GuardedSwitch, icmp, tcp, udp } from '../firewall-fixture.ts';

const ANY_OUT: PolicyRule = { direction: 'egress', version: 4, stateful: true };
/** The connection, and what belongs to its two addresses. */
const ONE = 2;

describe('a guest that may send anything', () => {
  it.each([
    ['TCP', tcp(999, 80, FLAG.syn), tcp(80, 999, FLAG.syn | FLAG.ack), tcp(80, 998, FLAG.syn | FLAG.ack)],
    ['UDP', udp(999, 53), udp(53, 999), udp(54, 999)],
    ['a ping', icmp(8), icmp(0), icmp(14)],
    ['a ping with a code', icmp(8, 3), icmp(0, 3), icmp(0)],
    [
      'another protocol',
      { protocol: 47, bytes: [0, 0] },
      { protocol: 47, bytes: [1] },
      { protocol: 50, bytes: [] },
    ],
  ])('gets the answers to %s, and no others', (_, opening, answer, other) => {
    const guarded = new GuardedSwitch([ANY_OUT]);
    expect(guarded.passes('other', answer)).toBe(false);
    expect(guarded.passes('guest', opening)).toBe(true);
    expect(guarded.passes('other', answer)).toBe(true);
    expect(guarded.passes('other', other)).toBe(false);
    expect(guarded.learned).toBe(ONE);
  });

  it('opens nothing by what is no beginning', () => {
    const guarded = new GuardedSwitch([ANY_OUT]);
    for (const packet of [tcp(999, 80, FLAG.ack), tcp(999, 80, FLAG.syn | FLAG.ack), icmp(0), icmp(3)])
      expect(guarded.passes('guest', packet)).toBe(true);
    expect(guarded.learned).toBe(0);
    expect(guarded.passes('other', tcp(80, 999, FLAG.ack))).toBe(false);
  });

  it('cannot be opened from outside, not even on the ports of its own connection', () => {
    const guarded = new GuardedSwitch([ANY_OUT]);
    guarded.passes('guest', tcp(999, 80, FLAG.syn));
    expect(guarded.passes('other', tcp(80, 999, FLAG.syn))).toBe(false);
  });
});

describe('a connection', () => {
  const opened = () => {
    const guarded = new GuardedSwitch([ANY_OUT]);
    guarded.passes('guest', tcp(999, 80, FLAG.syn), 0);
    return guarded;
  };
  const answer = tcp(80, 999, FLAG.ack);

  it('is forgotten when nothing has answered for long', () => {
    const guarded = opened();
    expect(guarded.passes('other', answer, 3_599_000)).toBe(true);
    expect(guarded.passes('other', answer, 3_599_000 + 3_599_000)).toBe(true);
    expect(guarded.passes('other', answer, 3_599_000 * 2 + 3_601_000)).toBe(false);
  });

  it.each([
    ['the end of its answers', 'other', tcp(80, 999, FLAG.fin | FLAG.ack)],
    ['a reset by the other', 'other', tcp(80, 999, FLAG.rst)],
    ['a reset by the guest', 'guest', tcp(999, 80, FLAG.rst)],
  ] as const)('is forgotten soon after %s', (_, from, last) => {
    const guarded = opened();
    expect(guarded.passes(from, last, 1_000)).toBe(true);
    expect(guarded.passes('other', answer, 15_000)).toBe(true);
    expect(guarded.passes('other', answer, 15_000 + 16_000)).toBe(false);
  });
});

it('has errors of a server that may send nothing else go to those that have asked it', () => {
  const dns: PolicyRule = {
    direction: 'ingress',
    version: 4,
    protocol: 17,
    ports: { first: 53, last: 53 },
    stateful: true,
  };
  const guarded = new GuardedSwitch([dns]);
  expect(guarded.passes('guest', icmp(3, 3))).toBe(false);
  expect(guarded.passes('other', udp(999, 53))).toBe(true);
  expect(guarded.passes('guest', icmp(3, 3))).toBe(true);
  expect(guarded.passes('guest', icmp(8))).toBe(false);
});

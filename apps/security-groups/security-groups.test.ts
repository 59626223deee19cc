import { describe, expect, it } from 'vitest';
import { findOverlaps } from '#pipeline/simulator';
import type { AnyFact, PolicyRule } from '../facts.ts';
import { FLAG, GuardedSwitch, icmp, OTHER, tcp, udp } from '../firewall-fixture.ts';
import { edgePipeline, SAMPLE_FACTS } from '../index.ts';

const ANY_OUT: PolicyRule = { direction: 'egress', version: 4, stateful: true };
const WEB: PolicyRule = {
  direction: 'ingress',
  version: 4,
  protocol: 6,
  ports: { first: 80, last: 80 },
  stateful: true,
};
const SYN = tcp(999, 80, FLAG.syn);
const SYN_ACK = tcp(80, 999, FLAG.syn | FLAG.ack);
const ACK = tcp(999, 80, FLAG.ack);

describe('a guest', () => {
  it('without rules gets and sends nothing', () => {
    const guarded = new GuardedSwitch([]);
    for (const packet of [SYN, ACK, udp(1, 2), icmp(8), icmp(3)]) {
      expect(guarded.passes('guest', packet)).toBe(false);
      expect(guarded.passes('other', packet)).toBe(false);
    }
  });

  it('is a server whose connections nobody has to remember, when it may send anything', () => {
    const guarded = new GuardedSwitch([ANY_OUT, WEB]);
    expect(guarded.passes('other', SYN)).toBe(true);
    expect(guarded.passes('guest', SYN_ACK)).toBe(true);
    expect(guarded.passes('other', ACK)).toBe(true);
    expect(guarded.passes('other', tcp(999, 81, FLAG.syn))).toBe(false);
    expect(guarded.learned).toBe(0);
    guarded.rules = [ANY_OUT];
    expect(guarded.passes('other', ACK)).toBe(false);
    expect(guarded.passes('guest', tcp(80, 999, FLAG.ack))).toBe(true);
    expect(guarded.passes('other', ACK)).toBe(false);
  });

  it('loses a connection with its rule, and no other', () => {
    const dns: PolicyRule = {
      direction: 'egress',
      version: 4,
      protocol: 17,
      ports: { first: 53, last: 53 },
      stateful: true,
    };
    const guarded = new GuardedSwitch([dns, { ...dns, protocol: 6, ports: { first: 80, last: 80 } }]);
    expect(guarded.passes('guest', SYN)).toBe(true);
    expect(guarded.passes('guest', udp(999, 53))).toBe(true);
    expect(guarded.passes('other', SYN_ACK)).toBe(true);
    guarded.rules = [dns];
    expect(guarded.passes('other', tcp(80, 999, FLAG.ack))).toBe(false);
    expect(guarded.passes('other', udp(53, 999))).toBe(true);
  });

  it('gets from members of a group only', () => {
    const fromGroup: PolicyRule = { direction: 'ingress', version: 4, remote: { group: 2 }, stateful: true };
    const member: AnyFact = {
      ...{ kind: 'member', key: 2 },
      addresses: [
        { range: { version: 4, bits: BigInt(OTHER.ip), prefix: 32 }, groups: { ingressRules: [2] } },
      ],
    };
    const group: AnyFact = { kind: 'remoteGroup', key: 2, uses: ['ingressRules'] };
    expect(new GuardedSwitch([ANY_OUT, fromGroup], [group, member]).passes('other', SYN)).toBe(true);
    expect(new GuardedSwitch([ANY_OUT, fromGroup], [group]).passes('other', SYN)).toBe(false);
  });
});

it.each(['learn', 'conntrack'])('leaves to no two flows which one a packet hits, with %s', (backend) => {
  const pipeline = edgePipeline();
  const facts = Object.entries(SAMPLE_FACTS).filter(
    ([name, fact]) =>
      !/^segment-(alone|empty)/.test(name) && (fact.kind !== 'firewall' || fact.backend === backend),
  );
  const flows = [...pipeline.base, ...facts.flatMap(([, fact]) => pipeline.compile(fact))];
  const named = findOverlaps(flows).map((pair) => pair.map(({ tableId }) => pipeline.layout.nameOf(tableId)));
  expect(named).toEqual([]);
});

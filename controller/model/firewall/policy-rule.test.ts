import { describe, expect, it } from 'vitest';
import type { SecurityGroupRuleRecord } from '#controller/store/records';
import { sampleGroup, sampleRule } from '#controller/store/sample-records';
import { distinctRules, policyRuleOf } from './policy-rule.ts';

const own = sampleGroup('own', { key: 7 });
const remote = sampleGroup('remote', { key: 8 });
const read = (rule: Partial<SecurityGroupRuleRecord>) =>
  policyRuleOf(sampleRule('r', rule), { own, remote: rule.remoteGroupId === 'remote' ? remote : undefined });
const ANY = { direction: 'ingress', version: 4, stateful: true };

describe('a rule', () => {
  it.each<[Partial<SecurityGroupRuleRecord>, object]>([
    [{}, {}],
    [{ protocol: 'ip' }, {}],
    [{ protocol: '0' }, {}],
    [{ protocol: 'hopopt' }, { protocol: 0 }],
    [
      { protocol: 'tcp', portRangeMin: 22, portRangeMax: 23 },
      { protocol: 6, ports: { first: 22, last: 23 } },
    ],
    [
      { protocol: '132', portRangeMin: 5, portRangeMax: 5 },
      { protocol: 132, ports: { first: 5, last: 5 } },
    ],
    [{ protocol: '200' }, { protocol: 200 }],
    [{ protocol: 'udplite' }, { protocol: 136 }],
    [
      { protocol: 'icmp', portRangeMin: 8 },
      { protocol: 1, icmp: { type: 8 } },
    ],
    [
      { protocol: 'icmp', portRangeMin: 3, portRangeMax: 0 },
      { protocol: 1, icmp: { type: 3, code: 0 } },
    ],
    [
      { protocol: 'ipv6-icmp', portRangeMin: 128, ethertype: 'IPv6' },
      { version: 6, protocol: 58, icmp: { type: 128 } },
    ],
    [
      { remoteIpPrefix: '10.1.2.3/16' },
      { remote: { prefix: { version: 4, bits: 0x0a010000n, prefix: 16 } } },
    ],
    [{ remoteIpPrefix: '0.0.0.0/0' }, {}],
    [
      { remoteGroupId: 'remote', direction: 'egress' },
      { direction: 'egress', remote: { group: 8 } },
    ],
  ])('reads %j', (rule, what) => {
    expect(read(rule)).toEqual({ ...ANY, ...what });
  });

  it.each<[Partial<SecurityGroupRuleRecord>]>([
    [{ protocol: 'udplite', portRangeMin: 5, portRangeMax: 5 }],
    [{ protocol: 'dccp', portRangeMin: 5, portRangeMax: 9 }],
    [{ remoteGroupId: 'nothing' }],
  ])('%j admits nothing', (rule) => {
    expect(read(rule)).toBeUndefined();
  });

  it('is as stateful as its group', () => {
    expect(policyRuleOf(sampleRule('r'), { own: { ...own, stateful: false }, remote: undefined })).toEqual({
      ...ANY,
      stateful: false,
    });
  });
});

it('rules that say the same are one, in an order that does not depend on theirs', () => {
  const rules = [{ protocol: 'tcp' }, { protocol: '6' }, { protocol: 'udp' }, {}].flatMap(
    (each) => read(each) ?? [],
  );
  expect(distinctRules(rules)).toHaveLength(3);
  expect(distinctRules([...rules].reverse())).toEqual(distinctRules(rules));
});

import { describe, expect, it } from 'vitest';
import type { PolicyRule } from '../facts.ts';
import { groupUses } from './group-uses.ts';

const NONE = { ingressRules: [], egressRules: [], ingressMirror: [], egressMirror: [] };
const GROUP = { group: 2 };

describe('groupUses', () => {
  it('asks for the members of the default group where they send, and nowhere else', () => {
    const rules: PolicyRule[] = [
      { direction: 'egress', version: 4, stateful: true },
      { direction: 'ingress', version: 4, remote: GROUP, stateful: true },
    ];
    expect(groupUses(rules)).toEqual({ ...NONE, ingressRules: [2] });
  });

  it('asks in the mirror, too, when the other direction admits less', () => {
    const rules: PolicyRule[] = [
      { direction: 'egress', version: 4, protocol: 17, stateful: true },
      { direction: 'ingress', version: 4, protocol: 6, remote: GROUP, stateful: true },
    ];
    expect(groupUses(rules)).toEqual({ ...NONE, ingressRules: [2], egressMirror: [2] });
  });

  it.each<[string, Partial<PolicyRule>]>([
    ['another family', { version: 6 }],
    ['certain ports', { ports: { first: 1, last: 65535 } }],
    ['another group', { remote: { group: 3 } }],
    ['a prefix', { remote: { prefix: { version: 4, bits: 0n, prefix: 1 } } }],
  ])('knows that a rule for %s admits no answer to all members', (_, limited) => {
    const ingress: PolicyRule = {
      direction: 'ingress',
      version: 4,
      protocol: 6,
      remote: GROUP,
      stateful: true,
    };
    const egress: PolicyRule = { direction: 'egress', version: 4, protocol: 6, stateful: true, ...limited };
    expect(groupUses([ingress, egress]).egressMirror).toEqual([2]);
    expect(groupUses([ingress, { ...egress, ...{ version: 4, remote: GROUP } }]).egressMirror).toEqual(
      limited.ports ? [2] : [],
    );
  });

  it('holds answers to echo requests to rules for echo requests', () => {
    const rules = (type: number): PolicyRule[] => [
      { direction: 'ingress', version: 4, protocol: 1, icmp: { type: 8 }, remote: GROUP, stateful: true },
      { direction: 'egress', version: 4, protocol: 1, icmp: { type }, stateful: true },
    ];
    expect(groupUses(rules(0)).egressMirror).toEqual([]);
    expect(groupUses(rules(8)).egressMirror).toEqual([2]);
  });

  it('asks for nobody on behalf of types that nothing answers, and of rules without state', () => {
    const rule: PolicyRule = { direction: 'ingress', version: 4, remote: GROUP, stateful: false };
    expect(groupUses([rule])).toEqual({ ...NONE, ingressRules: [2] });
    const unanswered = { protocol: 1, icmp: { type: 5 }, stateful: true };
    expect(groupUses([{ ...rule, ...unanswered }])).toEqual({ ...NONE, ingressRules: [2] });
  });
});

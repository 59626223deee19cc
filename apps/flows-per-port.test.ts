import { expect, it } from 'vitest';
import type { AnyFact, Source } from './facts.ts';
import { edgePipeline } from './index.ts';

/** Flows of OVN 23.03 on a hypervisor for each of its ports there, security groups included. */
const OF_OVN = 86;

const MAC = 0xfa163e000001n;
const IPV4: Source = { version: 4, bits: 0x0a000005n, prefix: 32, mac: MAC };
const IPV6: Source = { version: 6, bits: (0xfd00n << 112n) | 5n, prefix: 128, mac: MAC };

it.each([
  ['of IPv4', [IPV4], 19],
  ['of both families', [IPV4, IPV6], 22],
])('a port %s with port security costs so many flows on its hypervisor', (_, sources, flows) => {
  const pipeline = edgePipeline();
  const facts: AnyFact[] = [
    {
      ...{ kind: 'localPort', key: 5, network: 7, mac: MAC, ofport: 3, isContested: false },
      ...{ addresses: sources, sources },
    },
    {
      ...{ kind: 'firewallPort', key: 5, policy: 3, plug: 1 },
      memory: { backend: 'learn', timeouts: { tcp: 3600, tcpClosing: 15, other: 120 } },
    },
  ];
  const count = facts.flatMap((fact) => pipeline.compile(fact)).length;
  expect(count).toBe(flows);
  expect(count).toBeLessThan(OF_OVN / 3);
});

it('a member of a group costs one flow where the group is asked for once', () => {
  const range = { version: 4, bits: 0x0a000005n, prefix: 32 } as const;
  const member: AnyFact = {
    ...{ kind: 'member', key: 5 },
    addresses: [{ range, groups: { ingressRules: [2, 3, 4] } }],
  };
  expect(edgePipeline().compile(member)).toHaveLength(1);
});

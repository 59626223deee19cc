import {
  type AddressRange,
  type AnyFact,
  type Facts,
  GROUP_USES,
  groupUses,
  type LocalPort,
  type PolicyRule,
} from '#apps';
import type { Random } from '../codec-switch/random.ts';
import { POOL } from './pools.ts';

const GROUPS = [1, 2, 3] as const;
const POLICIES = [1, 2, 3, 4] as const;
const ANY_OUT: readonly PolicyRule[] = [
  { direction: 'egress', version: 4, stateful: true },
  { direction: 'egress', version: 6, stateful: true },
];

/** A firewall that learns, for these ports: policies of random rules, and groups of random members. */
export function randomFirewall(ports: readonly LocalPort[], random: Random): readonly AnyFact[] {
  const policies = POLICIES.map((key): Facts['policy'] => ({
    kind: 'policy',
    key,
    rules: distinct([
      ...(random.oneIn(2) ? ANY_OUT : []),
      ...Array.from({ length: random.below(7) }, () => randomRule(random)),
    ]),
  }));
  const uses = policies.map(({ rules }) => groupUses(rules));
  const groups = GROUPS.flatMap((key): Facts['remoteGroup'][] => {
    const used = GROUP_USES.filter((use) => uses.some((each) => each[use].includes(key)));
    return used.length > 0 ? [{ kind: 'remoteGroup', key, uses: used }] : [];
  });
  const members = memberRanges(random).map((range, index): Facts['member'] => {
    const inGroups = groups.filter(() => random.oneIn(2));
    const byUse = GROUP_USES.map((use) => {
      const keys = inGroups.filter((group) => group.uses.includes(use)).map(({ key }) => key);
      return [use, keys] as const;
    });
    const asked = Object.fromEntries(byUse.filter(([, keys]) => keys.length > 0));
    return { kind: 'member', key: 900 + index, addresses: [{ range, groups: asked }] };
  });
  return [
    { kind: 'firewall', key: 1, backend: 'learn', ...(random.oneIn(6) && { recovering: true as const }) },
    ...ports.filter(({ sources }) => sources).map(({ key }) => firewallPort(key, random)),
    ...policies,
    ...groups,
    ...members,
  ];
}

function firewallPort(key: number, random: Random): Facts['firewallPort'] {
  return {
    kind: 'firewallPort',
    key,
    policy: random.pick(POLICIES),
    memory: { backend: 'learn', timeouts: { tcp: 3600, tcpClosing: 15, other: 120 } },
    plug: 1 + random.below(3),
    ...(random.oneIn(6) && { recovering: true as const }),
  };
}

function randomRule(random: Random): PolicyRule {
  const version = random.oneIn(3) ? 6 : 4;
  const protocol = random.oneIn(6) ? undefined : random.pick([6, 6, 17, 17, version === 4 ? 1 : 58, 132, 2]);
  const [a, b] = [random.pick(POOL.port), random.oneIn(3) ? random.below(65536) : random.pick(POOL.port)];
  const hasPorts = protocol === 6 || protocol === 17 || protocol === 132;
  const isIcmp = protocol === 1 || protocol === 58;
  return {
    direction: random.oneIn(2) ? 'ingress' : 'egress',
    version,
    ...(protocol !== undefined && { protocol }),
    ...(hasPorts && random.oneIn(2) && { ports: { first: Math.min(a, b), last: Math.max(a, b) } }),
    ...(isIcmp &&
      random.oneIn(2) && { icmp: { type: random.pick(version === 4 ? [0, 3, 8] : [1, 128, 129]) } }),
    ...(random.oneIn(3)
      ? { remote: { group: random.pick(GROUPS) } }
      : random.oneIn(3) && { remote: { prefix: randomRange(version, random) } }),
    stateful: !random.oneIn(5),
  };
}

function randomRange(version: 4 | 6, random: Random): AddressRange {
  const bits = version === 4 ? BigInt(0x0a000000 + random.below(10)) : random.pick(POOL.ipv6);
  return { version, bits, prefix: random.pick(version === 4 ? [0, 8, 24, 31, 32] : [0, 64, 128]) };
}

/** Addresses of members, none twice; some lie in ranges of others. */
function memberRanges(random: Random): readonly AddressRange[] {
  const ranges = new Map<string, AddressRange>();
  for (let count = 0; count < 6; count++) {
    const { version, bits, prefix } = randomRange(random.oneIn(3) ? 6 : 4, random);
    const width = version === 4 ? 32n : 128n;
    const network = (bits >> (width - BigInt(prefix))) << (width - BigInt(prefix));
    if (prefix > 0) ranges.set(`${version} ${network}/${prefix}`, { version, bits: network, prefix });
  }
  return [...ranges.values()];
}

function distinct(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const text = (rule: PolicyRule) =>
    JSON.stringify(rule, (_, each) => (typeof each === 'bigint' ? `${each}` : each));
  return [...new Map(rules.map((rule) => [text(rule), rule])).values()];
}

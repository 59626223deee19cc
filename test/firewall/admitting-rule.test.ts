import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdmittingRules } from '#controller/connections/admitting-rule';
import type { Connection } from '#controller/connections/connection';
import { openMemoryStore } from '#controller/store/memory-store';
import { sampleGroup, samplePort, sampleRule } from '#controller/store/sample-records';
import { type GroupRule, GuardedPort, type Memory } from './model.ts';
import type { IpPacket } from './packet.ts';
import { parsePrefix } from './parse-rule.ts';
import { printAddress, printPrefix } from './print-case.ts';

/** Which rule is told of a connection, held to the model: one exactly when a stateful rule admits its first packet. */
const ICMP = { 4: 1, 6: 58 } as const;
const HOSTS = {
  4: [0x0a000001n, 0x0a000002n, 0x0a000003n],
  6: [1n, 2n, 3n].map((n) => (0xfd00n << 112n) + n),
};
const PREFIXES = {
  4: ['10.0.0.2/32', '10.0.0.2/31', '10.0.0.0/8', '0.0.0.0/0'].map(parsePrefix),
  6: ['fd00::2/128', 'fd00::2/127', 'fd00::/64', '::/0'].map(parsePrefix),
} as const;
/** With ports, without, and ICMP as 1. */
const PROTOCOLS = [6, 17, 132, 1, 47, 51, 254];
const PORTS = [1, 80, 81, 65535];

const version = fc.constantFrom<4 | 6>(4, 6);
const rule = fc.record({
  direction: fc.constantFrom<'in' | 'out'>('in', 'out'),
  version,
  protocol: fc.constantFrom(undefined, undefined, undefined, ...PROTOCOLS),
  ports: fc.option(fc.tuple(fc.constantFrom(...PORTS), fc.constantFrom(...PORTS)), { nil: undefined }),
  type: fc.constantFrom(undefined, 8, 128, 13),
  code: fc.constantFrom(undefined, 0, 1),
  prefix: fc.option(fc.nat(3), { nil: undefined }),
  group: fc.constantFrom(undefined, undefined, 'peers', 'nobody'),
  isStateful: fc.constantFrom(true, true, false),
});
const packet = fc.record({
  direction: fc.constantFrom<'in' | 'out'>('in', 'out'),
  version,
  protocol: fc.constantFrom(...PROTOCOLS),
  ports: fc.tuple(fc.constantFrom(...PORTS), fc.constantFrom(...PORTS)),
  type: fc.constantFrom(8, 128, 13),
  code: fc.constantFrom(0, 1),
  peer: fc.nat(2),
});
type Drawn<A> = A extends fc.Arbitrary<infer T> ? T : never;

const protocolOf = (six: 4 | 6, drawn: number) => (drawn === 1 ? ICMP[six] : drawn);
const hasPorts = (protocol: number | undefined) => protocol !== undefined && [6, 17, 132].includes(protocol);

/** The rule for the model, and as the store has it. */
function ruleOf(drawn: Drawn<typeof rule>, at: number) {
  const { direction, version: six, isStateful, group, code } = drawn;
  const protocol = drawn.protocol === undefined ? undefined : protocolOf(six, drawn.protocol);
  const [first, last] = [...(drawn.ports ?? [])].sort((a, b) => a - b);
  const range = hasPorts(protocol) && first !== undefined && last !== undefined ? { first, last } : undefined;
  const icmp =
    protocol === ICMP[six] && drawn.type !== undefined
      ? { type: drawn.type, ...(code !== undefined && { code }) }
      : undefined;
  const prefix = group === undefined && drawn.prefix !== undefined ? PREFIXES[six][drawn.prefix] : undefined;
  const forModel: GroupRule = {
    ...{ direction, version: six, isStateful },
    ...(protocol !== undefined && { protocol }),
    ...(range && { ports: range }),
    ...(icmp && { icmp }),
    ...(group !== undefined ? { remote: { group } } : prefix && { remote: prefix }),
  };
  const record = sampleRule(`rule-${at}`, {
    direction: direction === 'in' ? 'ingress' : 'egress',
    ethertype: `IPv${six}`,
    securityGroupId: isStateful ? 'stateful' : 'stateless',
    protocol: protocol === undefined ? null : String(protocol),
    portRangeMin: range?.first ?? icmp?.type ?? null,
    portRangeMax: range?.last ?? icmp?.code ?? null,
    remoteIpPrefix: prefix ? printPrefix(prefix) : null,
    remoteGroupId: group ?? null,
  });
  return { forModel, record };
}

/** A first packet for the model, and the connection that it begins. */
function packetOf({ direction, version: six, ...drawn }: Drawn<typeof packet>) {
  const [local = 0n, ...others] = HOSTS[six];
  const peer = [...others, local + 100n][drawn.peer] ?? local;
  const protocol = protocolOf(six, drawn.protocol);
  const [source, target] = direction === 'out' ? [local, peer] : [peer, local];
  const [from, to] = drawn.ports;
  const ports = hasPorts(protocol) ? { source: from, target: to } : undefined;
  const icmp = protocol === ICMP[six] ? { type: drawn.type, code: drawn.code } : undefined;
  const first: IpPacket = {
    ...{ version: six, source, target, protocol },
    ...(ports && { ports }),
    ...(icmp && { icmp }),
    ...(protocol === 6 && { flags: 2 }),
  };
  const connection: Connection = {
    ...{ direction: direction === 'out' ? 'egress' : 'ingress', version: six, protocol },
    ...{ local: { version: six, bits: local }, peer: { version: six, bits: peer } },
    ...(ports && { ports: direction === 'out' ? { local: from, peer: to } : { local: to, peer: from } }),
    ...(icmp && { icmp }),
  };
  return { direction, first, connection };
}

const NO_MEMORY: Memory = { expect: () => undefined, isExpected: () => false, notice: () => undefined };

/** Members of `peers` are the second host by a fixed address, and the third by a pair; of `nobody`, none. */
function membersOf(group: string) {
  if (group !== 'peers') return [];
  return ([4, 6] as const).flatMap((six) =>
    HOSTS[six].slice(1).map((bits) => ({ version: six, bits, length: six === 4 ? 32 : 128 })),
  );
}

describe('AdmittingRules', () => {
  it('finds a rule for a connection exactly when the model has a stateful one admit its first packet', async () => {
    let found = 0;
    const property = fc.asyncProperty(
      fc.array(rule, { minLength: 1, maxLength: 6 }),
      fc.array(packet, { minLength: 1, maxLength: 12 }),
      async (rules, packets) => {
        const made = rules.map(ruleOf);
        const store = openMemoryStore();
        await store.transact((tx) => {
          for (const [at, id] of ['stateful', 'stateless', 'peers', 'nobody'].entries())
            tx.put('securityGroups', id, sampleGroup(id, { key: at + 1, stateful: id !== 'stateless' }));
          for (const { record } of made) tx.put('securityGroupRules', record.id, record);
          const address = (six: 4 | 6, at: number) => printAddress(six, HOSTS[six][at] ?? 0n);
          tx.put(
            'ports',
            'member',
            samplePort('member', {
              securityGroupIds: ['peers'],
              fixedIps: ([4, 6] as const).map((six) => ({ subnetId: 's', ipAddress: address(six, 1) })),
              allowedAddressPairs: ([4, 6] as const).map((six) => ({
                ...{ ipAddress: address(six, 2), macAddress: '02:00:00:00:00:02' },
              })),
            }),
          );
        });
        const admitting = new AdmittingRules(store, { securityGroupIds: ['stateful', 'stateless'] });
        for (const each of packets.map(packetOf)) {
          const model = (held: readonly GroupRule[]) => {
            const port = new GuardedPort(NO_MEMORY, membersOf);
            port.rules = held;
            return port.admits(each.direction, each.first, 0);
          };
          const stateful = made.filter(({ forModel }) => forModel.isStateful);
          const told = admitting.ruleOf(each.connection);
          expect(told !== undefined).toBe(model(stateful.map(({ forModel }) => forModel)));
          if (told === undefined) continue;
          found++;
          // The one that is told admits it alone, and no other of a lower id does.
          const admits = stateful.filter(({ forModel }) => model([forModel])).map(({ record }) => record.id);
          expect(told.id).toBe(admits.sort()[0]);
        }
      },
    );
    await fc.assert(property, { numRuns: 600 });
    expect(found).toBeGreaterThan(200);
  });

  it('asks nobody else’s groups', async () => {
    const store = openMemoryStore();
    await store.transact((tx) => {
      for (const id of ['own', 'other']) tx.put('securityGroups', id, sampleGroup(id));
      tx.put('securityGroupRules', 'r', sampleRule('r', { securityGroupId: 'other', direction: 'egress' }));
    });
    const { connection } = packetOf({
      ...{ direction: 'out', version: 4, protocol: 6, ports: [1, 80], type: 8, code: 0, peer: 0 },
    });
    expect(new AdmittingRules(store, { securityGroupIds: ['own'] }).ruleOf(connection)).toBeUndefined();
    expect(new AdmittingRules(store, { securityGroupIds: ['other'] }).ruleOf(connection)?.id).toBe('r');
  });
});

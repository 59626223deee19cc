import { describe, expect, it } from 'vitest';
import type { AnyFact } from '#apps';
import type { PortRecord } from '#controller/store/records';
import { sampleVif } from '#controller/store/sample-records';
import type { Change } from '#controller/store/store';
import { Model } from '../model.ts';
import { chassisRecord, networkRecord, portRecord } from '../model-fixture.ts';
import { FIREWALL_SETTINGS, groupRecord, ruleRecord } from './firewall-fixture.ts';

const GROUP = 'g-default';
const address = (number: number) => `10.0.${number >> 8}.${number & 0xff}`;

describe('the firewall’s facts', () => {
  it('say on each switch what its policies name, and nothing of what they do not', () => {
    const { model } = cloudOf(3, 4);
    expect(kinds(model.facts('hv-1'))).toMatchObject({
      firewall: 1,
      firewallPort: 2,
      policy: 1,
      remoteGroup: 1,
      member: 4,
    });
    expect(kinds(model.facts('hv-3'))).toEqual({ tunnelPort: 1, firewall: 1 });
  });

  it('cost one fact a switch when a member comes to a group of 5,000, and no look at the others', () => {
    const { model, readOf } = cloudOf(2, 5000);
    const deltas = readOf(() => model.apply([created(portOf(5001))]));
    expect(deltas.read).toEqual(new Set());
    for (const host of ['hv-1', 'hv-2'])
      expect(deltas.result.get(host)).toMatchObject({ gone: [], come: [{ kind: 'member', key: 5001 }] });
  });

  it('cost one fact a switch when a rule comes, whatever number of ports have its group', () => {
    const { model, readOf } = cloudOf(2, 5000);
    const rule = ruleRecord('r-new', GROUP, { protocol: 'tcp', portRangeMin: 22, portRangeMax: 22 });
    const deltas = readOf(() =>
      model.apply([{ collection: 'securityGroupRules', id: rule.id, after: rule }]),
    );
    expect(deltas.read).toEqual(new Set());
    for (const host of ['hv-1', 'hv-2'])
      expect(deltas.result.get(host)).toMatchObject({
        gone: [{ kind: 'policy' }],
        come: [{ kind: 'policy' }],
      });
  });

  it('cost nothing elsewhere when a port of another network takes another set of groups', () => {
    const { model } = cloudOf(2, 4);
    const before = portOf(1);
    const other = groupRecord('g-other', 2);
    model.apply([
      { collection: 'securityGroups', id: other.id, after: other },
      { collection: 'policies', id: '2', after: { id: '2', key: 2, securityGroupIds: [other.id] } },
    ]);
    const deltas = model.apply([
      { collection: 'ports', id: before.id, before, after: { ...before, securityGroupIds: [other.id] } },
    ]);
    expect(deltas.get('hv-1')?.come).toMatchObject([
      { kind: 'policy', key: 2, rules: [] },
      { kind: 'firewallPort', key: 1, policy: 2 },
    ]);
    // Where its old group is still named, it is a member no more.
    expect(deltas.get('hv-2')).toMatchObject({ gone: [{ kind: 'member', key: 1 }], come: [] });
  });

  it('give an address that two ports have to one of them, with the groups of both', () => {
    const { model } = cloudOf(2, 2);
    const other = groupRecord('g-other', 2);
    const rule = ruleRecord('r-other', GROUP, { remoteGroupId: other.id });
    const twin = { ...portOf(3), fixedIps: portOf(1).fixedIps, securityGroupIds: [other.id] };
    model.apply([
      { collection: 'securityGroups', id: other.id, after: other },
      { collection: 'securityGroupRules', id: rule.id, after: rule },
      created(twin),
    ]);
    expect(membersAt(model, 'hv-2')).toMatchObject([
      { key: 1, addresses: [{ groups: { ingressRules: [1, 2] } }] },
      { key: 2, addresses: [{ groups: { ingressRules: [1] } }] },
    ]);
    model.apply([{ collection: 'ports', id: 'port-1', before: portOf(1) }]);
    expect(membersAt(model, 'hv-2')).toMatchObject([
      { key: 2 },
      { key: 3, addresses: [{ groups: { ingressRules: [2] } }] },
    ]);
  });

  it('tell no address of a pair that is all addresses', () => {
    const { model } = cloudOf(2, 2);
    const pairs = ['0.0.0.0/0', '::/0', '10.9.0.0/16'].map((ipAddress) => ({
      ipAddress,
      macAddress: 'fa:16:3e:00:00:01',
    }));
    model.apply([created({ ...portOf(1), allowedAddressPairs: pairs })]);
    const [{ addresses } = { addresses: [] }] = membersAt(model, 'hv-2');
    expect(addresses.map(({ range }) => range.prefix)).toEqual([32, 16]);
  });

  it('are none without settings', () => {
    const model = new Model();
    model.apply([{ collection: 'chassis', id: 'hv-1', after: chassisRecord('hv-1', 1) }]);
    expect(kinds(model.facts('hv-1'))).toEqual({ tunnelPort: 1 });
  });
});

/** Hypervisors of one network, whose first two plug the ports in turn; all ports are in one group that admits its members. */
function cloudOf(hypervisors: number, ports: number) {
  const read = new Set<string>();
  const model = new Model(FIREWALL_SETTINGS);
  const group = groupRecord(GROUP, 1);
  const own = ruleRecord('r-own', GROUP, { remoteGroupId: GROUP });
  const changes: Change[] = [
    { collection: 'networks', id: 'net-a', after: networkRecord('net-a', 1) },
    { collection: 'securityGroups', id: GROUP, after: group },
    { collection: 'securityGroupRules', id: own.id, after: own },
    { collection: 'policies', id: '1', after: { id: '1', key: 1, securityGroupIds: [GROUP] } },
  ];
  for (let number = 1; number <= hypervisors; number++)
    changes.push({ collection: 'chassis', id: `hv-${number}`, after: chassisRecord(`hv-${number}`, number) });
  for (let port = 1; port <= ports; port++) {
    changes.push(created(watched(portOf(port), () => read.add(`port-${port}`))));
    const vif = sampleVif(`hv-${2 - (port % 2)}`, `port-${port}`, { ofport: port, claim: port });
    if (port <= 4) changes.push({ collection: 'vifs', id: vif.id, after: vif });
  }
  model.apply(changes);
  /** Which ports' records are read by some work. */
  function readOf<T>(work: () => T): { readonly result: T; readonly read: ReadonlySet<string> } {
    read.clear();
    const result = work();
    return { result, read };
  }
  return { model, readOf };
}

function portOf(number: number): PortRecord {
  const fixedIps = [{ subnetId: 's', ipAddress: address(number) }];
  return portRecord(`port-${number}`, number, 'net-a', { securityGroupIds: [GROUP], fixedIps });
}

function created(port: PortRecord): Change {
  return { collection: 'ports', id: port.id, after: port };
}

function watched(port: PortRecord, onRead: () => void): PortRecord {
  return new Proxy(port, {
    get(target, name, receiver) {
      onRead();
      return Reflect.get(target, name, receiver);
    },
  });
}

function membersAt(model: Model, chassisId: string) {
  const facts = [...model.facts(chassisId)];
  return facts.flatMap((fact) => (fact.kind === 'member' ? [fact] : [])).sort((a, b) => a.key - b.key);
}

function kinds(facts: Iterable<AnyFact>): Record<string, number> {
  const count: Record<string, number> = {};
  for (const { kind } of facts) count[kind] = (count[kind] ?? 0) + 1;
  return count;
}

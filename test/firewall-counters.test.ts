import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { edgePipeline, FACT_KINDS } from '#apps';
import { ETHERTYPE, ethernet, icmpEcho, type Resource, TcpStreams, waitFor } from '#lab';
import { LEARNED_SPACE_HI } from '#pipeline';
import { Cloud, type Guest, macOf } from './cloud.ts';
import { dropCounts } from './drop-counts.ts';

/** What operators see of security groups, held to what the switch itself counts; and what is left over on a switch. */
const HYPERVISOR = 'hv1';
const DOCS = join(import.meta.dirname, '../docs');
/** Of an expression: the labels that it groups by, and the metric. */
const GROUPED = /by \(([^)]+)\) \((?:rate\()?(tenantflow_\w+)/g;
/** Answers that come after their rule is gone. */
const LATE = 5;
const pipeline = edgePipeline();
let cloud: Cloud;
let guest: Guest;
let other: Guest;
let stranger: Guest;
let open: Guest;
let alone: Resource;
let streams: TcpStreams;

interface Rule extends Resource {
  readonly security_group_id: string;
}

interface Grouped {
  readonly security_groups: readonly string[];
}

beforeAll(async () => {
  cloud = await Cloud.create(1, {}, { args: ['--audit-interval', '1'] });
  // Counting begins with the first audit.
  await waitFor(async () => (await auditedAt()) !== null, { what: 'the first audit' });
  const network = await cloud.network('red');
  guest = await cloud.guest(network, cloud.hypervisor(1), 1);
  other = await cloud.guest(network, cloud.hypervisor(1), 2);
  alone = await cloud.controller.rest.create('security_group', { name: 'alone' });
  const anything = await cloud.groupForAnything();
  stranger = await memberOf(alone, network, 3);
  open = await memberOf(anything, network, 4);
  streams = await TcpStreams.start(guest.vm, other.vm, 3, 50);
});
afterAll(() => cloud.stop());

async function memberOf(group: Resource, network: Resource, number: number): Promise<Guest> {
  const port = await cloud.createPort(network, number, { security_groups: [group.id] });
  const vm = await cloud.createVm(number);
  await cloud.hypervisor(1).plug(vm, port.id);
  await cloud.status(port, 'ACTIVE');
  return { vm, port };
}

async function auditedAt(): Promise<number | null> {
  const told = (await cloud.controller.rest.request('GET', `/v1/switches/${HYPERVISOR}`)) as {
    readonly audit: { readonly at: number | null } | null;
  };
  return told.audit?.at ?? null;
}

/** The values of a metric whose labels have all of these. */
async function metric(name: string, ...labels: readonly string[]): Promise<number> {
  const lines = (await cloud.controller.metrics()).split('\n');
  const values = lines.flatMap((line) => {
    const [, has = '', value] = /^(\w+(?:\{[^}]*\})?) (\S+)$/.exec(line) ?? [];
    return has.split('{')[0] === name && labels.every((label) => has.includes(label)) ? [Number(value)] : [];
  });
  return values.reduce((sum, value) => sum + value, 0);
}

/** Waits until metrics say what the switch does, which may go on counting; returns that. */
async function agreed<T>(ofMetrics: () => Promise<T>, ofSwitch: () => Promise<T>): Promise<T> {
  let told = '';
  let both: T | undefined;
  await waitFor(
    async () => {
      const [counted, seen] = [await ofSwitch(), await ofMetrics()];
      told = `${JSON.stringify(seen)} is ${JSON.stringify(counted)}`;
      both = counted;
      if (JSON.stringify(seen) !== JSON.stringify(counted)) throw new Error(told);
      return true;
    },
    { what: 'metrics to say what the switch does' },
  );
  if (both === undefined) throw new Error(told);
  return both;
}

describe('the metrics', () => {
  it('are those of docs/metrics.md, and have the labels by which the dashboard asks', async () => {
    const lines = (await cloud.controller.metrics())
      .split('\n')
      .filter((line) => line.startsWith('tenantflow_'));
    const docs = readFileSync(`${DOCS}/metrics.md`, 'utf8');
    const listed = [...docs.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
    const typed = (await cloud.controller.metrics()).matchAll(/^# TYPE (tenantflow_\w+)/gm);
    expect(Array.from(typed, ([, name]) => name).sort()).toEqual(listed.sort());
    const asked = [...readFileSync(`${DOCS}/grafana/tenantflow.json`, 'utf8').matchAll(GROUPED)];
    expect(asked.length).toBeGreaterThan(10);
    for (const [, labels = '', name = ''] of asked)
      for (const line of lines.filter((each) => each.startsWith(`${name}{`) || each.startsWith(`${name} `)))
        for (const label of labels.split(', ')) expect(line).toContain(`${label}="`);
  });

  it('tell how many packets security groups have denied, by switch, groups and direction', async () => {
    const denied = async () => (await dropCounts(cloud.hypervisor(1), ['denied'])).denied ?? 0;
    const before = await agreed(() => metric('tenantflow_switch_denied_packets_total'), denied);
    // Into the default group come only its members; the stranger may send to all.
    expect((await stranger.vm.ping(guest.vm.ip, { waitMs: 1_000 })).received).toBe(0);
    const after = await agreed(() => metric('tenantflow_switch_denied_packets_total'), denied);
    expect(after - before).toBeGreaterThanOrEqual(3);
    const ingress = await metric('tenantflow_switch_denied_packets_total', 'direction="ingress"');
    expect(ingress).toBeGreaterThanOrEqual(3);
    const { security_groups: ids } = await cloud.controller.rest.show<Resource & Grouped>(
      'port',
      guest.port.id,
    );
    const groups = `groups="${ids.join()}"`;
    const toGroup = await metric('tenantflow_policy_denied_packets_total', groups, 'direction="ingress"');
    expect(toGroup).toBeGreaterThanOrEqual(3);
    expect(await metric('tenantflow_dropped_packets_total', 'reason="denied"')).toBeGreaterThanOrEqual(after);
  });

  it('tell how many flows are learned, by switch and port', async () => {
    const learned = async () => (await cloud.hypervisor(1).dumpLearned()).length;
    const count = await agreed(() => metric('tenantflow_switch_learned_flows'), learned);
    // Of each stream, and what all of two addresses have in common.
    expect(count).toBeGreaterThanOrEqual(4);
    const ofGuest = await metric('tenantflow_port_learned_flows', `port="${guest.port.id}"`);
    expect(ofGuest).toBeGreaterThanOrEqual(4);
    expect(await metric('tenantflow_port_learned_flows')).toBe(count);
    expect(await metric('tenantflow_learned_flows_limit')).toBe(100_000);
  });

  it('tell how many packets belong to connections whose rule is gone', async () => {
    const revoked = async () => (await dropCounts(cloud.hypervisor(1), ['revoked'])).revoked ?? 0;
    const counted = () => metric('tenantflow_dropped_packets_total', 'reason="revoked"');
    // Nothing may come to the stranger, but answers to what it has begun.
    expect((await stranger.vm.ping(open.vm.ip)).received).toBe(3);
    const { rest } = cloud.controller;
    const rules = await rest.list<Rule>('security_group_rule');
    for (const rule of rules)
      if (rule.security_group_id === alone.id) await rest.delete('security_group_rule', rule.id);
    await cloud.caughtUp();
    const before = await agreed(counted, revoked);
    const answer = { src: open.vm.ip, dst: stranger.vm.ip, reply: true, id: 1, sequence: 1 };
    const header = { src: macOf(4), dst: macOf(3), type: ETHERTYPE.ipv4 };
    const late = ethernet(header, icmpEcho(answer, Buffer.from('late')));
    for (let sent = 0; sent < LATE; sent++) await open.vm.send(late);
    await cloud.lab.quiet();
    const after = await agreed(counted, revoked);
    expect(after - before).toBe(LATE);
  });
});

describe('learned flows of a port that is gone', () => {
  it('are removed when a controller finds them, and nobody else’s', async () => {
    const hypervisor = cloud.hypervisor(1);
    const table = pipeline.layout.tables.find((each) => each.table.name === 'connections')?.id;
    const orphan = `cookie=${cookieOf(4_000)},table=${table},priority=1000,reg4=0xfa0`;
    const strange = 'cookie=0x7608080000000fa0,table=0,priority=7,reg4=0xfa0,actions=drop';
    await cloud.controller.stop();
    const before = await hypervisor.dumpLearned();
    await hypervisor.addFlows(
      [`${orphan},idle_timeout=3600,actions=load:1->NXM_NX_REG5[0]`, strange].join('\n'),
    );
    expect(await hypervisor.dumpLearned()).toHaveLength(before.length + 1);
    await cloud.controller.start();
    await cloud.steady();
    await waitFor(async () => !(await hypervisor.dumpLearned()).some((flow) => flow.includes('reg4=0xfa0')), {
      what: 'what nobody learned to be gone',
    });
    expect(await metric('tenantflow_learned_orphans_total')).toBe(1);
    expect((await hypervisor.dumpFlows()).filter((flow) => flow.includes('cookie=0x7608'))).toHaveLength(1);
    const left = new Set(await hypervisor.dumpLearned());
    expect(before.filter((flow) => !left.has(flow))).toEqual([]);
    const { sent, answered, broken } = await streams.stop();
    expect(answered).toBe(sent);
    expect(broken).toBe(0);
  });
});

/** The cookie of what a port of this key learns. */
function cookieOf(key: number): string {
  const app = pipeline.apps.find(({ name }) => name === 'learn-firewall')?.number ?? 0;
  const hi = (LEARNED_SPACE_HI | (app << 16) | (FACT_KINDS.firewallPort << 8)) >>> 0;
  return `0x${hi.toString(16)}${key.toString(16).padStart(8, '0')}`;
}

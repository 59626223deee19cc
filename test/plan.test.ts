import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hypervisor } from '#lab';
import { Cloud, type Guest } from './cloud.ts';
import { tenantflow } from './fixtures/tenantflow.ts';

/** What `tenantflow plan` and `?dry_run=true` say is going to happen on real switches, and what happens then. */
let cloud: Cloud;
let guests: readonly Guest[];
const file = join(mkdtempSync(join(tmpdir(), 'plan-')), 'lab.yaml');

beforeAll(async () => {
  cloud = await Cloud.create(2);
  const red = await cloud.network('red');
  guests = [await cloud.guest(red, cloud.hypervisor(1), 1), await cloud.guest(red, cloud.hypervisor(2), 2)];
  await cloud.controller.rest.update('port', guests[0]?.port.id ?? '', { name: 'vm1' });
  writeFileSync(
    file,
    `
networks: [{ name: blue }]
subnets: [{ name: blue-v4, network: blue, cidr: 10.9.0.0/24 }]
ports:
  - { name: vm1, network: red, allowed_address_pairs: [{ ip_address: 10.0.0.100 }] }
  - { name: new, network: blue }
`,
  );
});
afterAll(() => cloud.stop());

interface SwitchPlan {
  readonly id: string;
  readonly added: readonly string[];
  readonly changed: readonly unknown[];
  readonly deleted: readonly string[];
}

/** How many flows a switch got and lost between two dumps, and how many it has otherwise than before. */
function difference(before: readonly string[], after: readonly string[]) {
  const key = (line: string) => line.replace(/cookie=\S+ /, '').replace(/ ?actions=.*/, '');
  const [old, now] = [before, after].map((lines) => new Map(lines.map((line) => [key(line), line])));
  const added = [...(now ?? [])].filter(([each]) => !old?.has(each));
  const deleted = [...(old ?? [])].filter(([each]) => !now?.has(each));
  const changed = [...(now ?? [])].filter(([each, line]) => old?.has(each) && old.get(each) !== line);
  return { added: added.length, changed: changed.length, deleted: deleted.length };
}

const dumps = () => Promise.all(cloud.hypervisors.map((hypervisor: Hypervisor) => hypervisor.dumpFlows()));

/** Makes the change, and expects of the switches what was planned of them. */
async function expectAsPlanned(plans: readonly SwitchPlan[], change: () => Promise<unknown>): Promise<void> {
  const before = await dumps();
  await change();
  await cloud.steady();
  const after = await dumps();
  for (const [at, { name }] of cloud.hypervisors.entries()) {
    const { added = [], changed = [], deleted = [] } = plans.find(({ id }) => id === name) ?? {};
    const planned = { added: added.length, changed: changed.length, deleted: deleted.length };
    expect([name, difference(before[at] ?? [], after[at] ?? [])]).toEqual([name, planned]);
  }
}

describe('tenantflow plan', () => {
  it('tells which flows a topology changes on which switch, keeps nothing of it, and is right', async () => {
    const { code, stdout } = await tenantflow(['plan', '-f', file]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\+ network blue/m);
    expect(stdout).toMatch(/^hv1: \d+ flows to add, /m);
    expect(stdout).toContain('10.0.0.100');
    expect(await cloud.controller.rest.list('network')).toHaveLength(1);

    const json = await tenantflow(['plan', '-f', file, '--json']);
    const { objects, switches } = JSON.parse(json.stdout);
    expect(objects).toBeGreaterThan(3);
    await expectAsPlanned(switches, () => tenantflow(['apply', '-f', file, '--yes']));
    const again = await tenantflow(['plan', '-f', file]);
    expect(again.stdout).toBe('Nothing to do: all is as the files say.\nNo switch changes.\n');
  });

  it('says what the controller refuses, and leaves no plan behind', async () => {
    writeFileSync(file, 'ports:\n  - { name: vm9, network: red, fixed_ips: [{ ip_address: 10.7.0.1 }] }\n');
    const { code, stderr } = await tenantflow(['plan', '-f', file]);
    expect(code).toBe(1);
    expect(stderr).toContain('cannot create port vm9: ');
  });
});

describe('?dry_run=true', () => {
  it('tells what one request changes, and is right', async () => {
    const id = guests[1]?.port.id ?? '';
    const path = `/v2.0/ports/${id}`;
    const body = { port: { admin_state_up: false } };
    const answer = await cloud.controller.rest.request('PUT', `${path}?dry_run=true`, body);
    const { dry_run: plan } = answer as {
      dry_run: { answer: { port: object }; switches: readonly SwitchPlan[] };
    };
    expect(plan.answer.port).toMatchObject({ id, admin_state_up: false });
    expect(await cloud.controller.rest.show('port', id)).toMatchObject({ admin_state_up: true });
    expect(plan.switches.map((each) => each.id)).toEqual(['hv1', 'hv2']);
    await expectAsPlanned(plan.switches, () => cloud.controller.rest.request('PUT', path, body));
  });
});

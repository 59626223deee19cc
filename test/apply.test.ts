import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKOUT, type ControllerProcess, Lab } from '#lab';
import { type Ended, tenantflow } from './fixtures/tenantflow.ts';

/** `tenantflow apply`, `export` and `schema` as processes, between two controllers. */
const EXAMPLE = `${CHECKOUT}/docs/topology.example.yaml`;
const OTHER = '127.0.0.1:9796';
let lab: Lab;
let controller: ControllerProcess;

beforeAll(async () => {
  lab = await Lab.create();
  controller = lab.controller();
  const other = lab.controller({
    name: 'other',
    openflow: '127.0.0.1:6753',
    ovsdb: '127.0.0.1:6740',
    api: OTHER,
    metrics: '127.0.0.1:9797',
  });
  await Promise.all([controller.start(), other.start()]);
});
afterAll(() => lab.stop());

/** A file of a topology. */
function fileOf(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'topology-')), 'lab.yaml');
  writeFileSync(file, text);
  return file;
}

function applied(text: string, ...options: string[]): Promise<Ended> {
  return tenantflow(['apply', '-f', fileOf(text), ...options]);
}

describe('tenantflow apply', () => {
  it('changes nothing with --dry-run, nor when there is no terminal to ask on', async () => {
    const [dry, unasked] = await Promise.all([
      tenantflow(['apply', '-f', EXAMPLE, '--dry-run']),
      tenantflow(['apply', '-f', EXAMPLE]),
    ]);
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect(dry.stdout).toContain('+ network blue  (');
    expect(dry.stdout).toMatch(/\nPlan: 12 to create, 2 to update, 0 to delete\.\n$/);
    expect(unasked).toMatchObject({ code: 2, stderr: expect.stringContaining('say --yes') });
    expect(await controller.rest.list('network')).toEqual([]);
  });

  it('makes what the example says, and then there is nothing to do', async () => {
    const first = await tenantflow(['apply', '-f', EXAMPLE, '--yes']);
    expect(first.code).toBe(0);
    expect(first.stderr).toContain('created trunk router-trunk\n');
    const second = await tenantflow(['apply', '-f', EXAMPLE, '--yes', '--prune']);
    expect(second).toEqual({ code: 0, stdout: 'Nothing to do: all is as the files say.\n', stderr: '' });
    const { stdout } = await tenantflow(['describe', 'trunk', 'router-trunk']);
    expect(stdout).toMatch(/^Subports +VLAN 20 {2}router-blue/m);
  });

  it('makes another controller equal from an export', async () => {
    const exported = await tenantflow(['export']);
    const piped = await tenantflow(['apply', '-f', '-', '--yes', '--api', OTHER], { input: exported.stdout });
    expect(piped.code).toBe(0);
    expect(await tenantflow(['export', '--api', OTHER])).toEqual(exported);
    const project = await tenantflow(['export', '--project', 'nobodys', '-o', 'json']);
    expect(JSON.parse(project.stdout)).toMatchObject({ project: 'nobodys' });
    expect(project.stdout).not.toContain('router-blue');
  });

  it('deletes with --prune what its files no longer contain, and nothing else', async () => {
    const other = await controller.rest.create('network', { name: 'somebody' });
    const shown = await applied('topology: example', '--dry-run');
    expect(shown.stdout).toMatch(
      /^Nothing to do.*\nOf topology example, no longer in its files, and left alone:\n/,
    );
    const pruned = await applied('topology: example', '--prune', '--yes');
    expect(pruned.code).toBe(0);
    expect(await controller.rest.list('network')).toMatchObject([{ id: other.id }]);
    expect(await controller.rest.list('port')).toEqual([]);
    expect(await applied('networks: []', '--prune', '--yes')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('say topology: NAME'),
    });
  });

  it('reports every mistake with file, line and column before it changes anything', async () => {
    const { code, stdout, stderr } = await applied(
      'networks:\n  - name: red\n    mtu: big\nports:\n  - name: vm1\n    network: rad\n    mac: x\n',
      '--yes',
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /lab\.yaml:3:10: network red: Invalid input for operation: 'big' is not an integer\.\n/,
    );
    expect(stderr).toMatch(/lab\.yaml:7:5: port vm1: Unrecognized attribute\(s\) 'mac'.*\n/);
    const names = await applied('networks: [{ name: red }]\nports: [{ name: vm1, network: rad }]', '--yes');
    expect(names).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /lab\.yaml:2:31: port vm1: there is no network 'rad': did you mean red\?\n$/,
      ),
    });
    expect((await controller.rest.list('network')).map(({ name }) => name)).toEqual(['somebody']);
  });

  it('says what is done and what is not when it fails in the middle, and goes on when it is run again', async () => {
    const text = (ip: string) => `
networks: [{ name: red, subnets: [{ cidr: 10.0.0.0/24 }] }]
ports:
  - { name: vm1, network: red, fixed_ips: [{ ip_address: 10.0.0.5 }] }
  - { name: vm2, network: red, fixed_ips: [{ ip_address: ${ip} }] }
  - { name: vm3, network: red }`;
    const failed = await applied(text('10.0.0.5'), '--yes');
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(
      /lab\.yaml:5:5: cannot create port vm2: IP address 10\.0\.0\.5 already allocated/,
    );
    expect(failed.stderr).toMatch(
      /\n3 of 5 steps are done\.\nNot done yet:\n {2}create port vm3\nRun it again/,
    );
    const again = await applied(text('10.0.0.6'), '--yes');
    expect(again.stdout).toMatch(/\nPlan: 2 to create, 0 to update, 0 to delete\.\n$/);
    expect(again.code).toBe(0);
  });
});

describe('tenantflow schema', () => {
  it('prints what is published', async () => {
    const published = readFileSync(`${CHECKOUT}/docs/topology.schema.json`, 'utf8');
    expect(await tenantflow(['schema'])).toEqual({ code: 0, stdout: published, stderr: '' });
  });
});

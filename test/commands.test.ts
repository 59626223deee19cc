import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Resource } from '#lab';
import { Cloud } from './cloud.ts';
import { Ongoing, tenantflow, tenantflowOnTerminal, tenantflowPiped } from './fixtures/tenantflow.ts';

/** `tenantflow get`, `describe` and `delete` as processes, against a controller with a hypervisor. */
let cloud: Cloud;
let network: Resource;
let up: Resource;
let down: Resource;

beforeAll(async () => {
  cloud = await Cloud.create(1);
  network = await cloud.network('red');
  up = (await cloud.guest(network, cloud.hypervisor(1), 1)).port;
  await cloud.controller.rest.update('port', up.id, { name: 'vm1' });
  down = await cloud.createPort(network, 2, { name: 'vm2', 'binding:host_id': 'nowhere' });
});
afterAll(() => cloud.stop());

describe('tenantflow get', () => {
  it('prints a table that names what ports belong to', async () => {
    const { code, stdout } = await tenantflow(['get', 'ports', '--filter', `network_id=${network.id}`]);
    const [head, ...rows] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(code).toBe(0);
    expect(head).toEqual(['NAME', 'ID', 'NETWORK', 'STATUS', 'MAC', 'ADDRESSES', 'HOST']);
    expect(rows).toContainEqual(['vm1', up.id.slice(0, 8), 'red', 'ACTIVE', '02:00:00:00:00:01', '10.0.0.1']);
    expect(rows).toContainEqual([
      ...['vm2', down.id.slice(0, 8), 'red', 'DOWN', '02:00:00:00:00:02', '10.0.0.2', 'nowhere'],
    ]);
  });

  it('prints what the API says as JSON and YAML, a list unless one was named', async () => {
    const [one, all] = await Promise.all([
      tenantflow(['get', 'port', 'vm1', '-o', 'json']),
      tenantflow(['get', 'port', '-o', 'yaml', '--filter', 'name=vm1']),
    ]);
    const port = await cloud.controller.rest.show('port', up.id);
    expect(JSON.parse(one.stdout)).toEqual(port);
    expect(parse(all.stdout)).toEqual([port]);
  });

  it('shows the default group with its rules, which have no description', async () => {
    const [group, rules] = await Promise.all([
      tenantflow(['describe', 'security-group', 'default']),
      tenantflow(['get', 'security-group-rules']),
    ]);
    expect(group).toMatchObject({ code: 0, stderr: '' });
    expect(group.stdout).toMatch(/Lets in +any IPv[46] from group default\n/);
    expect(rules.stdout.trimEnd().split('\n')).toHaveLength(1 + 4);
  });

  it('finds by name, id, and the beginning of an id, and by other words for a kind', async () => {
    const runs = await Promise.all(
      [
        ['port', 'vm1'],
        ['ports', up.id],
        ['port', up.id.slice(0, 8)],
        ['port', up.id.toUpperCase()],
      ].map((args) => tenantflow(['get', ...args, '-o', 'id'])),
    );
    expect(runs.map(({ stdout }) => stdout)).toEqual(Array(4).fill(`${up.id}\n`));
    expect(await tenantflow(['get', 'net', 'red', '-o', 'name'])).toMatchObject({ stdout: 'red\n' });
    expect(await tenantflow(['get', 'sw', 'hv1', '-o', 'id'])).toMatchObject({ stdout: 'hv1\n' });
  });

  it('says what to do about names that are nobody’s, or those of several', async () => {
    await Promise.all([1, 2].map(() => cloud.controller.rest.create('network', { name: 'twice' })));
    const [missing, several, kind, filter] = await Promise.all([
      tenantflow(['get', 'port', 'vm3']),
      tenantflow(['get', 'network', 'twice']),
      tenantflow(['get', 'netwroks']),
      tenantflow(['get', 'ports', '--filter', 'status']),
    ]);
    expect(missing).toMatchObject({
      code: 1,
      stdout: '',
      stderr: "tenantflow: there is no port 'vm3'\nDid you mean 'vm1' or 'vm2'?\n",
    });
    expect(several.code).toBe(1);
    const twins = (await cloud.controller.rest.list('network')).filter(({ name }) => name === 'twice');
    for (const { id } of twins) expect(several.stderr).toContain(id);
    expect(kind).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean networks') });
    expect(filter).toMatchObject({ code: 2, stderr: expect.stringContaining("'status' is not KEY=VALUE") });
  });

  it('passes on what the controller says to a filter that it does not know', async () => {
    expect(await tenantflow(['get', 'ports', '--filter', 'colour=red'])).toMatchObject({
      code: 1,
      stderr: "tenantflow: ['colour'] is invalid attribute for filtering\n",
    });
  });

  it('goes on with --watch and prints what changes', async () => {
    const table = new Ongoing(['get', 'ports', '--watch']);
    const data = new Ongoing(['get', 'ports', '--watch', '-o', 'json']);
    await table.prints(/^vm2 /m);
    await data.prints(/"name":"vm2"/);
    const port = await cloud.createPort(network, 9, { name: 'vm9' });
    await Promise.all([table.prints(/^vm9 .* DOWN /m), data.prints(/^\{"op":"create".*"name":"vm9"/m)]);
    await cloud.controller.rest.update('port', port.id, { admin_state_up: false });
    await Promise.all([table.prints(/^vm9 .* disabled /m), data.prints(/^\{"op":"update".*"name":"vm9"/m)]);
    await cloud.controller.rest.delete('port', port.id);
    await Promise.all([table.prints(/^vm9 \(deleted\)/m), data.prints(/^\{"op":"delete".*"name":"vm9"/m)]);
    table.stop();
    data.stop();
  });

  it('ends a --watch that nobody reads any more, although nothing changes', async () => {
    const { code, stdout, stderr } = await tenantflowPiped(['get', 'networks', '--watch'], 'head -1');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^NAME /);
  });
});

describe('tenantflow describe', () => {
  it('shows a port with all that belongs to it', async () => {
    const { code, stdout } = await tenantflow(['describe', 'port', 'vm1']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Port +vm1$/m);
    expect(stdout).toMatch(/^Network +red \(.*\), vxlan \d+$/m);
    expect(stdout).toMatch(/^Addresses +10\.0\.0\.1 of 10\.0\.0\.0\/24$/m);
    expect(stdout).toMatch(/^Switch +hv1, interface \S+ \(OpenFlow port \d+\)$/m);
    expect(stdout).toMatch(/^Status +ACTIVE$/m);
  });

  it('says why a port is DOWN', async () => {
    const { stdout } = await tenantflow(['describe', 'port', 'vm2']);
    expect(stdout).toMatch(/^Status +DOWN\n +no hypervisor nowhere has joined/m);
    await cloud.controller.rest.update('port', down.id, { 'binding:host_id': 'hv1' });
    const later = await tenantflow(['describe', 'port', 'vm2']);
    expect(later.stdout).toMatch(
      /^Switch +plugged in nowhere\nStatus +DOWN\n +it is not plugged in; on hv1:/m,
    );
    expect(later.stdout).toContain(`external_ids:iface-id=${down.id}`);
    const device = await cloud.hypervisor(1).plug(await cloud.createVm(2), down.id);
    await cloud.status(down, 'ACTIVE');
    await cloud.controller.rest.update('port', down.id, { 'binding:host_id': 'nowhere' });
    await cloud.status(down, 'DOWN');
    const barred = await tenantflow(['describe', 'port', 'vm2']);
    expect(barred.stdout).toMatch(new RegExp(`^Switch +hv1, interface ${device} .*, not wired$`, 'm'));
  });

  it('shows networks, subnets and switches', async () => {
    const [ofNetwork, ofSwitch] = await Promise.all([
      tenantflow(['describe', 'network', 'red']),
      tenantflow(['describe', 'switch', 'hv1']),
    ]);
    expect(ofNetwork.stdout).toMatch(/^Ports +2 ports, 1 ACTIVE$/m);
    expect(ofNetwork.stdout).toMatch(/^Subnets +10\.0\.0\.0\/24 {2}gateway 10\.0\.0\.1/m);
    expect(ofSwitch.stdout).toMatch(/^OpenFlow +connected, steady$/m);
    expect(ofSwitch.stdout).toMatch(/^Problem +none$/m);
  });
});

describe('tenantflow delete', () => {
  it('does nothing when there is no terminal to ask on', async () => {
    expect(await tenantflow(['delete', 'port', 'vm1'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('say --yes'),
    });
    expect(await tenantflow(['delete', 'ports', '--yes'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('say which ports'),
    });
    expect((await cloud.controller.rest.show('port', up.id)).name).toBe('vm1');
  });

  it('asks on a terminal, and takes only a yes for one', async () => {
    const port = await cloud.createPort(network, 20, { name: 'vm20' });
    const answer = (text: string) => tenantflowOnTerminal(['delete', 'port', 'vm20'], text);
    const no = await answer('no\n');
    expect(no.code).toBe(1);
    expect(no.stdout).toContain(`Delete port vm20 (${port.id})? [y/N]`);
    expect(no.stdout).toContain('not confirmed: nothing was deleted');
    expect((await cloud.controller.rest.show('port', port.id)).name).toBe('vm20');
    const yes = await answer('y\n');
    expect(yes.code).toBe(0);
    expect(yes.stdout).toContain(`deleted port vm20 (${port.id})`);
  });

  it('tells what is in the way', async () => {
    const { code, stderr } = await tenantflow(['delete', 'network', 'red', '--yes']);
    expect(code).toBe(1);
    expect(stderr).toContain(`\n  port vm1 (${up.id})\n`);
    expect(stderr).toContain(`\n  port vm2 (${down.id})\n`);
  });

  it('deletes what it can and reports each', async () => {
    const twins = (await cloud.controller.rest.list('network')).filter(({ name }) => name === 'twice');
    const { code, stdout, stderr } = await tenantflow([
      ...['delete', 'networks', '--yes', network.id],
      ...twins.map(({ id }) => id),
    ]);
    expect(code).toBe(1);
    expect(stdout).toBe(twins.map(({ id }) => `deleted network twice (${id})\n`).join(''));
    expect(stderr).toMatch(/tenantflow: 1 of 3 networks were not deleted\n$/);
  });
});

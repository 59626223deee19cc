import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { linesOf, TopologyServer } from './topology-fixture.ts';

const EXAMPLE = readFileSync(new URL('../../../docs/topology.example.yaml', import.meta.url), 'utf8');

describe('the example', () => {
  it('is applied in an order that works, and then there is nothing to do', async () => {
    const server = new TopologyServer();
    const plan = await server.apply(EXAMPLE);
    expect(linesOf(plan).filter((line) => line.startsWith('+'))).toEqual([
      '+ security-group web',
      '+ security-group database',
      '+ network red',
      '+ network blue',
      '+ subnet red-v4',
      '+ subnet red-v6',
      '+ subnet 10.0.0.0/24',
      '+ port web1',
      '+ port db1',
      '+ port router',
      '+ port router-blue',
      '+ trunk router-trunk',
    ]);
    expect(linesOf(await server.plan(EXAMPLE))).toEqual([]);
    expect(linesOf(await server.plan(EXAMPLE, { prune: true, adopt: true }))).toEqual([]);
  });

  it('comes out of one controller and makes another one equal', async () => {
    const [one, other] = [new TopologyServer(), new TopologyServer()];
    await one.apply(EXAMPLE);
    const exported = await one.export();
    await other.apply(JSON.stringify(exported));
    expect(await other.export()).toEqual(exported);
    expect(linesOf(await other.plan(JSON.stringify(exported)))).toEqual([]);
    // What was the example’s is so on the other one too.
    expect(linesOf(await other.plan(EXAMPLE, { prune: true }))).toEqual([]);
  });
});

describe('many of a kind', () => {
  const ports = (macs: readonly string[]) =>
    `networks: [{ name: red, subnets: [{ cidr: 10.0.0.0/16 }] }]
ports: [${macs.map((mac, at) => `{ name: p${at}, network: red, mac_address: '${mac}' }`).join(', ')}]`;
  const macs = Array.from({ length: 250 }, (_, at) => `02:00:00:00:00:${at.toString(16).padStart(2, '0')}`);

  it('are made by few requests, in their order', async () => {
    const server = new TopologyServer();
    const request = vi.spyOn(server, 'request');
    await server.apply(ports(macs));
    expect(
      request.mock.calls.filter(([method, path]) => method === 'POST' && path === '/v2.0/ports'),
    ).toHaveLength(3);
    const { ports: made } = (await server.request('GET', '/v2.0/ports?sort_key=mac_address')) as {
      ports: readonly { name: string; fixed_ips: readonly { ip_address: string }[] }[];
    };
    expect(made.map(({ name }) => name)).toEqual(macs.map((_, at) => `p${at}`));
    expect(made[249]?.fixed_ips).toMatchObject([{ ip_address: '10.0.0.251' }]);
  });

  it('are made one by one when one of them is refused, so that it is named, and those before it are there', async () => {
    const server = new TopologyServer();
    const twice = macs.with(120, macs[7] ?? '');
    await expect(server.apply(ports(twice))).rejects.toMatchObject({
      doneCount: 2 + 120,
      message: expect.stringMatching(/cannot create port p120: /),
    });
    const { ports: made } = (await server.request('GET', '/v2.0/ports')) as { ports: readonly object[] };
    expect(made).toHaveLength(120);
  });
});

const TWO_PROJECTS = `
project: a
networks: [{ name: red, subnets: [{ cidr: 10.0.0.0/24 }] }, { name: common, shared: true }]
ports: [{ name: p, network: red }, { name: q, network: common, security_groups: [default] }]
security_groups: [{ name: default, rules: [{ direction: egress }] }]
---
project: b
networks: [{ name: red, subnets: [{ cidr: 10.0.0.0/24 }] }]
ports:
  - { name: p, network: red }
  - { name: p, network: red, mac_address: 02:00:00:00:00:01 }
  - { network: common, mac_address: 02:00:00:00:00:02 }
`;

describe('an export', () => {
  it('keeps projects apart that use the same names', async () => {
    const [one, other] = [new TopologyServer(), new TopologyServer()];
    await one.apply(TWO_PROJECTS.replace('  - { name: p, network: red }\n', ''));
    await one.apply(
      'project: b\nports: [{ name: p, network: red, mac_address: 02:00:00:00:00:03 }, { name: p, network: red, mac_address: 02:00:00:00:00:01 }]',
    );
    const exported = await one.export();
    await other.apply(JSON.stringify(exported));
    expect(await other.export()).toEqual(exported);
    expect(linesOf(await one.plan(JSON.stringify(exported)))).toEqual([]);
    const ofB = await one.export('b');
    expect(JSON.stringify(ofB)).not.toContain('"a"');
    expect(linesOf(await other.plan(JSON.stringify(ofB)))).toEqual([]);
  });

  it('is refused where names can’t tell objects apart', async () => {
    const server = new TopologyServer();
    for (const name of ['twice', 'twice', ''])
      await server.request('POST', '/v2.0/networks', { network: { name } });
    await expect(server.export()).rejects.toThrow(/^a topology goes by names, and .*: rename them first\n/);
    await expect(server.export()).rejects.toThrow(
      /\n {2}network twice \(.*\) has the name of \S+, in the same project/,
    );
    await expect(server.export()).rejects.toThrow(/\n {2}network \S+ has no name/);
  });

  it('is refused where a name would mean another project’s object', async () => {
    const server = new TopologyServer();
    await server.apply('project: a\nnetworks: [{ name: red, shared: true }]');
    await server.apply('project: b\nports: [{ name: p, network: red }]');
    expect((await server.export()).ports).toMatchObject([{ name: 'p', network: 'red', project_id: 'b' }]);
    await server.apply('project: b\nnetworks: [{ name: red }]');
    await expect(server.export()).rejects.toThrow(
      /^network red \(.*\), which p refers to, has no name that means only it/,
    );
  });
});

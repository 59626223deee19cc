import { describe, expect, it } from 'vitest';
import { linesOf, TopologyServer } from './topology-fixture.ts';

const NET = 'networks: [{ name: n, subnets: [{ name: s, cidr: 10.0.0.0/24 }] }]\n';

describe('a plan', () => {
  it('says field by field what changes, and changes only that', async () => {
    const server = new TopologyServer();
    await server.apply(
      `${NET}ports: [{ name: p, network: n, mac_address: 02:00:00:00:00:01, description: old }]`,
    );
    const text = `
networks: [{ name: n, mtu: 1400 }]
ports:
  - { name: p, network: n, mac_address: 02:00:00:00:00:02, fixed_ips: [{ subnet: s, ip_address: 10.0.0.99 }], tags: [t] }`;
    const plan = await server.apply(text);
    expect(linesOf(plan)).toEqual([
      '~ network n',
      '    mtu: 1450 → 1400',
      '~ port p',
      '    mac_address: 02:00:00:00:00:01 → 02:00:00:00:00:02',
      expect.stringMatching(
        /^ {4}fixed_ips: \[\{"subnet":"s","ip_address":"10\.0\.0\.\d+"\}\] → \[\{"subnet":"s","ip_address":"10\.0\.0\.99"\}\]$/,
      ),
      '    tags: [] → ["t"]',
    ]);
    expect(plan.steps[1]?.place).toEqual({ file: 't.yaml', line: 4, column: 5 });
    const { ports } = (await server.request('GET', '/v2.0/ports')) as { ports: { description: string }[] };
    expect(ports.map(({ description }) => description)).toEqual(['old']);
    expect(linesOf(await server.plan(text))).toEqual([]);
  });

  it('takes what is said in another way for the same', async () => {
    const server = new TopologyServer();
    const port = 'allowed_address_pairs: [{ ip_address: 10.9.0.1 }, { ip_address: 10.9.0.2 }]';
    await server.apply(`${NET}ports: [{ name: p, network: n, mac_address: 02:00:00:00:00:0A, ${port} }]`);
    const other =
      'allowed_address_pairs: [{ ip_address: 10.9.0.2, mac_address: 02:00:00:00:00:0a }, { ip_address: 10.9.0.1 }]';
    const text = `${NET}ports: [{ name: p, network: n, mac_address: 02-00-00-00-00-0a, fixed_ips: [{ subnet: 10.0.0.0/24 }], ${other} }]`;
    expect(linesOf(await server.plan(text))).toEqual([]);
  });

  it('moves subports and VLANs between trunks', async () => {
    const server = new TopologyServer();
    const ports =
      'ports: [{ name: a, network: n }, { name: b, network: n }, { name: c, network: n }, { name: d, network: n }]\n';
    const trunks = (one: string, other: string) =>
      `${NET}${ports}trunks: [{ port: a, sub_ports: [${one}] }, { port: b, sub_ports: [${other}] }]`;
    await server.apply(trunks('{ port: c, segmentation_id: 1 }', '{ port: d, segmentation_id: 1 }'));
    const swapped = trunks('{ port: d, segmentation_id: 1 }', '{ port: c, segmentation_id: 2 }');
    expect(linesOf(await server.apply(swapped))).toEqual([
      ...['~ trunk of a', '    subport - c, VLAN 1', '~ trunk of b', '    subport - d, VLAN 1'],
      ...['~ trunk of a', '    subport + d, VLAN 1', '~ trunk of b', '    subport + c, VLAN 2'],
    ]);
    expect(linesOf(await server.plan(swapped))).toEqual([]);
  });

  it('enables a trunk before and disables it after its subports change', async () => {
    const server = new TopologyServer();
    const text = (state: string, vlan: number) =>
      `${NET}ports: [{ name: a, network: n }, { name: b, network: n }]\ntrunks: [{ port: a, ${state} sub_ports: [{ port: b, segmentation_id: ${vlan} }] }]`;
    await server.apply(text('', 1));
    const disabled = await server.apply(text('admin_state_up: false,', 2));
    expect(linesOf(disabled).at(-1)).toBe('    admin_state_up: true → false');
    await expect(server.plan(text('', 3))).rejects.toThrow(/^t\.yaml:3:33: trunk of a: it is disabled/);
    const enabled = await server.apply(text('admin_state_up: true,', 3));
    expect(linesOf(enabled)[1]).toBe('    admin_state_up: false → true');
    expect(linesOf(await server.plan(text('', 3)))).toEqual([]);
  });

  it('makes the rules of a group those that are said, and none where none are', async () => {
    const server = new TopologyServer();
    await server.apply('security_groups: [{ name: g }]');
    const plan = await server.apply(
      'security_groups: [{ name: g, rules: [{ direction: ingress, protocol: 6 }] }]',
    );
    expect([...linesOf(plan)].sort()).toEqual([
      '    rule + ingress IPv4 6 from anywhere',
      '    rule - egress IPv4 any to anywhere',
      '    rule - egress IPv6 any to anywhere',
      '~ security-group g',
    ]);
    expect(
      linesOf(
        await server.plan('security_groups: [{ name: g, rules: [{ direction: ingress, protocol: tcp }] }]'),
      ),
    ).toEqual([]);
    expect(linesOf(await server.plan('security_groups: [{ name: g }]'))).toEqual([]);
  });

  it('knows the default group of every project that it speaks of', async () => {
    const server = new TopologyServer();
    const text = 'topology: t\nproject: other\nsecurity_groups: [{ name: default, rules: [] }]';
    expect(linesOf(await server.apply(text)).filter((line) => line.includes('rule -'))).toHaveLength(4);
    expect(linesOf(await server.plan('topology: t\nproject: other', { prune: true }))).toEqual([]);
  });

  it('does not change what cannot change, and says where', async () => {
    const server = new TopologyServer();
    await server.apply(
      `${NET}networks: [{ name: m }]\n---\nnetworks: [{ name: m }]\nports: [{ name: p, network: n }]`.replace(
        'networks: [{ name: m }]\n---\n',
        '---\n',
      ),
    );
    await expect(server.plan('networks: [{ name: m }]\nports: [{ name: p, network: m }]')).rejects.toThrow(
      't.yaml:2:29: port p: Cannot update read-only attribute network (n → m)',
    );
  });

  it.each([
    ['ports: [{ name: p, network: nn }]', "t.yaml:2:29: port p: there is no network 'nn': did you mean n?"],
    [
      'ports: [{ name: p, network: other }]',
      "t.yaml:2:29: port p: there is no network 'other', neither in the files nor on the controller",
    ],
    ['networks: [{ name: x }, { name: x }]', 't.yaml:2:25: network x: it is said already at t.yaml:2:12'],
    [
      'subnets: [{ network: n, cidr: 10.1.0.0/16 }, { network: n, cidr: 10.1.2.3/16 }]',
      't.yaml:2:46: subnet 10.1.2.3/16: it is said already at t.yaml:2:11',
    ],
    ['networks: [{ name: twice }]', 't.yaml:2:12: network twice: there are several of that name'],
    [
      'ports: [{ name: p, network: twice }]',
      "t.yaml:2:29: port p: 'twice' means 2 networks: say which by its id",
    ],
  ])('refuses %s', async (text, wanted) => {
    const server = new TopologyServer();
    for (const name of ['n', 'twice', 'twice'])
      await server.request('POST', '/v2.0/networks', { network: { name } });
    await expect(server.plan(`# first\n${text}`)).rejects.toThrow(wanted);
  });
});

describe('a run that fails in the middle', () => {
  it('says where, and the next one goes on', async () => {
    const server = new TopologyServer();
    const text = (ip: string) =>
      `${NET}ports:\n  - { name: a, network: n, fixed_ips: [{ ip_address: 10.0.0.5 }] }\n  - { name: b, network: n, fixed_ips: [{ ip_address: ${ip} }] }`;
    await expect(server.apply(text('10.0.0.5'))).rejects.toMatchObject({
      message: expect.stringMatching(
        /^t\.yaml:4:5: cannot create port b: IP address 10\.0\.0\.5 already allocated/,
      ),
      doneCount: 3,
    });
    expect(linesOf(await server.apply(text('10.0.0.6')))).toEqual(['+ port b']);
  });
});

describe('pruning', () => {
  it('deletes what the topology made and says no more, before it makes what takes its place', async () => {
    const server = new TopologyServer();
    const port = (name: string) =>
      `topology: t\n${NET}ports: [{ name: ${name}, network: n, mac_address: 02:00:00:00:00:01, fixed_ips: [{ ip_address: 10.0.0.7 }] }]`;
    await server.apply(port('old'));
    const without = await server.plan(port('old').replace(/ports.*/, ''));
    expect(linesOf(without)).toEqual([]);
    expect(without.leftovers).toEqual([expect.stringMatching(/^port old \(/)]);
    const plan = await server.apply(port('new'), { prune: true });
    expect(linesOf(plan)).toEqual([expect.stringMatching(/^- port old/), '+ port new']);
    expect(
      linesOf(await server.apply('topology: t', { prune: true })).map((line) => line.slice(0, 8)),
    ).toEqual(['- port n', '- subnet', '- networ']);
  });

  it('leaves what others made, what others use, and what belongs to another topology', async () => {
    const server = new TopologyServer();
    await server.apply(
      'topology: t\nnetworks: [{ name: used }, { name: unused }]\nsecurity_groups: [{ name: g }]',
    );
    await server.apply('topology: other\nnetworks: [{ name: theirs }]');
    await server.apply('networks: [{ name: nobodys }]');
    const port = await server.apply('ports: [{ name: p, network: used, security_groups: [g] }]');
    expect(linesOf(port)).toEqual(['+ port p']);
    const plan = await server.apply('topology: t', { prune: true });
    expect(linesOf(plan)).toEqual([expect.stringMatching(/^- network unused/)]);
    expect(plan.leftovers).toEqual([
      expect.stringMatching(/^network used \(.*\), which port p \(.*\) uses$/),
      expect.stringMatching(/^security-group g \(.*\), which port p \(.*\) uses$/),
    ]);
  });

  it('takes over only when asked, and never from another topology', async () => {
    const server = new TopologyServer();
    await server.apply('networks: [{ name: n }]');
    expect(linesOf(await server.plan('topology: t\nnetworks: [{ name: n }]'))).toEqual([]);
    await server.apply('topology: t\nnetworks: [{ name: n }]', { adopt: true });
    await expect(server.plan('topology: u\nnetworks: [{ name: n }]', { adopt: true })).rejects.toThrow(
      't.yaml:2:12: network n: it belongs to topology t',
    );
    expect(linesOf(await server.plan('topology: t', { prune: true }))).toHaveLength(1);
  });

  it('keeps its own tag whatever a file says of tags', async () => {
    const server = new TopologyServer();
    await server.apply('topology: t\nnetworks: [{ name: n, tags: [a] }]');
    await server.apply('networks: [{ name: n, tags: [b] }]');
    expect(linesOf(await server.plan('topology: t', { prune: true }))).toHaveLength(1);
  });
});

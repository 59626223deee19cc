import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatFacts } from '../commands/describe.ts';
import { findOne } from '../find.ts';
import { render } from '../render.ts';
import { TopologyServer } from '../topology/topology-fixture.ts';
import { KINDS, kindNamed, wordsFor } from './kinds.ts';

const EXAMPLE = readFileSync(new URL('../../../docs/topology.example.yaml', import.meta.url), 'utf8');
const PLAIN = { width: undefined, hasColours: false };
const server = new TopologyServer();

beforeAll(async () => {
  await server.apply(EXAMPLE);
});

/** A table without what is different each time. */
async function tableOf(word: string, format: 'table' | 'wide' = 'table'): Promise<readonly string[]> {
  const kind = kindNamed(word);
  const text = await render(server, kind, await kind.list(server, []), {
    format,
    isOne: false,
    terminal: PLAIN,
  });
  return text
    .trimEnd()
    .split('\n')
    .map((line) => faceless(line).replace(/ {2,}/g, '  '));
}

function faceless(text: string): string {
  return text
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
    .replace(/\b[0-9a-f]{8}\b/g, 'ID')
    .replace(/fa(:[0-9a-f]{2}){5}/g, 'MAC');
}

async function describeOne(word: string, name: string): Promise<string> {
  const kind = kindNamed(word);
  return faceless(formatFacts(await kind.describe(await findOne(server, kind, name), server), PLAIN));
}

async function obstaclesOf(word: string, name: string): Promise<readonly string[]> {
  const kind = kindNamed(word);
  return (await kind.inTheWay(await findOne(server, kind, name), server)).map(faceless).sort();
}

describe('the words for kinds', () => {
  it('mean one kind each', () => {
    const words = KINDS.flatMap(wordsFor);
    expect(new Set(words).size).toBe(words.length);
    expect(kindNamed('Security_Groups').name).toBe('security-group');
    expect(() => kindNamed('prots')).toThrow(
      /^there is no kind 'prots': did you mean ports\?\nKinds: networks, /,
    );
  });
});

describe('tables', () => {
  it('name what belongs together', async () => {
    expect(await tableOf('networks')).toContainEqual(
      expect.stringMatching(/^red {2}ID {2}ACTIVE {2}vxlan \d+ {2}.*10\.0\.0\.0\/24/),
    );
    expect(await tableOf('subnets')).toContain('red-v4  ID  red  10.0.0.0/24  10.0.0.1  yes');
    expect(await tableOf('subnets')).toContain('ID  ID  blue  10.0.0.0/24  none  yes');
    expect(await tableOf('ports')).toContainEqual(
      expect.stringMatching(/^web1 {2}ID {2}red {2}DOWN {2}02:00:00:00:00:01 {2}10\.0\.0\.10, 2001:db8:/),
    );
    expect(await tableOf('ports', 'wide')).toContainEqual(
      expect.stringMatching(/^db1 {2}ID {2}.* {2}database {2}/),
    );
    expect(await tableOf('trunks')).toContain('router-trunk  ID  DOWN  router  1');
    expect(await tableOf('trunks', 'wide')).toContainEqual(expect.stringMatching(/ {2}20=router-blue {2}/));
    expect(await tableOf('groups')).toContainEqual(expect.stringMatching(/^web {2}ID {2}6 {2}/));
    expect(await tableOf('rules')).toContain('ID  web  ingress  tcp (IPv4)  22  192.0.2.0/24');
    expect(await tableOf('rules')).toContain('ID  database  ingress  tcp (IPv4)  5432  group web');
    expect(await tableOf('rules')).toContain('ID  web  egress  any IPv6  anywhere');
  });
});

describe('descriptions', () => {
  it('say in words what objects are to each other', async () => {
    expect(await describeOne('network', 'red')).toMatch(/^Ports +3 ports, 0 ACTIVE$/m);
    expect(await describeOne('subnet', 'red-v6')).toMatch(/^IPv6 addresses +slaac$/m);
    expect(await describeOne('subnet', 'red-v4')).toMatch(/^In use by +3 ports$/m);
    const web = await describeOne('port', 'web1');
    expect(web).toMatch(/^Addresses +10\.0\.0\.10 of 10\.0\.0\.0\/24\n +2001:db8:.* of 2001:db8:0:1::\/64$/m);
    expect(web).toMatch(/^Security +web \(ID\)$/m);
    expect(await describeOne('port', 'db1')).toMatch(/^Also allowed +10\.0\.0\.100 with MAC$/m);
    expect(await describeOne('port', 'router')).toMatch(/^Trunk +parent of trunk router-trunk \(ID\)$/m);
    expect(await describeOne('port', 'router')).toMatch(/^Security +off: /m);
    expect(await describeOne('port', 'router-blue')).toMatch(
      /^Trunk +VLAN 20 of trunk router-trunk \(ID\)$/m,
    );
    const trunk = await describeOne('trunk', 'router-trunk');
    expect(trunk).toMatch(/^Status +DOWN\n +its parent port is not plugged in/m);
    expect(trunk).toMatch(/^Subports +VLAN 20 {2}router-blue \(ID\) {2}DOWN$/m);
    const group = await describeOne('sg', 'web');
    expect(group).toMatch(/^ *(Lets in +)?tcp \(IPv4\) 443 from anywhere$/m);
    expect(group).toMatch(/^ *(Lets in +)?icmp \(IPv4\) from anywhere$/m);
    expect(group).toMatch(/^Used by +1 port$/m);
    const { security_group_rules: rules } = (await server.request(
      'GET',
      '/v2.0/security-group-rules?port_range_min=5432',
    )) as { security_group_rules: { id: string }[] };
    expect(await describeOne('rule', rules[0]?.id ?? '')).toMatch(/^Remote +group web$/m);
  });
});

describe('what is in the way', () => {
  it('of deletion is told', async () => {
    expect(await obstaclesOf('network', 'blue')).toEqual(['port router-blue (ID)']);
    expect(await obstaclesOf('subnet', 'red-v4')).toEqual([
      'port db1 (ID)',
      'port router (ID)',
      'port web1 (ID)',
    ]);
    expect(await obstaclesOf('port', 'router')).toEqual(['parent of trunk router-trunk (ID)']);
    expect(await obstaclesOf('port', 'router-blue')).toEqual(['VLAN 20 of trunk router-trunk (ID)']);
    expect(await obstaclesOf('port', 'web1')).toEqual([]);
    expect(await obstaclesOf('sg', 'database')).toEqual(['port db1 (ID)']);
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseAddress } from './address.ts';
import { ConfigError, loadSettings } from './config.ts';
import { environmentName, SETTING_NAMES, SETTINGS } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'tenantflow-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(text: string): string {
  const file = join(folder, 'tenantflow.yaml');
  writeFileSync(file, text);
  return file;
}

/** The message of the ConfigError that loading throws. */
function refusal(options: Partial<Parameters<typeof loadSettings>[0]>): string {
  try {
    loadSettings({ environment: {}, flags: {}, ...options });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('loadSettings', () => {
  it('has the documented defaults', () => {
    expect(loadSettings({ environment: {}, flags: {} })).toEqual({
      'data-dir': './data',
      openflow: { host: '0.0.0.0', port: 6653 },
      ovsdb: { host: '0.0.0.0', port: 6640 },
      'switch-tls-cert': '',
      'switch-tls-key': '',
      'switch-tls-ca': '',
      'switch-tls-crl': '',
      'require-tls': false,
      hypervisors: '',
      api: { host: '127.0.0.1', port: 9696 },
      'api-token-file': '',
      insecure: false,
      'api-tls-cert': '',
      'api-tls-key': '',
      'api-rate': 6000,
      metrics: { host: '127.0.0.1', port: 9697 },
      'path-mtu': 1500,
      'overlay-ip-version': 4,
      'tenant-network-types': ['vxlan', 'vlan'],
      'vxlan-ids': [[1, 16_777_215]],
      'gre-ids': [[1, 16_777_215]],
      'geneve-ids': [[1, 16_777_215]],
      vlans: {},
      'flat-networks': ['*'],
      'vlan-transparent': true,
      qinq: true,
      quotas: {
        network: 100,
        subnet: 100,
        port: 500,
        security_group: 10,
        security_group_rule: 100,
        trunk: -1,
      },
      'audit-interval': 60,
      'deny-log': 0,
      dial: [],
      'foreign-flows': 'leave',
      'firewall-timeouts': { tcp: 7440, tcpClosing: 30, other: 120 },
      'firewall-limit': 100_000,
      'firewall-recovery': 60,
      apps: [],
      'log-level': 'info',
    });
  });

  it('reads lists and maps of a file as the texts that flags have', () => {
    const file = fileOf(
      'tenant-network-types: [geneve, local]\nvlans:\n  p1: [1-9, 20]\n  p2:\nvxlan-ids: [5, 7-8]\n' +
        'quotas: { port: 9 }\nfirewall-timeouts: { other: 30 }\nqinq: true\npath-mtu: 9000\nflat-networks: []\ngre-ids: ""\n',
    );
    const settings = loadSettings({ file, environment: {}, flags: {} });
    expect(settings).toMatchObject({
      'tenant-network-types': ['geneve', 'local'],
      vlans: {
        p1: [
          [1, 9],
          [20, 20],
        ],
        p2: [],
      },
      'vxlan-ids': [
        [5, 5],
        [7, 8],
      ],
      quotas: { port: 9, network: 100, trunk: -1 },
      'firewall-timeouts': { tcp: 7440, tcpClosing: 30, other: 30 },
      qinq: true,
      'path-mtu': 9000,
      'flat-networks': [],
      'gre-ids': [],
    });
    const flags = { 'tenant-network-types': 'geneve,local', vlans: 'p1:1-9,p1:20,p2', quotas: 'port:9' };
    expect(loadSettings({ environment: {}, flags })).toMatchObject({
      'tenant-network-types': settings['tenant-network-types'],
      vlans: settings.vlans,
      quotas: settings.quotas,
    });
  });

  it.each([
    ['path-mtu: 68', "path-mtu: '68' is not an MTU in bytes, a whole number from 1280 to 65535"],
    ['overlay-ip-version: 5', "overlay-ip-version: '5' is not 4 or 6"],
    ['path-mtu: {a: {b: c}}', 'path-mtu: must be text, a number'],
    ['tenant-network-types: [vxlan, flat]', "tenant-network-types: 'flat' is not one of vxlan, gre"],
    ['vxlan-ids: 1-16777216', "vxlan-ids: '16777216' is not an id of '1-16777216'"],
    ['vxlan-ids: 9-1', "vxlan-ids: '9-1' ends before it begins"],
    ['vxlan-ids: 1-5,5-9', 'vxlan-ids: id 5 is in two of the ranges'],
    ['geneve-ids: 1-2-3', "geneve-ids: '1-2-3' is not FIRST-LAST"],
    ['gre-ids: 0', "gre-ids: '0' is not an id"],
    [
      'vlans: {physnet1: 100-5000}',
      "vlans: '5000' is not an id of '100-5000', a whole number from 1 to 4094",
    ],
    ['vlans: {"a b": []}', "vlans: 'a b' is not a physical network's name"],
    ['vlans: a:1:2', "vlans: 'a:1:2' is not NAME or NAME:FIRST-LAST"],
    ['flat-networks: ["a/b"]', "flat-networks: 'a/b' is not a physical network's name"],
    ['quotas: {router: 1}', "quotas: 'router' is not one of network"],
    ['quotas: {port: many}', "quotas: 'many' is not a limit of 'port', a whole number from -1"],
    ['quotas: port:1,port:2', "quotas: 'port' is given twice"],
    ['firewall-timeouts: {udp: 60}', "firewall-timeouts: 'udp' is not one of tcp, tcp-closing, other"],
    [
      'firewall-timeouts: {tcp: 10}',
      "firewall-timeouts: '10' is not a timeout in seconds of 'tcp', a whole number from 11 to 65535",
    ],
    ['firewall-limit: 0', "firewall-limit: '0' is not a number of flows"],
    ['firewall-recovery: -1', "firewall-recovery: '-1' is not a number of seconds"],
    ['qinq: perhaps', "qinq: 'perhaps' is not true or false"],
  ])('refuses %s, naming file and key', (text, reason) => {
    expect(refusal({ file: fileOf(text) })).toContain(`tenantflow.yaml: ${reason}`);
  });

  it('puts flags over the environment over the file', () => {
    const file = fileOf('api: 127.0.0.1:1\novsdb: 127.0.0.1:2\nopenflow: "[::]:3"\n');
    const environment = { TENANTFLOW_OVSDB: '127.0.0.1:20', TENANTFLOW_OPENFLOW: '127.0.0.1:30' };
    const settings = loadSettings({ file, environment, flags: { openflow: '127.0.0.1:300' } });
    expect([settings.api.port, settings.ovsdb.port, settings.openflow.port]).toEqual([1, 20, 300]);
  });

  it('names where a bad value comes from', () => {
    const file = fileOf('log-level: loud\n');
    expect(refusal({ file })).toMatch(/tenantflow\.yaml: log-level: 'loud' is not one of fatal/);
    expect(refusal({ environment: { TENANTFLOW_API: 'nowhere' } })).toMatch(
      /^TENANTFLOW_API: 'nowhere' is not HOST:PORT/,
    );
    expect(refusal({ flags: { metrics: '127.0.0.1:99999' } })).toMatch(/^--metrics: /);
    expect(refusal({ flags: { 'data-dir': '' } })).toBe('--data-dir: must not be empty');
  });

  it('names what is wrong with a file', () => {
    expect(refusal({ file: join(folder, 'missing.yaml') })).toMatch(
      /missing\.yaml: cannot be read \(ENOENT\)/,
    );
    expect(refusal({ file: fileOf('api: [') })).toMatch(/tenantflow\.yaml: .* at line \d+, column \d+$/);
    expect(refusal({ file: fileOf('colour: red') })).toMatch(
      /tenantflow\.yaml: 'colour': no such option; `tenantflow serve --help` lists them$/,
    );
    expect(refusal({ file: fileOf('api: 9696') })).toMatch(/tenantflow\.yaml: api: /);
    expect(refusal({ file: fileOf('- api') })).toMatch(/tenantflow\.yaml: top level/);
  });

  it('takes an empty file for one that says nothing', () => {
    expect(loadSettings({ file: fileOf(''), environment: {}, flags: {} }).api.port).toBe(9696);
  });
});

it('stands in the README, with its default', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  for (const name of SETTING_NAMES) {
    const row = readme.split('\n').find((line) => line.startsWith(`| \`--${name}\``)) ?? '';
    const cells = row.split('|').map((cell) => cell.trim());
    const { fallback } = SETTINGS[name];
    expect(cells.slice(1, 4)).toEqual([
      `\`--${name}\``,
      `\`${environmentName(name)}\``,
      fallback === '' ? 'none' : `\`${fallback}\``,
    ]);
  }
});

describe('environmentName', () => {
  it('is unique for each setting', () => {
    expect(new Set(SETTING_NAMES.map(environmentName)).size).toBe(SETTING_NAMES.length);
    expect(environmentName('data-dir')).toBe('TENANTFLOW_DATA_DIR');
  });
});

describe('parseAddress', () => {
  it.each([
    ['127.0.0.1:80', '127.0.0.1', 80],
    ['[::1]:0', '::1', 0],
    [':6653', '0.0.0.0', 6653],
    ['controller.example:6640', 'controller.example', 6640],
  ])('%s', (text, host, port) => {
    expect(parseAddress(text)).toEqual({ host, port });
  });

  it.each([
    '',
    '80',
    '::1:80',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '127.0.0.1:-1',
    '[::1:80',
    'a b:c',
  ])('refuses %j', (text) => {
    expect(() => parseAddress(text)).toThrow(RangeError);
  });
});

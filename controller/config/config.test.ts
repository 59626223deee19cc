import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseAddress } from './address.ts';
import { ConfigError, loadSettings } from './config.ts';
import { environmentName, SETTING_NAMES } from './settings.ts';

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
      api: { host: '127.0.0.1', port: 9696 },
      metrics: { host: '127.0.0.1', port: 9697 },
      'log-level': 'info',
    });
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
    expect(refusal({ file: fileOf('api: [') })).toMatch(/tenantflow\.yaml: .* line 1/);
    expect(refusal({ file: fileOf('colour: red') })).toMatch(/tenantflow\.yaml: top level: .*colour/);
    expect(refusal({ file: fileOf('api: 9696') })).toMatch(/tenantflow\.yaml: api: /);
    expect(refusal({ file: fileOf('- api') })).toMatch(/tenantflow\.yaml: top level/);
  });

  it('takes an empty file for one that says nothing', () => {
    expect(loadSettings({ file: fileOf(''), environment: {}, flags: {} }).api.port).toBe(9696);
  });
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

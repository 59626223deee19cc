import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfiguredAccess } from './api-access.ts';
import { ConfigError, loadSettings } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'tenantflow-access-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

const TOKENS = '- { name: a, project: p, role: reader, token: a-a-a-a-a-a-a-a-a }\n';
const headers = { 'x-auth-token': 'a-a-a-a-a-a-a-a-a' };

function file(name: string, text: string, mode = 0o600): string {
  writeFileSync(at(name), text);
  chmodSync(at(name), mode);
  return at(name);
}

function accessWith(flags: Readonly<Record<string, string>>): ConfiguredAccess {
  return new ConfiguredAccess(loadSettings({ environment: {}, flags }));
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('an API without tokens', () => {
  it.each(['127.0.0.1:1', '127.8.9.1:1', '[::1]:1', 'localhost:1'])('is for everybody on %s', (api) => {
    const access = accessWith({ api });
    expect(access.identify({})).toMatchObject({ caller: { role: 'admin' } });
    expect(access.identify({ host: 'evil.example' })).toBeUndefined();
    expect(access.requestsPerMinute).toBe(0);
  });

  it.each(['0.0.0.0:1', '[::]:1', ':1', '192.0.2.1:1', 'controller.example:1', '127.0.0.1.example:1'])(
    'does not start on %s, unless it is told to be insecure',
    (api) => {
      expect(refusal(() => accessWith({ api }))).toMatch(/^--api: .* is not a loopback address.*--insecure/);
      const open = accessWith({ api, insecure: 'true' });
      expect(open.requestsPerMinute).toBe(6000);
      expect(open.identify({ host: 'controller.example' })).toBeDefined();
    },
  );
});

describe('a token file', () => {
  it('opens the API to who has a token, on any address', () => {
    const access = accessWith({
      api: '0.0.0.0:1',
      'api-token-file': file('tokens', TOKENS),
      'api-rate': '7',
    });
    expect(access.identify(headers)).toMatchObject({ caller: { projectId: 'p', role: 'reader' } });
    expect(access.identify({})).toBeUndefined();
    expect(access.requestsPerMinute).toBe(7);
    // Loopback asks as well.
    expect(accessWith({ 'api-token-file': at('tokens') }).identify({})).toBeUndefined();
  });

  it('is read again when asked, and kept when it cannot be used any more', () => {
    const tokens = file('changing', TOKENS);
    const access = accessWith({ 'api-token-file': tokens });
    file('changing', TOKENS.replaceAll('a-', 'b-'));
    expect(access.identify(headers)).toBeDefined();
    access.reload();
    expect(access.identify(headers)).toBeUndefined();
    file('changing', TOKENS, 0o644);
    expect(refusal(() => access.reload())).toContain('chmod 600');
    file('changing', 'nonsense');
    expect(refusal(() => access.reload())).toBe(
      `--api-token-file: ${tokens}: top level: must be a list of tokens`,
    );
    expect(access.identify({ 'x-auth-token': 'b-b-b-b-b-b-b-b-a' })).toBeDefined();
  });

  it.each([0o640, 0o604, 0o620, 0o666])('is refused with mode %o', (mode) => {
    const tokens = file('open', TOKENS, mode);
    expect(refusal(() => accessWith({ 'api-token-file': tokens }))).toBe(
      `--api-token-file: ${tokens}: others can read or write it; run: chmod 600 ${tokens}`,
    );
  });

  it('is refused when it is no file', () => {
    mkdirSync(at('folder'), { mode: 0o700 });
    for (const [name, reason] of [
      [at('missing'), 'cannot be read (ENOENT)'],
      [at('folder'), 'is not a regular file'],
      ['/dev/null', 'is not a regular file'],
    ] as const)
      expect(refusal(() => accessWith({ 'api-token-file': name }))).toBe(
        `--api-token-file: ${name}: ${reason}`,
      );
  });
});

describe('a certificate', () => {
  it('is refused without its key, with one that others read, and when it is none', () => {
    const cert = file('cert', 'not PEM', 0o644);
    const key = file('key', 'not PEM');
    expect(refusal(() => accessWith({ 'api-tls-cert': cert }))).toBe('--api-tls-cert: needs --api-tls-key');
    expect(refusal(() => accessWith({ 'api-tls-key': key }))).toBe('--api-tls-key: needs --api-tls-cert');
    expect(refusal(() => accessWith({ 'api-tls-cert': cert, 'api-tls-key': key }))).toMatch(
      /^--api-tls-cert: .* make no identity \(/,
    );
    chmodSync(key, 0o640);
    expect(refusal(() => accessWith({ 'api-tls-cert': cert, 'api-tls-key': key }))).toContain(
      `--api-tls-key: ${key}: others can read`,
    );
  });
});

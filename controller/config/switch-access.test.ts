import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { TestCa } from '#controller/door/door-fixture';
import { ConfigError, loadSettings } from './config.ts';
import { SwitchAccess } from './switch-access.ts';

const ca = new TestCa();
afterAll(() => ca.remove());
const identity = ca.identity('/CN=controller');
const list = file('hypervisors', '- { system-id: hv1 }\n');
const tls = {
  'switch-tls-cert': file('cert', identity.cert),
  'switch-tls-key': file('key', identity.key),
  'switch-tls-ca': file('ca', identity.ca),
};
const home = { address: '192.0.2.11' };

function file(name: string, text: string, mode = 0o600): string {
  const path = join(ca.folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

function accessWith(flags: Readonly<Record<string, string>>): SwitchAccess {
  return new SwitchAccess(loadSettings({ environment: {}, flags }));
}

function refusal(flags: Readonly<Record<string, string>>): string {
  try {
    accessWith(flags);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('access of hypervisors', () => {
  it('is for all and without TLS, unless something else is configured', () => {
    const access = accessWith({});
    expect([access.identity, access.admit('anybody', home)]).toEqual([undefined, undefined]);
  });

  it('is by TLS with three files', () => {
    expect(accessWith({ ...tls, 'require-tls': 'true' }).identity).toEqual(identity);
  });

  it.each([
    [{ 'switch-tls-cert': tls['switch-tls-cert'] }, '--switch-tls-cert: needs --switch-tls-key'],
    [{ ...tls, 'switch-tls-ca': '' }, '--switch-tls-cert: needs --switch-tls-ca'],
    [{ 'switch-tls-crl': tls['switch-tls-ca'] }, '--switch-tls-crl: needs --switch-tls-cert'],
    [{ ...tls, 'switch-tls-crl': tls['switch-tls-ca'] }, 'cannot be used together (Failed to parse CRL)'],
    [{ 'require-tls': 'true' }, '--require-tls: needs --switch-tls-cert, --switch-tls-key, --switch-tls-ca'],
    [{ ...tls, 'switch-tls-key': file('other', ca.identity('/CN=other').key) }, 'cannot be used together'],
    [{ ...tls, 'switch-tls-key': file('open', identity.key, 0o644) }, 'others can read or write it'],
    [
      { ...tls, 'require-tls': 'true', dial: 'ssl:hv1,tcp:hv2' },
      '--dial: tcp:hv2:6640 would be called without TLS, against --require-tls',
    ],
    [{ dial: 'tcp:hv1,ssl:hv2' }, '--dial: ssl:hv2:6640 needs --switch-tls-cert'],
    [{ hypervisors: join(ca.folder, 'none') }, '--hypervisors: '],
    [{ hypervisors: file('broken', '- { system-id: hv1, x: 1 }') }, 'hypervisor 1: Unrecognized key: "x"'],
  ])('refuses %j', (flags, problem) => {
    expect(refusal(flags)).toContain(problem);
  });

  it('reads the files again, and keeps what it had when they cannot be used', () => {
    const access = accessWith({ ...tls, hypervisors: list });
    expect([access.admit('hv1', home), access.admit('hv2', home)]).toEqual([
      undefined,
      'system-id hv2 is not in the list of hypervisors',
    ]);
    file('hypervisors', '- { system-id: hv2 }\n');
    access.reload();
    expect(access.admit('hv2', home)).toBeUndefined();
    file('hypervisors', 'nonsense');
    expect(() => access.reload()).toThrow(ConfigError);
    expect(access.admit('hv2', home)).toBeUndefined();
  });
});

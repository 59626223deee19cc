import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../error.ts';
import { type ClientOptions, endpointOf } from './endpoint.ts';

const folder = mkdtempSync(join(tmpdir(), 'endpoint-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function refusal(options: ClientOptions, environment: Record<string, string> = {}): string {
  try {
    endpointOf(options, environment);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('endpointOf', () => {
  it.each([
    [{}, {}, 'http://127.0.0.1:9696'],
    [{ api: 'controller.example:80' }, {}, 'http://controller.example'],
    [{ api: 'https://controller.example' }, {}, 'https://controller.example'],
    [{ api: '[::1]:9696' }, {}, 'http://[::1]:9696'],
    [{ api: ':9696' }, {}, 'http://127.0.0.1:9696'],
    [{ api: 'http://h:1/v2.0/' }, {}, 'http://h:1'],
    [{}, { TENANTFLOW_API: '127.0.0.1:7' }, 'http://127.0.0.1:7'],
    [{}, { TENANTFLOW_API: '127.0.0.1:7', TENANTFLOW_API_URL: 'https://h:8' }, 'https://h:8'],
    [{ api: 'h:9' }, { TENANTFLOW_API_URL: 'https://h:8' }, 'http://h:9'],
  ])('%j with %j is %s', (options, environment, wanted) => {
    expect(endpointOf(options, environment).url.origin).toBe(wanted);
  });

  it.each(['nowhere', '', 'ftp://h:1', 'http://h:1/other', 'http://h:1/?a=b', 'h:1:2'])(
    'refuses %j',
    (api) => {
      expect(refusal({ api })).toMatch(/^--api: '.*' is not a URL such as/);
    },
  );

  it('names the variable that is wrong', () => {
    expect(refusal({}, { TENANTFLOW_API_URL: 'nowhere' })).toMatch(/^TENANTFLOW_API_URL: 'nowhere'/);
  });

  it('takes a token from option, variable, or the first line of a file', () => {
    const tokenFile = fileOf('token', 'from-file\nrest\n');
    expect(endpointOf({ tokenFile }, {}).token).toBe('from-file');
    expect(endpointOf({ tokenFile }, { TENANTFLOW_TOKEN: 'from-variable' }).token).toBe('from-variable');
    expect(endpointOf({ token: 'option' }, { TENANTFLOW_TOKEN: 'from-variable' }).token).toBe('option');
    expect(endpointOf({}, { TENANTFLOW_TOKEN_FILE: tokenFile }).token).toBe('from-file');
    expect(endpointOf({}, {}).token).toBeUndefined();
  });

  it('refuses tokens that no header can carry, and files that are not there', () => {
    expect(refusal({ token: 'a b' })).toMatch(/^--token: /);
    expect(refusal({ tokenFile: fileOf('empty', '\n') })).toMatch(/^--token-file: .* it is empty$/);
    expect(refusal({ tokenFile: join(folder, 'missing') })).toMatch(/^--token-file: ENOENT/);
    expect(refusal({ caFile: join(folder, 'missing') })).toMatch(/^--ca-file: ENOENT/);
  });
});

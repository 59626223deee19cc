import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempt, CHECKOUT, Daemon, run, waitFor } from '#lab';
import { PackageRegistry } from './fixtures/package-registry.ts';

/** What a stranger gets: the packed packages, installed into an empty folder, run from compiled code. */
const root = mkdtempSync(`${tmpdir()}/install-`);
const registry = new PackageRegistry(root);
const tenantflow = `${root}/empty/node_modules/.bin/tenantflow`;
const STALE = ['dist/controller', 'packages/openflow-codec/dist', 'packages/ovsdb-client-ts/dist'];
const packed = new Map<string, readonly string[]>();
const serve = new Daemon({
  name: 'the installed controller',
  argv: [
    ...[tenantflow, 'serve', '--data-dir', `${root}/data`],
    ...['openflow', 'ovsdb', 'api', 'metrics'].flatMap((name) => [`--${name}`, '127.0.0.1:0']),
    ...['--apps', `${root}/empty/app.mjs`],
  ],
  log: `${root}/serve.log`,
});

beforeAll(async () => {
  for (const folder of ['tarballs', 'empty']) mkdirSync(`${root}/${folder}`);
  // Compiled once of a source that is gone, as it is in a checkout that is used for long.
  for (const folder of STALE) {
    mkdirSync(`${CHECKOUT}/${folder}`, { recursive: true });
    writeFileSync(`${CHECKOUT}/${folder}/stale.js`, '');
  }
  const all = ['--workspaces', '--include-workspace-root'];
  await npm(CHECKOUT, 'pack', '--silent', ...all, '--pack-destination', `${root}/tarballs`);
  registry.mirror(CHECKOUT);
  for (const file of readdirSync(`${root}/tarballs`)) {
    const tarball = `${root}/tarballs/${file}`;
    await registry.publish(tarball);
    packed.set(file.replace(/-\d.*/, ''), (await run(['tar', '-tzf', tarball])).trimEnd().split('\n'));
  }
  await registry.start();
  await npm(`${root}/empty`, 'install', '--no-audit', '--no-fund', 'tenantflow');
  // An app of somebody else, compiled against the types that the package brings.
  copyFileSync(`${CHECKOUT}/examples/link-local/app.ts`, `${root}/empty/app.mts`);
  const options = ['--ignoreConfig', '--target', 'es2023', '--module', 'nodenext', '--strict', '--types', ''];
  await run([`${CHECKOUT}/node_modules/.bin/tsc`, ...options, `${root}/empty/app.mts`]);
});

afterAll(async () => {
  await serve.stop();
  registry.stop();
});

describe('the packed packages', () => {
  it('are three, each with its README and LICENSE', () => {
    expect([...packed.keys()].sort()).toEqual(['openflow-codec', 'ovsdb-client-ts', 'tenantflow']);
    for (const files of packed.values())
      expect(files).toEqual(expect.arrayContaining(['package/README.md', 'package/LICENSE']));
  });

  it('hold neither tests nor what only tests need, nor what has no source any more', () => {
    // ovsdb-client-ts/testing is for its users' tests: it is exported.
    const forTests =
      /stale|\.test\.|-suite|-fixture|sample-records|golden|crash-|codec.*\/testing\/|tsbuildinfo|\.map$/;
    expect(
      [...packed].flatMap(([name, files]) => files.filter((file) => forTests.test(`${name}/${file}`))),
    ).toEqual([]);
  });
});

describe('an install', () => {
  it('says its version', async () => {
    const { version } = JSON.parse(readFileSync(`${CHECKOUT}/package.json`, 'utf8'));
    expect(await run([tenantflow, '--version'])).toBe(`${version}\n`);
  });

  it('serves with an app of somebody else, tells its status and stops when asked', async () => {
    serve.start();
    const api = await waitFor(() => listening('api'), { what: 'the API to listen' });
    expect(await attempt([tenantflow, 'status', '--api', api])).toMatchObject({
      status: 0,
      stdout: 'No hypervisor has connected yet.\n',
      stderr: '',
    });
    const response = await fetch(`http://${api}/v2.0/networks`);
    expect(await response.json()).toEqual({ networks: [] });
    await serve.stop();
    expect(readFileSync(serve.log, 'utf8')).toContain('"app":"link-local","number":128,"msg":"app loaded"');
    expect(readFileSync(serve.log, 'utf8')).toMatch(/"msg":"stopped"\}\n$/);
  });
});

/** Where the running controller says that it listens. */
function listening(what: string): string | undefined {
  const lines = readFileSync(serve.log, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line)).find((line) => line.what === what)?.address;
}

/** npm with a cache of its own, in a folder. */
function npm(folder: string, command: string, ...args: readonly string[]): Promise<string> {
  const own = ['--cache', `${root}/cache`, ...(command === 'install' ? ['--registry', registry.url] : [])];
  return run(['npm', command, '--prefix', folder, ...own, ...args]);
}

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
} from 'node:fs';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { CHECKOUT, ControllerProcess, LAB_FILES, labFolder, type Resource, waitFor } from '#lab';

/** `tenantflow backup` and `restore` as an operator has them: processes, files, and a controller that works. */
const controllers: ControllerProcess[] = [];
afterEach(async () => {
  for (const controller of controllers.splice(0)) await controller.kill();
});

async function serve(name: string): Promise<ControllerProcess> {
  const controller = new ControllerProcess({ name, args: ['--quotas', 'port:-1'] });
  controllers.push(controller);
  await controller.start();
  return controller;
}

function start(...args: string[]): ChildProcessWithoutNullStreams {
  return spawn(`${CHECKOUT}/bin/tenantflow`, args);
}

/** Runs `tenantflow …` to its end. */
async function tenantflow(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = start(...args);
  child.stdin.end();
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { code, stdout, stderr };
}

const directory = (name: string) => `${LAB_FILES}/${name}/data`;
const ids = async (controller: ControllerProcess, kind: string) =>
  (await controller.rest.list(kind)).map(({ id }) => id);

/** A network with ports, made by one request. */
async function ports(controller: ControllerProcess, count: number): Promise<Resource> {
  const network = await controller.rest.create('network', { name: 'red' });
  const port = { network_id: network.id };
  await controller.rest.request('POST', '/v2.0/ports', { ports: Array.from({ length: count }, () => port) });
  return network;
}

describe('backup and restore', () => {
  it('take one moment of a controller that is written to, and bring it back', async () => {
    const controller = await serve('original');
    const network = await ports(controller, 1_000);
    let isWriting = true;
    const writing = (async () => {
      // Two at a time, so that a backup of one moment holds an even number.
      const pair = [{ network_id: network.id }, { network_id: network.id }];
      while (isWriting) await controller.rest.request('POST', '/v2.0/ports', { ports: pair });
    })();
    const file = `${labFolder('backups')}/online`;
    const made = await tenantflow('backup', file);
    isWriting = false;
    await writing;
    expect(made).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringMatching(/^backed up \d+ objects/),
    });
    const after = await ids(controller, 'port');

    const target = directory('copy');
    expect(await tenantflow('restore', file, '--dry-run')).toMatchObject({ code: 0 });
    expect(existsSync(target)).toBe(false);
    expect(await tenantflow('restore', file, '--data-dir', target)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^restored \d+ objects of revision \d+, as of .*, into .*\n$/),
    });
    await controller.kill();
    const copy = await serve('copy');
    const restored = await ids(copy, 'port');
    expect(restored.length % 2).toBe(0);
    expect(restored.length).toBeGreaterThanOrEqual(1_000);
    expect(after).toEqual(expect.arrayContaining(restored));
    expect(await copy.rest.show('network', network.id)).toMatchObject({ name: 'red' });
    // It goes on as the old one would have.
    await ports(copy, 2);
  });

  it('work on the directory of a stopped controller, and through a pipe', async () => {
    const controller = await serve('stopped');
    await ports(controller, 10);
    expect(await tenantflow('backup', '/dev/null/x', '--data-dir', directory('stopped'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('STORE_LOCKED'),
    });
    const before = await ids(controller, 'port');
    await controller.stop();
    const backup = start('backup', '-', '--data-dir', directory('stopped'));
    const restore = start('restore', '-', '--data-dir', directory('piped'));
    backup.stdout.pipe(restore.stdin);
    expect((await once(restore, 'exit'))[0]).toBe(0);
    const copy = await serve('piped');
    expect(await ids(copy, 'port')).toEqual(before);
  });

  it('say what is wrong, and change nothing', async () => {
    const controller = await serve('careful');
    await ports(controller, 10);
    const file = `${labFolder('backups')}/careful`;
    await tenantflow('backup', file);
    const cut = `${file}.cut`;
    copyFileSync(file, cut);
    truncateSync(cut, readFileSync(cut).length >> 1);
    const into = (from: string, ...more: string[]) =>
      tenantflow('restore', from, '--data-dir', directory('careful'), ...more);
    expect(await into(file)).toMatchObject({ code: 1, stderr: expect.stringContaining('STORE_NOT_EMPTY') });
    expect(await into(file, '--force')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/STORE_LOCKED.*"pid":\d+/),
    });
    const before = await ids(controller, 'port');
    await controller.stop();
    expect(await into(cut, '--force')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('BACKUP_TRUNCATED'),
    });
    expect(await into(`${file}.none`, '--force')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^tenantflow: \S+\.none: ENOENT/),
    });
    expect(await tenantflow('backup', file, '--data-dir', directory('nowhere'))).toMatchObject({
      code: 2,
      stderr: `tenantflow: --data-dir: there is no store in ${directory('nowhere')}\n`,
    });
    // A rename would put a file in the place of a device.
    const device = `${labFolder('backups')}/device`;
    symlinkSync('/dev/null', device);
    for (const place of [device, labFolder('backups')])
      expect(await tenantflow('backup', place)).toMatchObject({
        code: 2,
        stderr: `tenantflow: ${place} is not a regular file: name one, or - for standard output\n`,
      });
    expect(existsSync(directory('nowhere'))).toBe(false);
    expect(await tenantflow('backup', `${file}.new`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no controller answers'),
    });
    expect(existsSync(`${file}.new`) || existsSync(`${file}.new.partial`)).toBe(false);
    await controller.start();
    expect(await ids(controller, 'port')).toEqual(before);
  });

  it('leave the old store when a restore is killed in the middle', async () => {
    const controller = await serve('cut');
    for (let round = 0; round < 3; round++) await ports(controller, 2_000);
    const file = `${labFolder('backups')}/cut`;
    await tenantflow('backup', file);
    await ports(controller, 3);
    const before = await ids(controller, 'port');
    await controller.stop();

    const bytes = readFileSync(file);
    const restore = start('restore', '-', '--data-dir', directory('cut'), '--force');
    restore.stdin.write(bytes.subarray(0, -100));
    const scratch = () => readdirSync(directory('cut')).find((name) => name.startsWith('restore_'));
    const size = () => statSync(`${directory('cut')}/${scratch()}/data.mdb`).size;
    await waitFor(() => size() > 1_000_000, { what: 'the restore to be in the middle of its work' });
    await expect(controller.start()).rejects.toThrow('STORE_LOCKED');
    restore.kill('SIGKILL');
    await once(restore, 'exit');

    await controller.start();
    expect(await ids(controller, 'port')).toEqual(before);
    await controller.stop();
    expect(await tenantflow('restore', file, '--data-dir', directory('cut'), '--force')).toMatchObject({
      code: 0,
    });
    expect(scratch()).toBeUndefined();
    await controller.start();
    expect(await ids(controller, 'port')).toHaveLength(6_000);
  });
});

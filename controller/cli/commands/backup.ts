import { existsSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Command, Option } from 'commander';
import { type BackupHeader, backupOf } from '#controller/store/backup';
import { readBackup } from '#controller/store/backup-reader';
import { openStore } from '#controller/store/lmdb/lmdb-store';
import { dataFile } from '#controller/store/lmdb/read';
import type { ClientOptions } from '../client/endpoint.ts';
import { addClientOptions, clientOf } from '../client/options.ts';
import { CliError, UsageError } from '../error.ts';
import { Output } from '../output.ts';
import { examples } from './help.ts';

/** `tenantflow backup FILE`: what a store holds, of a running controller or of the directory of a stopped one. */
export function backupCommand(): Command {
  const command = new Command('backup')
    .description('Write all that the store holds, as of one moment, to a file; the controller goes on.')
    .argument('<FILE>', 'where to; replaced when all is there and verified. `-` is standard output')
    .addOption(new Option('--data-dir <DIR>', 'ask no controller: read the directory of a stopped one'));
  return addClientOptions(command)
    .addHelpText(
      'after',
      examples([
        ['tenantflow backup tenantflow.backup', 'of a running controller'],
        ['tenantflow backup - | gzip > tenantflow.backup.gz', 'compressed'],
      ]),
    )
    .action(async (file: string, options: ClientOptions & { readonly dataDir?: string }) => {
      const { dataDir } = options;
      if (file !== '-') checkPlace(file);
      const header = await (dataDir === undefined
        ? save(await clientOf(options).stream('/v1/backup', { patience: 30_000 }), file)
        : saveDirectory(dataDir, file));
      process.stderr.write(`backed up ${summaryOf(header)}\n`);
    });
}

/** What a backup holds, in words. */
export function summaryOf({ count, revision, createdAt }: BackupHeader): string {
  return `${count} objects of revision ${revision}, as of ${createdAt}`;
}

/** What stands where a backup is renamed to is gone: that may be an older file, but not a device or a pipe. */
function checkPlace(file: string): void {
  if (!mayBeFile(file))
    throw new UsageError(`${file} is not a regular file: name one, or - for standard output`);
}

function mayBeFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
  } catch {
    // Writing there tells why it cannot be.
    return true;
  }
}

async function saveDirectory(directory: string, file: string): Promise<BackupHeader> {
  // Opening would make an empty store, and its backup would look like a good one.
  if (!existsSync(dataFile(directory))) throw new UsageError(`--data-dir: there is no store in ${directory}`);
  const store = await openStore(directory);
  try {
    return await save(backupOf(store.snapshot(), Date.now()), file);
  } finally {
    await store.close();
  }
}

function save(source: AsyncIterable<Uint8Array>, file: string): Promise<BackupHeader> {
  return file === '-' ? readBackup(tee(source, printer()), {}) : saveFile(source, file);
}

/** Written beside the file and renamed, so that an older backup is kept until the new one is whole. */
async function saveFile(source: AsyncIterable<Uint8Array>, file: string): Promise<BackupHeader> {
  const partial = `${file}.partial`;
  try {
    const handle = await open(partial, 'w', 0o600);
    let header: BackupHeader;
    try {
      header = await readBackup(
        tee(source, async (bytes) => {
          await handle.writeFile(bytes);
        }),
        {},
      );
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, file);
    const folder = await open(dirname(file));
    await folder.sync().finally(() => folder.close());
    return header;
  } catch (error) {
    await rm(partial, { force: true });
    if (error instanceof Error && 'syscall' in error) throw new CliError(`${file}: ${error.message}`);
    throw error;
  }
}

/** Passes on what it hands over first. */
async function* tee(
  source: AsyncIterable<Uint8Array>,
  write: (bytes: Uint8Array) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  for await (const bytes of source) {
    await write(bytes);
    yield bytes;
  }
}

function printer(): (bytes: Uint8Array) => Promise<void> {
  const output = new Output(process.stdout);
  return async (bytes) => {
    if (!(await output.write(bytes))) throw new CliError('nobody reads the backup any more');
  };
}

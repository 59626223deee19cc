import { open } from 'node:fs/promises';
import { Command } from 'commander';
import { environmentName, SETTINGS } from '#controller/config/settings';
import { readBackup } from '#controller/store/backup-reader';
import { restoreStore } from '#controller/store/lmdb/restore';
import { CliError } from '../error.ts';
import { summaryOf } from './backup.ts';
import { examples } from './help.ts';

/** `tenantflow restore FILE`: makes a data directory what a backup says. */
export function restoreCommand(): Command {
  const directory = process.env[environmentName('data-dir')] ?? SETTINGS['data-dir'].fallback;
  return new Command('restore')
    .description('Make the data directory of a stopped controller what a backup says: all of it, or nothing.')
    .argument('<FILE>', 'a file that `tenantflow backup` has written. `-` is standard input')
    .option('--data-dir <DIR>', 'directory of the store', directory)
    .option('--force', 'replace the store that is there')
    .option('--dry-run', 'only read and verify the backup')
    .addHelpText(
      'after',
      examples([
        ['tenantflow restore tenantflow.backup --data-dir ./data --force', 'in place of what is there'],
      ]),
    )
    .action(async (file: string, options: { dataDir: string; force?: boolean; dryRun?: boolean }) => {
      const source = file === '-' ? process.stdin : await bytesOf(file);
      if (options.dryRun) {
        process.stdout.write(`the backup is good: ${summaryOf(await readBackup(source, {}))}\n`);
        return;
      }
      const header = await restoreStore(options.dataDir, source, { isForced: options.force ?? false });
      process.stdout.write(`restored ${summaryOf(header)}, into ${options.dataDir}\n`);
    });
}

/** The bytes of a file. Throws CliError, before the data directory is touched, if it cannot be opened. */
async function bytesOf(file: string): Promise<AsyncIterable<Buffer>> {
  try {
    const handle = await open(file);
    if ((await handle.stat()).isDirectory()) {
      await handle.close();
      throw new Error('it is a directory');
    }
    return handle.createReadStream();
  } catch (error) {
    throw new CliError(`${file}: ${error instanceof Error ? error.message : error}`);
  }
}

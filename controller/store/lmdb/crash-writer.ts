import { samplePort } from '../sample-records.ts';
import { openStore } from './lmdb-store.ts';

/**
 * The victim of the crash test: run as its own process with a directory and a prefix, it commits pairs of
 * objects as fast as it can from several clients, and prints each pair's number once it is acknowledged.
 */
const [directory = '', prefix = ''] = process.argv.slice(2);
const store = await openStore(directory);
process.stdout.write('open\n');
await Promise.all([0, 1, 2, 3].map(writeForever));

async function writeForever(client: number): Promise<void> {
  for (let round = 0; ; round++) {
    const name = `${prefix}-${client}-${round}`;
    const key = await store.transact((tx) => {
      const number = tx.allocate('port');
      tx.put(
        'ports',
        `${name}-left`,
        samplePort(`${name}-left`, { key: number, description: 'x'.repeat(200) }),
      );
      tx.put(
        'ports',
        `${name}-right`,
        samplePort(`${name}-right`, { key: number, description: 'x'.repeat(200) }),
      );
      return number;
    });
    process.stdout.write(`${name} ${key}\n`);
  }
}

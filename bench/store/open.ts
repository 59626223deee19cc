import { openStore } from '#controller/store/lmdb/lmdb-store';
import type { NetworkRecord } from '#controller/store/records';

/** One opening of a store in a process of its own: prints what it cost as JSON. */
const [directory = '', commits = ''] = process.argv.slice(2);
const empty = process.memoryUsage.rss();
const before = process.cpuUsage();
const start = performance.now();
const store = await openStore(directory);
const openMs = performance.now() - start;
const cpu = process.cpuUsage(before);
const cpuMs = (cpu.user + cpu.system) / 1000;
const peak = process.resourceUsage().maxRSS * 1024;
globalThis.gc?.();
const { rss, heapUsed } = process.memoryUsage();
const network = [...store.snapshot().objects][0]?.[2] as NetworkRecord;

/** Commits per second by so many clients, each waiting for its own. */
async function rate(clients: number): Promise<number> {
  const each = Math.ceil(Number(commits) / clients);
  const began = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let n = 0; n < each; n++)
        await store.transact((tx) => tx.put('networks', `bench-${client}`, { ...network, mtu: n }));
    }),
  );
  return (each * clients * 1000) / (performance.now() - began);
}
const rates = { one: await rate(1), sixteen: await rate(16) };
await store.close();
console.log(JSON.stringify({ openMs, cpuMs, empty, rss, peak, heapUsed, rates }));

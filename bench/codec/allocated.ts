import { GCProfiler } from 'node:v8';

/**
 * Bytes that one call of `work` allocates, on the heap and in array buffers: growth of both over some calls, and
 * what collections took away meanwhile. Needs --expose-gc, and code that is warm.
 */
export function allocatedBy(work: () => void, calls: number): number {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('run with --expose-gc');
  gc();
  const profiler = new GCProfiler();
  profiler.start();
  const before = process.memoryUsage();
  for (let call = 0; call < calls; call++) work();
  const after = process.memoryUsage();
  const collected = (profiler.stop()?.statistics ?? [])
    .map(({ beforeGC, afterGC }) => usedOf(beforeGC) - usedOf(afterGC))
    .reduce((sum, size) => sum + size, 0);
  const grown = after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers;
  return Math.max(0, (grown + collected) / calls);
}

function usedOf({ heapStatistics }: { heapStatistics: { usedHeapSize: number } }): number {
  return heapStatistics.usedHeapSize;
}

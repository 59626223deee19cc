import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Audited, Auditor } from './auditor.ts';

const PACE = { restPerFlow: 0, patience: 5, tick: 1 };
let auditor: Auditor | undefined;
afterEach(() => auditor?.stop());

/** Switches that remember in which order they were audited. */
function switchesOf(names: readonly string[], audit: (name: string) => Promise<boolean>) {
  return names.map(
    (name): Audited => ({
      audit: () => audit(name),
      desired: { compiled: { size: 3 } } as never,
      audits: { census: { count: 0 } } as never,
    }),
  );
}

describe('Auditor', () => {
  it('audits all, in turns, over and over', async () => {
    const order: string[] = [];
    const switches = switchesOf(['a', 'b', 'c'], async (name) => order.push(name) > 0);
    auditor = new Auditor({ intervalMs: 5, switches: () => switches, pace: PACE });
    auditor.start();
    await vi.waitUntil(() => order.length >= 30, { timeout: 20_000 });
    for (const name of ['a', 'b', 'c'])
      expect(order.filter((each) => each === name).length).toBeGreaterThanOrEqual(9);
  });

  it('lets a switch that never answers keep no other waiting', async () => {
    const order: string[] = [];
    const switches = switchesOf(['mute', 'b'], (name) => {
      order.push(name);
      return name === 'mute' ? new Promise(() => undefined) : Promise.resolve(true);
    });
    auditor = new Auditor({ intervalMs: 2, switches: () => switches, pace: PACE });
    auditor.start();
    await vi.waitUntil(() => order.filter((each) => each === 'b').length >= 5, { timeout: 20_000 });
    expect(order).toContain('mute');
  });

  it('audits nothing by itself when the interval is 0, and nothing after its end', async () => {
    const audit = vi.fn(async () => true);
    const switches = () => switchesOf(['a'], audit);
    const idle = new Auditor({ intervalMs: 0, switches, pace: PACE });
    idle.start();
    auditor = new Auditor({ intervalMs: 1, switches, pace: PACE });
    auditor.start();
    auditor.stop();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(audit.mock.calls.length).toBeLessThanOrEqual(1);
  });
});

import { Counter, Gauge, type Registry } from 'prom-client';
import type { DenyLogCounts } from '#controller/denied/deny-log';

/** What is asked of the log of denied packets at each scrape. */
export interface DenyLogScraped {
  readonly denyLog: DenyLogCounts;
  /** Packets that meters of the controller have held back, as audits count them. */
  readonly held: () => number;
}

/** Registers what the log of denied packets costs, and what it leaves out. */
export function denyLogMetrics(registry: Registry, { denyLog, held }: DenyLogScraped): void {
  const registers = [registry];
  new Gauge({
    name: 'tenantflow_deny_log_watchers',
    help: 'Who is shown denied packets now: streams of /v1/denied, and switches whose packets go to the log (--deny-log).',
    labelNames: ['kind'],
    registers,
    collect() {
      const { streams, logs } = denyLog.watchers;
      this.set({ kind: 'stream' }, streams);
      this.set({ kind: 'log' }, logs);
    },
  });
  new Counter({
    name: 'tenantflow_deny_log_packets_total',
    help: 'Denied packets while somebody watches: shown; unread, which switches sent beyond what they were asked for; held back by their meters, as audits count them.',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset();
      this.inc({ outcome: 'shown' }, denyLog.packets.shown);
      this.inc({ outcome: 'unread' }, denyLog.packets.unread);
      this.inc({ outcome: 'held' }, held());
    },
  });
}

import { readFileSync } from 'node:fs';
import type { OpenVswitch } from './open-vswitch.ts';
import { waitFor } from './wait-for.ts';

/** Looks in a row that must find nothing new, and the milliseconds between two. */
const STILL_LOOKS = 3;
const LOOK_MS = 5;
/** Milliseconds after which what was sent has had its time, though others send on and on. */
const PATIENCE_MS = 15_000;

/**
 * Returns when packets that were sent before are where they go: no switch has one waiting or has taken one in since the
 * last look, and none is between two interfaces. So nothing has to be known of how fast the machine is.
 */
export async function untilQuiet(switches: readonly OpenVswitch[]): Promise<void> {
  const running = switches.filter(({ vswitchd }) => vswitchd.running);
  let before = '';
  let still = 0;
  const look = async () => {
    // It is the thread that forwards which answers, so what it was at is done.
    const counts = (await Promise.all(running.map(packetsTaken))).join();
    still = counts === before && running.every(hasNoneWaiting) && !betweenInterfaces() ? still + 1 : 0;
    before = counts;
    return still >= STILL_LOOKS;
  };
  const patience = { what: 'packets to be where they go', timeoutMs: PATIENCE_MS, everyMs: LOOK_MS };
  await waitFor(look, patience).catch(() => undefined);
}

/** Packets that the switch's datapath has taken in so far. */
async function packetsTaken(ovs: OpenVswitch): Promise<number> {
  const text = await ovs.appctl('dpif-netdev/pmd-stats-show');
  const counts = [...text.matchAll(/packets received: (\d+)/g)].map(([, count]) => Number(count));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Whether every packet socket in the switch's namespace is empty: its own, by which it reads interfaces. */
function hasNoneWaiting({ vswitchd }: OpenVswitch): boolean {
  const [, ...sockets] = readFileSync(`/proc/${vswitchd.pid}/net/packet`, 'utf8').trimEnd().split('\n');
  return sockets.every((line) => line.trim().split(/\s+/)[RECEIVE_QUEUE] === '0');
}

/** Whether a processor of this machine has packets to hand to an interface (netif_rx). */
function betweenInterfaces(): boolean {
  const lines = readFileSync('/proc/net/softnet_stat', 'utf8').trimEnd().split('\n');
  return lines.some((line) => Number.parseInt(line.split(' ')[BACKLOG] ?? '0', 16) > 0);
}

/** Columns of /proc/net/packet and /proc/net/softnet_stat (Linux 5.10), from 0. */
const RECEIVE_QUEUE = 6;
const BACKLOG = 11;

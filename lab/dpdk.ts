import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { LabError } from './errors.ts';

/** Open vSwitch's switch process with DPDK, as Debian's `openvswitch-switch-dpdk` brings it. */
export const DPDK_VSWITCHD = '/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk';

/** Bytes. The driver of packet sockets knows no larger frames, and sets the device down to it. */
export const DPDK_MTU = 1500;

/** Memory of one switch in MiB: packet buffers, which it makes as many as fit. */
const MEMORY = 256;
/** What all DPDK switches of a machine may have together, in MiB. */
const ALL_MEMORY = 1024;

const ALLOWED = '/proc/sys/vm/nr_overcommit_hugepages';

export interface DpdkOptions {
  /** Number of the processor of the thread that polls the ports. Default: the last. */
  readonly cpu?: number;
  /** Microseconds that this thread sleeps at most when no packets come; 0 burns its processor. Default 500. */
  readonly maxSleep?: number;
}

/** Settings of `Open_vSwitch` by which the switch starts DPDK: no network card, and little of the machine. */
export function dpdkSettings({
  cpu = availableParallelism() - 1,
  maxSleep = 500,
}: DpdkOptions): readonly string[] {
  const settings = {
    'dpdk-init': 'true',
    'dpdk-extra': '--no-pci --in-memory',
    'dpdk-socket-mem': String(MEMORY / 4),
    'dpdk-socket-limit': String(MEMORY),
    'dpdk-lcore-mask': '0x1',
    'pmd-cpu-mask': `0x${(2 ** cpu).toString(16)}`,
    'pmd-maxsleep': String(maxSleep),
  };
  return Object.entries(settings).map(([key, value]) => `other_config:${key}=${JSON.stringify(value)}`);
}

/**
 * Settings of an interface that takes its packets from a device of the kernel by DPDK's driver of packet sockets.
 * `number` must be of no other interface of the same switch.
 */
export function afPacketSettings(device: string, number: number, mtu: number): readonly string[] {
  const devargs = `net_af_packet${number},iface=${device}`;
  return ['type=dpdk', `options:dpdk-devargs=${JSON.stringify(devargs)}`, `mtu_request=${mtu}`];
}

/**
 * Lets processes of the machine take huge pages as they need them; the kernel gets each back when its process ends.
 * The permission stays, it costs nothing. Throws LAB_HUGE_PAGES with the reason if there can be none.
 */
export function allowHugePages(): void {
  try {
    const kilobytes = /^Hugepagesize: *(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
    if (kilobytes === undefined) throw new Error('the kernel knows no huge pages');
    const wanted = Math.ceil((ALL_MEMORY * 1024) / Number(kilobytes));
    if (Number(readFileSync(ALLOWED, 'utf8')) < wanted) writeFileSync(ALLOWED, String(wanted));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LabError('LAB_HUGE_PAGES', why, { cause });
  }
}

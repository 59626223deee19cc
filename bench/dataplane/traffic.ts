import { setTimeout as sleep } from 'node:timers/promises';
import { ETHERTYPE, ethernet, LAB_FILES, udp, type Vm } from '#lab';
import { processorTime } from '../counters.ts';
import { type Contender, GUESTS, type GuestName, guestIp, guestMac } from './contender.ts';
import { writePcap } from './pcap.ts';
import { median } from './report.ts';

/** Programs of guests share one processor, and all switches the other, so that neither takes the other's time. */
const GUEST_CPU = '1';
export const SWITCH_CPU = '0';

const TCP_SECONDS = 2;
const PINGS = 1_000;
const FIRST_PINGS = 6;
const FRAMES_PER_LOOP = 1_000;
const LOOPS = 100;
/** More per second than a learning bridge can take. */
export const NEW_MACS = 120_000;
const NEW_MACS_PER_SECOND = 100_000;
/** How long the switch may take for what waits in its sockets when the sender is done. */
const DRAIN_MS = 200;

const ONE_FLOW = { near: `${LAB_FILES}/near.pcap`, far: `${LAB_FILES}/far.pcap` };
const NEW_FLOWS = `${LAB_FILES}/new-macs.pcap`;

export type Place = keyof typeof ONE_FLOW;

/** Makes the files that `frames` and `newMacs` play. */
export function writeTraffic(): void {
  for (const place of ['near', 'far'] as const) {
    const frame = datagram('sender', place);
    writePcap(ONE_FLOW[place], Array<Uint8Array>(FRAMES_PER_LOOP).fill(frame));
  }
  const frame = datagram('stranger', 'near');
  const frames = Array.from({ length: NEW_MACS }, (_, number) => {
    const copy = Buffer.from(frame);
    copy.writeUInt16BE(0x02aa, 6);
    copy.writeUInt32BE(number, 8);
    return copy;
  });
  writePcap(NEW_FLOWS, frames);
}

/** What was measured, and of how many (bytes, frames, pings) it is: the switches' time is told for each. */
export interface Found {
  readonly value: number;
  readonly count: number;
}

/** Gbit/s of one TCP connection, as its receiver sees them. */
export async function tcp(contender: Contender, place: Place): Promise<Found> {
  const client = ['iperf3', '-c', addressOf(place), '-t', String(TCP_SECONDS), '-J'];
  const { bits_per_second, bytes } = JSON.parse(await onGuestCpu(contender.guests.sender, client)).end
    .sum_received;
  return { value: bits_per_second / 1e9, count: bytes / 1_000 };
}

/** The server of `tcp`, for ever. */
export const TCP_SERVER: readonly string[] = ['taskset', '-c', GUEST_CPU, 'iperf3', '-s'];

/** Frames of 60 bytes per second that arrive, of one flow and as many as the sender can make. */
export function frames(contender: Contender, place: Place): Promise<Found> {
  const { sender, [place]: receiver } = contender.guests;
  return play(sender, receiver, ['--topspeed', `--loop=${LOOPS}`, ONE_FLOW[place]]);
}

/** Mean round trip of pings, each sent when the one before is answered, in microseconds. */
export async function roundTrip(contender: Contender, place: Place): Promise<Found> {
  const ping = ['ping', '-f', '-q', '-c', String(PINGS), addressOf(place)];
  return { value: meanOf(await onGuestCpu(contender.guests.sender, ping)), count: PINGS };
}

/**
 * Median round trip of a ping after the switches have forgotten all their datapath flows, in microseconds: on each of
 * them the request and the answer are first packets, which go through the OpenFlow tables.
 */
export async function firstRoundTrip(contender: Contender, place: Place): Promise<Found> {
  const times: number[] = [];
  for (let ping = 0; ping < FIRST_PINGS; ping++) {
    await forgetFlows(contender);
    times.push(
      meanOf(await onGuestCpu(contender.guests.sender, ['ping', '-q', '-c', '1', addressOf(place)])),
    );
  }
  return { value: median(times), count: FIRST_PINGS };
}

/** Frames per second that arrive when each has another source address. */
export function newMacs({ guests: { stranger, near } }: Contender): Promise<Found> {
  return play(stranger, near, [`--pps=${NEW_MACS_PER_SECOND}`, NEW_FLOWS]);
}

/** Forgets the datapath flows, and what bridges have learned: nothing that a proactive pipeline would not know anyway. */
export async function forgetMacs(contender: Contender): Promise<void> {
  await forgetFlows(contender);
  await Promise.all(contender.hosts.map((host) => host.appctl('fdb/flush')));
}

async function forgetFlows({ hosts }: Contender): Promise<void> {
  await Promise.all(hosts.map((host) => host.appctl('revalidator/purge')));
}

/** Microseconds of processor time that both switches have had so far, and none of it the guests' or the kernel bridge's. */
export function switchTime({ hosts }: Contender): number {
  return hosts.reduce((sum, host) => sum + processorTime(host), 0);
}

/** Plays a file: how many of its frames arrive, and how many that is per second of sending. */
async function play(from: Vm, to: Vm, options: readonly string[]): Promise<Found> {
  const before = await received(to);
  const text = await onGuestCpu(from, ['tcpreplay', '--preload-pcap', '--intf1=v0', ...options]);
  await sleep(DRAIN_MS);
  const count = (await received(to)) - before;
  const value = count / Number(text.match(/ sent in ([\d.]+) seconds/)?.[1]);
  if (!(value > 0)) throw new Error(`nothing arrives at ${to.name}: ${text}`);
  return { value, count };
}

async function received(vm: Vm): Promise<number> {
  return Number(await vm.exec(['cat', '/sys/class/net/v0/statistics/rx_packets']));
}

function onGuestCpu(vm: Vm, argv: readonly string[]): Promise<string> {
  return vm.exec(['taskset', '-c', GUEST_CPU, ...argv]);
}

/** Average of ping's summary (`rtt min/avg/max/mdev = …/…/…/… ms`), in microseconds. */
function meanOf(text: string): number {
  const mean = Number(text.match(/= [\d.]+\/([\d.]+)\//)?.[1]) * 1_000;
  if (!(mean > 0)) throw new Error(`no answer: ${text}`);
  return mean;
}

/** To an address that nobody has, so that nobody answers, at the receiver's interface. */
function datagram(from: GuestName, to: GuestName): Uint8Array {
  const [src, dst] = [GUESTS[from].number, GUESTS[to].number];
  const packet = udp({ src: guestIp(src), dst: guestIp(99), srcPort: 9, dstPort: 9 }, new Uint8Array(18));
  return ethernet({ src: guestMac(src), dst: guestMac(dst), type: ETHERTYPE.ipv4 }, packet);
}

function addressOf(guest: GuestName): string {
  return guestIp(GUESTS[guest].number);
}

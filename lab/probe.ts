import { BROADCAST, ETHERTYPE, ethernet, IP_PROTOCOL, readEthernet, udp } from './frames.ts';
import { Matrix, type Sighting } from './matrix.ts';
import { untilQuiet } from './quiet.ts';
import type { Vm } from './vm.ts';
import { waitFor } from './wait-for.ts';

/** A VM and the group (tenant, network) it belongs to. */
export interface Endpoint {
  readonly vm: Vm;
  readonly group: string;
}

export interface ProbeOptions {
  /** Whether packets should get from one to the other. Default: both are of one group. */
  readonly expected?: (from: Endpoint, to: Endpoint) => boolean;
  /** Pings for each pair that should reach each other. Default 3. */
  readonly pings?: number;
  /** Milliseconds to wait for what should arrive: they pass only if some of it does not. Default 15 000. */
  readonly waitMs?: number;
}

/** Processes at a time that send pings. */
const CONCURRENCY = 12;

const MAGIC = 'tenantflow';
const EVERYBODY = 0xffff;
const PROBE_PORT = 9;

type Tally = { pings: { sent: number; received: number }; unicast: number; broadcast: number; stray: number };

/**
 * Finds out who reaches whom, while every VM records all that arrives at it. Each VM sends one broadcast frame and
 * one frame to each MAC address, and pings whom it should reach. Every packet carries the number of its sender and
 * of its addressee, so it is known wherever it turns up, also where addresses are the same.
 */
export async function probe(endpoints: readonly Endpoint[], options: ProbeOptions = {}): Promise<Matrix> {
  const { expected = sameGroup, pings = 3, waitMs = 15_000 } = options;
  const tallies = endpoints.map(() => endpoints.map(emptyTally));
  const pairs = endpoints.flatMap((from, f) =>
    endpoints.flatMap((to, t) => (f === t ? [] : [{ from, to, f, t }])),
  );
  const friends = pairs.filter(({ from, to }) => expected(from, to));
  const captures = await Promise.all(endpoints.map(({ vm }) => vm.capture()));

  await Promise.all(endpoints.map((_, f) => sendFrames(endpoints, f)));
  await inParallel(friends, async ({ from, to, f, t }) => {
    const pattern = Buffer.from(marker(f, t)).toString('hex');
    const { sent, received } = await from.vm.ping(to.vm.ip, { count: pings, pattern, waitMs });
    const tally = tallies[f]?.[t];
    if (tally) tally.pings = { sent, received };
  });

  const complete = () => {
    const seen = captures.map(({ frames }) => frames.flatMap((frame) => readMarker(frame) ?? []));
    return friends.every(({ f, t }) =>
      [t, EVERYBODY].every((addressee) =>
        seen[t]?.some(({ kind, from, to }) => kind === 'frame' && from === f && to === addressee),
      ),
    );
  };
  // Nothing shows how long a frame is in the rings of DPDK, or in a guest of its own. Who is missed is told by the matrix.
  await waitFor(complete, { what: 'all frames to arrive', timeoutMs: waitMs }).catch(() => undefined);
  await untilQuiet([...new Set(endpoints.map(({ vm }) => vm.place.hypervisor.ovs))]);

  for (const [at, capture] of captures.entries()) {
    for (const frame of await capture.finish()) {
      const mark = readMarker(frame);
      const tally = mark && tallies[mark.from]?.[at];
      if (tally) count(tally, mark, at);
    }
  }
  return new Matrix(
    endpoints.map(({ vm, group }) => ({ name: vm.name, group, place: vm.place.hypervisor.name })),
    pairs.map(({ from, to, f, t }) => ({
      from: from.vm.name,
      to: to.vm.name,
      expected: expected(from, to),
      seen: (tallies[f]?.[t] ?? emptyTally()) satisfies Sighting,
    })),
  );
}

function sameGroup(from: Endpoint, to: Endpoint): boolean {
  return from.group === to.group;
}

function emptyTally(): Tally {
  return { pings: { sent: 0, received: 0 }, unicast: 0, broadcast: 0, stray: 0 };
}

/** One broadcast, and one frame to each other MAC address: meant for the VM of the own group where several share it. */
async function sendFrames(endpoints: readonly Endpoint[], f: number): Promise<void> {
  const from = endpoints[f];
  if (!from) return;
  const addressees = new Map<string, number>();
  for (const [t, to] of endpoints.entries()) {
    if (to.vm.mac === from.vm.mac) continue;
    if (to.group === from.group || !addressees.has(to.vm.mac)) addressees.set(to.vm.mac, t);
  }
  await from.vm.send(probeFrame(from, BROADCAST, '255.255.255.255', marker(f, EVERYBODY)));
  for (const [mac, t] of addressees) {
    const to = endpoints[t];
    if (to) await from.vm.send(probeFrame(from, mac, to.vm.ip, marker(f, t)));
  }
}

function probeFrame({ vm }: Endpoint, dst: string, dstIp: string, payload: Uint8Array): Uint8Array {
  const packet = udp({ src: vm.ip, dst: dstIp, srcPort: PROBE_PORT, dstPort: PROBE_PORT }, payload);
  return ethernet({ src: vm.mac, dst, type: ETHERTYPE.ipv4 }, packet);
}

/** 16 bytes, as many as the pattern of a ping has: who sends to whom. */
function marker(from: number, to: number): Uint8Array {
  const bytes = Buffer.alloc(16);
  bytes.write(MAGIC, 'latin1');
  bytes.writeUInt16BE(from, 10);
  bytes.writeUInt16BE(to, 12);
  return bytes;
}

interface Mark {
  readonly kind: 'frame' | 'ping';
  /** Number of the VM that sent the packet. */
  readonly from: number;
  /** Number of the VM it is for, or EVERYBODY. */
  readonly to: number;
}

/** Sender and addressee of a packet of ours; undefined for any other packet. */
function readMarker(frame: Uint8Array): Mark | undefined {
  const ethernetFrame = readEthernet(frame);
  if (ethernetFrame?.type !== ETHERTYPE.ipv4) return undefined;
  const packet = Buffer.from(ethernetFrame.payload);
  const protocol = packet[9];
  const icmpType = packet[20];
  // After the headers of IPv4 and UDP; in a ping, after ICMP's header and the time stamp.
  const at = protocol === IP_PROTOCOL.udp ? 28 : 20 + 8 + 16;
  if (packet.length < at + 16 || packet.toString('latin1', at, at + MAGIC.length) !== MAGIC) return undefined;
  const numbers = { from: packet.readUInt16BE(at + 10), to: packet.readUInt16BE(at + 12) };
  if (protocol === IP_PROTOCOL.udp) return { kind: 'frame', ...numbers };
  if (protocol !== IP_PROTOCOL.icmp) return undefined;
  if (icmpType === 8) return { kind: 'ping', ...numbers };
  // A reply carries what the request carried, the other way.
  return icmpType === 0 ? { kind: 'ping', from: numbers.to, to: numbers.from } : undefined;
}

function count(tally: Tally, { kind, to }: Mark, at: number): void {
  if (kind === 'frame' && to === EVERYBODY) tally.broadcast += 1;
  else if (to !== at) tally.stray += 1;
  else if (kind === 'frame') tally.unicast += 1;
}

/** Runs `work` on every item, a few at a time. */
async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

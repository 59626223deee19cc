import type { FlowMod, FlowStats, GroupMod } from 'openflow-codec';
import {
  canonicalInstructions,
  canonicalMatch,
  encodeInstructions,
  encodeMatch,
  Writer,
} from 'openflow-codec';
import {
  type Outcome,
  type Packet,
  type SimulatedFlow,
  Simulator,
  type SimulatorOptions,
} from '#pipeline/simulator';
import { execute } from './datapath.ts';
import { differentFields } from './final-fields.ts';
import { withoutChecksums } from './frame-headers.ts';
import { colons, dotted } from './numbers.ts';
import { PLAIN_PORTS, TUNNEL_PORTS } from './pools.ts';
import type { RealSwitch } from './real-switch.ts';
import type { Trace } from './trace.ts';

/** Flows, groups, and packets one after the other: they teach the switch. */
export interface Case {
  readonly groups: readonly GroupMod[];
  readonly flows: readonly FlowMod[];
  readonly packets: readonly Packet[];
  /** Default `normal`. */
  readonly fragments?: SimulatorOptions['fragments'];
}

/** What a round found. */
export interface Comparison {
  /** Nothing when all packets came out equal. */
  readonly difference?: string;
  readonly accepted: number;
  /** Packets that were compared: what follows one that the simulator does not model is not. */
  readonly packets: number;
  /** Look-ups, outputs and learned flows that were compared: a test that compares nothing proves nothing. */
  readonly lookUps: number;
  readonly outputs: number;
  readonly learned: number;
}

/** Does something to what the simulator says, to see whether the comparison sees it. */
export interface Distortion {
  readonly outcome?: (outcome: Outcome) => Outcome;
  readonly flows?: (flows: readonly SimulatedFlow[]) => readonly SimulatedFlow[];
}

/** Plays a case on the real switch and in the simulator. */
export async function compare(
  real: RealSwitch,
  { groups, flows, packets, fragments = 'normal' }: Case,
  distort: Distortion = {},
): Promise<Comparison> {
  const refused = await real.install(groups, flows, fragments);
  const simulator = new Simulator({
    ports: PLAIN_PORTS,
    fragments,
    tunnelPorts: new Map(TUNNEL_PORTS.map((port) => [port, { address: 0 }])),
  });
  for (const group of groups) if (!refused.has(group.xid)) simulator.groupMod(group);
  const accepted = flows.filter(({ xid }) => !refused.has(xid));
  for (const flow of accepted) simulator.flowMod(flow);
  const traces = await Promise.all(packets.map((packet) => real.trace(packet)));
  const count = { accepted: accepted.length, packets: 0, lookUps: 0, outputs: 0, learned: 0 };
  for (const [index, packet] of packets.entries()) {
    const trace = traces[index];
    if (!trace || trace.isBeyond) return count;
    const outcome = (distort.outcome ?? same)(simulator.send(packet));
    if (outcome.steps.some((step) => step.step === 'note' && step.note === 'pastEnd')) {
      return { ...count, difference: `packet ${index} makes the switch write past its end` };
    }
    count.packets++;
    count.lookUps += trace.path.length;
    count.outputs += outcome.outputs.length;
    const difference = differenceOf(real, packet, trace, outcome);
    if (difference) return { ...count, difference: `packet ${index}: ${difference}` };
  }
  const [theirs, ours] = [
    (await real.flows()).map(wireOf).sort(),
    (distort.flows ?? same)(simulator.flows()).map(wireOf).sort(),
  ];
  count.learned = theirs.length - accepted.length;
  const odd = [
    ...theirs.filter((flow) => !ours.includes(flow)),
    ...ours.filter((flow) => !theirs.includes(flow)),
  ];
  return odd.length > 0 ? { ...count, difference: `learned: ${odd.join(' | ')}` } : count;
}

function same<T>(value: T): T {
  return value;
}

function differenceOf(real: RealSwitch, packet: Packet, trace: Trace, outcome: Outcome): string | undefined {
  const path = outcome.steps.flatMap((step) => (step.step === 'table' ? [lookUp(step)] : []));
  const fork = [...path, 'end'].findIndex((each, index) => each !== [...trace.path, 'end'][index]);
  if (fork >= 0) {
    const from = (whole: readonly string[]) =>
      [...whole, 'end'].slice(Math.max(0, fork - 2), fork + 3).join(', ');
    return `path differs at ${fork}: …${from(trace.path)}; simulated …${from(path)}`;
  }
  const limit = outcome.error && LIMITS[outcome.error];
  if (limit !== trace.error) return `error is ${trace.error}; simulated ${limit}`;
  const expected = limit ? [] : expectedOutputs(real, packet, trace);
  const actual = actualOutputs(outcome);
  if (expected.join() !== actual.join()) {
    return `outputs are ${expected.join(' ')} by ${trace.actions}; simulated ${actual.join(' ')}`;
  }
  const fields = differentFields(trace.final, outcome);
  return fields.length > 0 ? fields.join(', ') : undefined;
}

const LIMITS = { tooManyResubmits: 'Too many resubmits', tooDeep: 'Recursion too deep' } as const;

function lookUp({ table, rule }: Extract<Outcome['steps'][number], { step: 'table' }>): string {
  return rule ? `${table} ${rule.priority} 0x${rule.cookie.toString(16)}` : `${table} miss`;
}

function expectedOutputs(real: RealSwitch, packet: Packet, { actions }: Trace): string[] {
  return execute(actions, packet.bytes).map(({ port, bytes, tunnel }) => {
    const number = port === 'controller' ? port : real.portOf(port);
    const isTunnel = TUNNEL_PORTS.some((each) => each === number);
    return [number, hex(bytes), ...(isTunnel ? [tunnel] : [])].join('/');
  });
}

function actualOutputs({ sent }: Outcome): string[] {
  return sent.map((output) => {
    if (!('port' in output)) return `controller/${hex(output.bytes)}`;
    const { port, bytes, tunnel } = output;
    if (!tunnel) return [port, hex(bytes)].join('/');
    const { id = 0n, dst, ipv6Dst = 0n } = tunnel;
    const end = dst === undefined ? `ipv6_dst=${colons(ipv6Dst)}` : `dst=${dotted(dst)}`;
    const words = [`tun_id=0x${id.toString(16)}`, end];
    return [port, hex(bytes), words.join()].join('/');
  });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(withoutChecksums(bytes)).toString('hex');
}

const writer = new Writer();

/** All that a flow is made of, as text. */
function wireOf(flow: SimulatedFlow | FlowStats): string {
  writer.reset();
  encodeMatch(canonicalMatch(flow.match), writer);
  encodeInstructions(canonicalInstructions(flow.instructions), writer);
  const { tableId, priority, cookie, idleTimeout, hardTimeout } = flow;
  return [
    tableId,
    priority,
    cookie,
    idleTimeout,
    hardTimeout,
    Buffer.from(writer.bytes()).toString('hex'),
  ].join(' ');
}

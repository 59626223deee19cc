import { inspect } from 'node:util';
import {
  canonicalActions,
  canonicalInstructions,
  canonicalMatch,
  encodeInstructions,
  encodeMatch,
  type FlowMod,
  type FlowStats,
  GROUP,
  type GroupDescription,
  type Instruction,
  METER,
  METER_FLAG,
  type MeterBand,
  type MeterConfig,
  type MultipartRequest,
  NO_BUFFER,
  PORT,
  Writer,
} from 'openflow-codec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Hypervisor, Lab } from '#lab';
import { GROUPS, METERS, randomInstructions } from './codec-switch/actions.ts';
import { randomGroup, randomMeter } from './codec-switch/groups.ts';
import { isNeeded, randomMatch } from './codec-switch/match.ts';
import { MISTAKES } from './codec-switch/mistakes.ts';
import { Random } from './codec-switch/random.ts';
import { Session } from './codec-switch/session.ts';

/**
 * Random messages from our encoder to a real ovs-vswitchd and back: what it answers must be what was sent, in
 * canonical form. A failure prints the seed; run it again with CODEC_SWITCH_SEED=<seed>.
 */
const SEED = Number(process.env.CODEC_SWITCH_SEED ?? Date.now() % 2 ** 31);
const BRIDGE = 'br-int';
const FLOWS = 10_000;
const BATCH = 400;
const GROUP_MODS = 500;
const METER_MODS = 200;

let lab: Lab;
let hypervisor: Hypervisor;
let session: Session;

beforeAll(async () => {
  lab = await Lab.create();
  hypervisor = await lab.hypervisor('hv1');
  await hypervisor.vsctl(
    ...['add-br', BRIDGE, '--', 'set', 'bridge', BRIDGE, 'datapath_type=netdev', 'fail_mode=secure'],
    'protocols=OpenFlow13',
  );
  for (const group of GROUPS) await hypervisor.ofctl('add-group', BRIDGE, `group_id=${group},type=all`);
  for (const meter of METERS)
    await hypervisor.ofctl('add-meter', BRIDGE, `meter=${meter},kbps,bands=type=drop,rate=9`);
  session = await Session.open(`${hypervisor.ovs.folder}/${BRIDGE}.mgmt`);
});
afterAll(async () => {
  session?.close();
  await lab?.stop();
});

describe('random messages, sent to a real switch and read back', () => {
  it(`${FLOWS} flow-mods`, async () => {
    const random = new Random(SEED);
    const wrong = new Map<string, string>();
    for (let sent = 0; sent < FLOWS && wrong.size < 10; sent += BATCH) {
      const flows = Array.from({ length: Math.min(BATCH, FLOWS - sent) }, (_, at) => randomFlow(at, random));
      for (const flow of (await differing(flows)).keys()) {
        const { parts, difference } = await smallest(flow);
        wrong.set(parts.map(nameOf).join(), [difference, ...parts.map(textOf)].join('\n  '));
      }
    }
    expect([...wrong.values()], `CODEC_SWITCH_SEED=${SEED}`).toEqual([]);
  });

  it(`${GROUP_MODS} group-mods`, async () => {
    const random = new Random(SEED);
    const first = GROUPS.length + 1;
    const sent = Array.from({ length: GROUP_MODS }, (_, at) => randomGroup(first + at, random));
    const { errors } = await session.send(sent);
    const answered = new Map<number, GroupDescription>();
    const parts = await session.ask({ ...REQUEST, part: 'groupDesc', body: null });
    for (const part of parts) {
      if (part.part === 'groupDesc') for (const group of part.body) answered.set(group.group, group);
    }
    const expected = sent.map(({ groupType, group, buckets }) => ({
      groupType,
      group,
      buckets: buckets.map((bucket) => ({ ...bucket, actions: canonicalActions(bucket.actions) })),
    }));
    expect([...errors.values()].map(({ name }) => name)).toEqual([]);
    expect(
      sent.map(({ group }) => answered.get(group)),
      `CODEC_SWITCH_SEED=${SEED}`,
    ).toEqual(expected);
  });

  it(`${METER_MODS} meter-mods`, async () => {
    const random = new Random(SEED);
    const first = METERS.length + 1;
    const sent = Array.from({ length: METER_MODS }, (_, at) => randomMeter(first + at, random));
    const { errors } = await session.send(sent);
    const answered = new Map<number, MeterConfig>();
    const parts = await session.ask({ ...REQUEST, part: 'meterConfig', body: { meter: METER.all } });
    for (const part of parts) {
      if (part.part === 'meterConfig') for (const meter of part.body) answered.set(meter.meter, meter);
    }
    // Without OFPMF_BURST the userspace datapath takes the rate as the burst.
    const expected = sent.map(({ flags, meter, bands }) => ({
      flags,
      meter,
      bands: flags & METER_FLAG.burst ? bands : bands.map((band) => ({ ...band, burstSize: rateOf(band) })),
    }));
    expect([...errors.values()].map(({ name }) => name)).toEqual([]);
    expect(
      sent.map(({ meter }) => answered.get(meter)),
      `CODEC_SWITCH_SEED=${SEED}`,
    ).toEqual(expected);
  });

  it.each(Object.entries(MISTAKES))(
    '%s is what a switch says about a mistake that we know',
    async (name, mistakes) => {
      const random = new Random(SEED);
      for (const mistake of mistakes) {
        const flow: FlowMod = { ...DELETE_ALL, xid: 1, command: 'add', tableId: random.below(200) };
        const { errors } = await session.send([mistake(flow, random)]);
        expect(errors.get(1)?.name, textOf(mistake(flow, random))).toBe(name);
      }
    },
  );
});

function rateOf(band: MeterBand): number {
  return band.band === 'raw' ? 0 : band.rate;
}

/** Flows of one batch differ in their priority, so that none replaces another. */
function randomFlow(index: number, random: Random): FlowMod {
  const tableId = random.below(200);
  const { match, kind } = randomMatch(random);
  return {
    ...DELETE_ALL,
    xid: index + 1,
    command: 'add',
    tableId,
    priority: index,
    cookie: BigInt(index),
    idleTimeout: random.uint(16),
    hardTimeout: random.uint(16),
    flags: random.pick([0, 1, 8, 16, 25]),
    match,
    instructions: randomInstructions(tableId, kind, random),
  };
}

const DELETE_ALL: FlowMod = {
  type: 'flowMod',
  xid: 0,
  cookie: 0n,
  cookieMask: 0n,
  tableId: 0xff,
  command: 'delete',
  idleTimeout: 0,
  hardTimeout: 0,
  priority: 0,
  bufferId: NO_BUFFER,
  outPort: PORT.any,
  outGroup: GROUP.any,
  flags: 0,
  match: [],
  instructions: [],
};

/** The flows that the switch has otherwise than sent, and how they differ. */
async function differing(sent: readonly FlowMod[]): Promise<Map<FlowMod, string>> {
  const { errors } = await session.send([DELETE_ALL, ...sent]);
  const parts = await session.ask(ALL_FLOWS);
  const flows = new Map<bigint, FlowStats>();
  for (const part of parts)
    if (part.part === 'flow') for (const flow of part.body) flows.set(flow.cookie, flow);
  const wrong = new Map<FlowMod, string>();
  for (const flowMod of sent) {
    const difference = differenceOf(flowMod, errors.get(flowMod.xid)?.name, flows.get(flowMod.cookie));
    if (difference !== undefined) wrong.set(flowMod, difference);
  }
  return wrong;
}

function differenceOf(
  sent: FlowMod,
  error: string | undefined,
  flow: FlowStats | undefined,
): string | undefined {
  if (error !== undefined) return `refused with ${error}`;
  if (flow === undefined) return 'is not there';
  const [expected, actual] = [wireOf(sent, true), wireOf(flow, false)];
  return expected === actual ? undefined : `expected ${expected}\n  answered ${actual}`;
}

/** A flow that differs, without what it can lose and still differ in the same way. */
async function smallest(
  flow: FlowMod,
): Promise<{ parts: (FlowMod['match'][number] | Instruction)[]; difference: string }> {
  const difference = (await differing([flow])).get(flow) ?? 'does not differ the second time';
  for (const smaller of smallerOf(flow)) {
    if (kindOf((await differing([smaller])).get(smaller)) === kindOf(difference)) return smallest(smaller);
  }
  return { parts: [...flow.match, ...flow.instructions], difference };
}

function textOf(part: object): string {
  return inspect(part, { depth: 9, breakLength: Number.POSITIVE_INFINITY, compact: 9 });
}

/** Faults in the same things are most often one fault: one of them is reported. */
function nameOf(part: FlowMod['match'][number] | Instruction): string {
  if ('field' in part) return isNeeded(part) ? '' : part.field;
  return 'actions' in part ? part.actions.map(({ action }) => action).join() : part.instruction;
}

/** Refused with which error, or changed: a smaller flow must fail in the same way. */
function kindOf(difference: string | undefined): string | undefined {
  return difference
    ?.split(' ')
    .slice(0, difference.startsWith('refused') ? 3 : 1)
    .join(' ');
}

/** The flow without one entry of its match, one instruction or one action. */
function smallerOf(flow: FlowMod): FlowMod[] {
  const { match, instructions } = flow;
  return [
    ...match
      .filter((entry) => !isNeeded(entry))
      .map((one) => ({ ...flow, match: match.filter((entry) => entry !== one) })),
    ...instructions.map((_, at) => ({ ...flow, instructions: instructions.toSpliced(at, 1) })),
    ...instructions.flatMap((instruction, at) =>
      'actions' in instruction
        ? instruction.actions.map((_, place) => ({
            ...flow,
            instructions: instructions.with(at, {
              ...instruction,
              actions: instruction.actions.toSpliced(place, 1),
            }),
          }))
        : [],
    ),
  ];
}

const REQUEST = { type: 'multipartRequest', xid: 1, more: false } as const;

const ALL_FLOWS: MultipartRequest = {
  ...REQUEST,
  part: 'flow',
  body: { tableId: 0xff, outPort: PORT.any, outGroup: GROUP.any, cookie: 0n, cookieMask: 0n, match: [] },
};

const writer = new Writer();

/** All that a flow is made of, as text that can be compared. */
function wireOf(flow: FlowMod | FlowStats, isSent: boolean): string {
  writer.reset();
  encodeMatch(isSent ? canonicalMatch(flow.match) : flow.match, writer);
  encodeInstructions(isSent ? canonicalInstructions(flow.instructions) : flow.instructions, writer);
  const { tableId, priority, idleTimeout, hardTimeout, flags } = flow;
  const head = [tableId, priority, idleTimeout, hardTimeout, flags].join(' ');
  return `${head} ${Buffer.from(writer.bytes()).toString('hex')}`;
}

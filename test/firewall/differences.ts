import type { Case, Step } from './case.ts';

/** Where cases are played: the back end, and whether its switches are real. */
export interface Stage {
  readonly backend: 'learn' | 'conntrack';
  readonly isReal: boolean;
}

/** What comes otherwise on some stages than the case says. */
interface Difference {
  readonly name: string;
  readonly on: Partial<Stage>;
  /** Who gets it instead, by the packet's place in the case, from 1; '' is nobody. */
  readonly got: Readonly<Record<number, string>>;
  readonly reason: string;
}

const TRACKED = { backend: 'conntrack' } as const;
const SIMULATED = { ...TRACKED, isReal: false } as const;
const HELD = 'the simulator loses fragments that connection tracking would hold until all are there';
const UNKNOWN = 'connection tracking of the userspace datapath knows no address mask requests';
const HALF_CLOSED = 'connection tracking gives a connection that one end has closed the time of its own';

/** All there are, exactly: one that is not here fails the suite, and one that is here and does not occur does, too. */
const DIFFERENCES: readonly Difference[] = [
  {
    name: "the guest's error about what nobody sent, to whom it has a connection with",
    on: TRACKED,
    got: { 2: '' },
    reason: 'connection tracking reads what an error is about',
  },
  ...['FA', 'FPA'].map((end) => ({
    name: `after an answer with ${end}, and time, nothing more comes`,
    on: TRACKED,
    got: { 5: 'a' },
    reason: HALF_CLOSED,
  })),
  { name: 'an answer in fragments', on: SIMULATED, got: { 2: '', 3: '' }, reason: HELD },
  { name: "a server's answer in fragments", on: SIMULATED, got: { 2: '', 3: '' }, reason: HELD },
  {
    name: 'a question in fragments',
    on: TRACKED,
    got: { 3: '' },
    reason: 'a first fragment begins nothing: to track it would hold it until all are there, by another way',
  },
  {
    name: "SCTP: a server's answers",
    on: TRACKED,
    got: { 3: 'b' },
    reason:
      'the userspace datapath tracks SCTP without its ports: an answer may come to any, as far as its rule says',
  },
  { name: 'type 17 by its own rule, and its answer 18', on: TRACKED, got: { 2: '' }, reason: UNKNOWN },
  {
    name: 'type 17 to the guest, by its own rule, and its answer 18',
    on: TRACKED,
    got: { 2: '' },
    reason: UNKNOWN,
  },
];

/** The case as it has to come on a stage. */
export function expectedOn(stage: Stage, each: Case): Case {
  const applying = DIFFERENCES.filter(({ name, on }) => name === each.name && isOn(stage, on));
  const got = Object.assign({}, ...applying.map((difference) => difference.got)) as Difference['got'];
  let place = 0;
  const steps = each.steps.map((step): Step => {
    if (step.step !== 'send') return step;
    const instead = got[++place];
    return instead === undefined ? step : { ...step, expected: instead.split(' ').filter(Boolean) };
  });
  return { ...each, steps };
}

/** What is wrong with the list itself: names without a case, and differences that are none. */
export function mistakesIn(cases: readonly Case[]): readonly string[] {
  return DIFFERENCES.flatMap(({ name, got }) => {
    const sends = cases.find((each) => each.name === name)?.steps.filter(({ step }) => step === 'send') ?? [];
    return Object.entries(got).flatMap(([place, instead]) => {
      const step = sends[Number(place) - 1];
      const isOne = step?.step === 'send' && step.expected.join(' ') !== instead;
      return isOne ? [] : [`${name}: packet ${place} is none that could come otherwise`];
    });
  });
}

function isOn(stage: Stage, { backend, isReal }: Partial<Stage>): boolean {
  return (backend ?? stage.backend) === stage.backend && (isReal ?? stage.isReal) === stage.isReal;
}

/** Cases that Neutron's API has no way to ask for, and why; the compiler has to get them right all the same. */
export const NOT_BY_API: ReadonlyMap<string, string> = new Map(
  [
    'stateless beside stateful: a rule in both keeps state',
    'stateless beside stateful: each its own',
    'stateless: a rule without state in the other direction is enough for answers',
  ].map((name) => [name, 'a port’s groups are all stateful or all stateless (SecurityGroupConflict)']),
);

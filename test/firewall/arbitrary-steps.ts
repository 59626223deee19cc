import fc from 'fast-check';
import { type Aim, Aiming, arbitraryAim } from './aimed-packets.ts';
import type { Sending, Step } from './case.ts';
import { type IpPacket, isGroup, reversed } from './packet.ts';
import { addressOf, parsePort } from './parse-packet.ts';
import { parsePrefix } from './parse-rule.ts';
import type { Rule } from './rule.ts';

/**
 * Few ports, addresses and numbers, so that packets, rules and what was learned meet. Two networks have the same
 * addresses, and one port is on the second switch.
 */
export const PORTS = ['a', 'b', 'c', 'd@far', 'a.red', 'b.red'].map(parsePort);
const GROUPS = ['one', 'two', 'three'];
const NUMBERS = [53, 80, 81, 1000, 65535];
const RANGES = [
  [80, 80],
  [80, 81],
  [53, 80],
  [1, 65535],
  [1000, 65535],
] as const;
const ICMP_TYPES = { 4: [8, 0, 13, 14, 3, 11, 5], 6: [128, 129, 1, 2, 100] } as const;
const PREFIXES = {
  4: ['10.0.0.1/32', '10.0.0.2/32', '10.0.0.2/31', '10.0.0.0/8', '0.0.0.0/0', '224.0.0.0/4'].map(parsePrefix),
  6: ['fd00::1/128', 'fd00::2/127', 'fd00::/64', '::/0', 'ff00::/8'].map(parsePrefix),
} as const;
const MANY = {
  4: [0xffffffffn, 0xe00000fbn],
  6: [(0xff02n << 112n) | 1n, (0xff02n << 112n) | 0xfbn],
} as const;
const S = 2;
const A = 16;
/** SYN, SYN and ACK, ACK and so on, and some that no end would send. */
const FLAGS = [S, S, S, S | A, S | A, A, A, A, A | 8, A | 1, A | 4, 4, 1, 0];
/** UDP, TCP, ICMP, SCTP, and what has no ports. */
const PROTOCOLS = [17, 17, 6, 6, 6, 1, 1, 132, 47, 254];

const port = fc.constantFrom(...PORTS);
const version = fc.constantFrom<4 | 6>(4, 4, 4, 6);
const icmpOf = (each: 4 | 6) => (each === 4 ? 1 : 58);

const rule: fc.Arbitrary<Rule> = fc
  .record({
    direction: fc.constantFrom<'in' | 'out'>('in', 'out'),
    version,
    protocol: fc.constantFrom(undefined, undefined, undefined, ...PROTOCOLS),
    range: fc.option(fc.constantFrom(...RANGES), { nil: undefined, freq: 2 }),
    type: fc.option(fc.nat(6), { nil: undefined, freq: 2 }),
    code: fc.option(fc.constantFrom(0, 0, 1), { nil: undefined }),
    // One in `freq` has none.
    remote: fc.option(fc.nat(8), { nil: undefined, freq: 2 }),
  })
  .map(({ direction, version: six, protocol: drawn, range, type, code, remote }) => {
    const protocol = drawn === 1 ? icmpOf(six) : drawn;
    const types = ICMP_TYPES[six];
    const prefixes = PREFIXES[six];
    return {
      direction,
      version: six,
      ...(protocol !== undefined && { protocol }),
      ...(range && hasPorts(protocol) && { ports: { first: range[0], last: range[1] } }),
      ...(type !== undefined &&
        protocol === icmpOf(six) && {
          icmp: { type: types[type % types.length] ?? 8, ...(code !== undefined && { code }) },
        }),
      ...(remote !== undefined && {
        remote:
          remote < GROUPS.length
            ? { group: GROUPS[remote] ?? 'one' }
            : (prefixes[remote % prefixes.length] ?? prefixes[0]),
      }),
    } as Rule;
  });

const group = fc
  .record({
    name: fc.constantFrom(...GROUPS),
    isStateful: fc.constantFrom(true, true, true, false),
    rules: fc.array(rule, { minLength: 1, maxLength: 5 }),
  })
  .map((each): Step => ({ step: 'group', ...each }));

const security = fc
  .record({ port, groups: fc.option(fc.subarray(GROUPS, { minLength: 1 }), { freq: 3 }) })
  .map(({ port: name, groups }): Step => {
    return { step: 'port', port: name, ...(groups && { security: { groups, rules: [], pairs: [] } }) };
  });

const packet = fc.record({
  version,
  protocol: fc.constantFrom(...PROTOCOLS),
  source: fc.constantFrom(...NUMBERS),
  target: fc.constantFrom(...NUMBERS),
  type: fc.nat(6),
  code: fc.constantFrom(0, 1),
  flags: fc.constantFrom(...FLAGS),
  fragment: fc.constantFrom<'first' | 'later' | undefined>('first', 'later', ...Array(10).fill(undefined)),
});

/** How a packet is made: something new, or what answers an earlier one. */
const sending = fc.record({
  from: port,
  to: port,
  many: fc.constantFrom(0, 1, ...Array(14).fill(undefined)) as fc.Arbitrary<0 | 1 | undefined>,
  answers: fc.constantFrom(undefined, 1, 1, 1, 2, 3, 5),
  packet,
});
type Drawn = typeof sending extends fc.Arbitrary<infer T> ? T : never;

const change: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: group },
  { weight: 4, arbitrary: security },
  {
    weight: 9,
    arbitrary: fc.constantFrom(5, 14, 20, 20, 20, 31, 70).map((seconds): Step => ({ step: 'wait', seconds })),
  },
  { weight: 1, arbitrary: port.map((each): Step => ({ step: 'unplug', port: each })) },
  { weight: 8, arbitrary: port.map((each): Step => ({ step: 'plug', port: each })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Step>({ step: 'restart' }, { step: 'recovered' }, { step: 'recovered' }),
  },
);

/**
 * Groups and ports, then packets, and now and then a change between them. `length` is the number of steps after the
 * start; without `hasParts` there are neither fragments nor errors about other packets.
 */
export function arbitrarySteps(length: number, hasParts: boolean): fc.Arbitrary<readonly Step[]> {
  return fc
    .record({
      groups: fc.tuple(...GROUPS.map((name) => group.map((each): Step => ({ ...each, name }) as Step))),
      ports: fc.tuple(
        ...PORTS.map((name) => security.map((each): Step => ({ ...each, port: name }) as Step)),
      ),
      rest: fc.array(
        fc.oneof(
          { weight: 15, arbitrary: sending },
          { weight: 4, arbitrary: arbitraryAim(PORTS, PROTOCOLS) },
          { weight: 1, arbitrary: change },
        ),
        { minLength: length, maxLength: length },
      ),
    })
    .map(({ groups, ports, rest }) => {
      const start = [...groups, ...ports];
      return [...start, ...resolved(start, rest, hasParts)];
    });
}

/** Turns answers, and what is aimed at rules, into packets. */
function resolved(
  start: readonly Step[],
  rest: readonly (Drawn | Aim | Step)[],
  hasParts: boolean,
): readonly Step[] {
  const sent: Sending[] = [];
  const aiming = new Aiming(PORTS);
  for (const step of start) aiming.take(step);
  return rest.flatMap((each): Step[] => {
    if ('step' in each) {
      aiming.take(each);
      return [each];
    }
    const send = 'aim' in each ? aiming.packetOf(each) : packetOf(each, sent, hasParts);
    if (!send) return [];
    sent.push(send);
    return [{ step: 'send', send, expected: [], line: 0 }];
  });
}

function packetOf(drawn: Drawn, sent: readonly Sending[], hasParts: boolean): Sending {
  const earlier = drawn.answers === undefined ? undefined : sent.at(-drawn.answers);
  return earlier?.to ? answerTo(earlier, drawn, hasParts) : fresh(drawn, hasParts);
}

function answerTo(earlier: Sending, { packet: { flags, code, type } }: Drawn, hasParts: boolean): Sending {
  const { packet: asked, from, to = from } = earlier;
  const turned = reversed(asked);
  // Now and then another code than that of what it answers.
  const icmp = turned.icmp && { ...turned.icmp, ...(type === 5 && { code }) };
  const packet = { ...turned, ...(asked.flags !== undefined && { flags }), ...(icmp && { icmp }) };
  const ends = { from: to, to: from };
  // Now and then somebody tells of an error instead.
  if (!hasParts || type !== 6 || asked.fragment || isGroup(asked.version, asked.target))
    return { ...ends, packet };
  const { version: six, source, target } = packet;
  const error = {
    version: six,
    source,
    target,
    protocol: icmpOf(six),
    icmp: { type: six === 4 ? 3 : 1, code },
  };
  return { ...ends, packet: error, quoted: asked };
}

function fresh({ from, to: drawn, many, packet: made }: Drawn, hasParts: boolean): Sending {
  const { version: six, source, target, flags, type, code } = made;
  // To itself or to another network nobody sends.
  const to =
    PORTS.find(
      (each) => each.text === drawn.text && each.text !== from.text && each.network === from.network,
    ) ?? PORTS.find((each) => each.network === from.network && each.text !== from.text);
  const protocol = made.protocol === 1 ? icmpOf(six) : made.protocol;
  const types = ICMP_TYPES[six];
  const fragment = hasParts ? made.fragment : undefined;
  const ends = {
    version: six,
    source: addressOf(from.number, six),
    target: many === undefined && to ? addressOf(to.number, six) : MANY[six][many ?? 0],
  } as const;
  const isLater = fragment === 'later';
  const packet: IpPacket = {
    ...ends,
    protocol: isLater && six === 6 ? 44 : protocol,
    ...(!isLater && hasPorts(protocol) && { ports: { source, target } }),
    ...(!isLater && protocol === icmpOf(six) && { icmp: { type: types[type % types.length] ?? 8, code } }),
    ...(!isLater && protocol === 6 && { flags }),
    ...(fragment && { fragment }),
  };
  return { from, ...(many === undefined && to && { to }), packet };
}

function hasPorts(protocol: number | undefined): boolean {
  return protocol === 6 || protocol === 17 || protocol === 132;
}

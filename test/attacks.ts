import fc from 'fast-check';
import {
  arp,
  BROADCAST,
  ETHERTYPE,
  ethernet,
  firstFragment,
  firstFragment6,
  headlessFragment6,
  ICMPV6_TYPE,
  icmpv6,
  linkLocalOf,
  neighbourAdvert,
  neighbourSolicit,
  udp,
  udp6,
  type VlanTag,
} from '#lab';

/** Who sends, or is pretended to be: addresses of a port, and the tag that a subport's frames wear. */
export interface Person {
  readonly mac: string;
  readonly ip: string;
  readonly ip6: string;
  readonly vlan?: number;
}

/** Why a frame must not arrive anywhere: the pipeline's names of the reasons under which it is counted. */
export const REASONS = [
  'sender',
  'foreign-arp',
  'foreign-ipv4',
  'foreign-ipv6',
  'dhcp-server',
  'dhcpv6-server',
  'router',
  'foreign-option',
  'neighbour-target',
  'claimed',
  'unknown-vlan',
  'second-tag',
  'hidden-transport',
] as const;
export type Reason = (typeof REASONS)[number];

export interface Attack {
  readonly reason: Reason;
  readonly frame: Uint8Array;
}

/** In every frame of an attack. */
export const ATTACK_MARK = 'ATTACK!';

/** Random frames that pretend to be somebody else, or something that a guest may not be; same seed, same frames. */
export function attacks(
  attacker: Person,
  victims: readonly Person[],
  kinds: readonly Kind[],
  count: number,
  seed: number,
): readonly Attack[] {
  const roll = fc.record({
    kind: fc.constantFrom(...kinds),
    victim: fc.constantFrom(...victims),
    toAll: fc.boolean(),
    coin: fc.boolean(),
    number: fc.integer({ min: 1, max: 0xfffe }),
  });
  const rolls = fc.sample(roll, { numRuns: count, seed });
  return rolls.map((each) =>
    KINDS[each.kind]({ ...each, attacker, dst: each.toAll ? BROADCAST : each.victim.mac }),
  );
}

interface Roll {
  readonly attacker: Person;
  readonly victim: Person;
  /** MAC address that the frame is sent to. */
  readonly dst: string;
  readonly coin: boolean;
  readonly number: number;
}

type Maker = (roll: Roll) => Attack;

const nobodysMac = (number: number) =>
  `02:ee:00:00:${(number >> 8).toString(16).padStart(2, '0')}:${(number & 0xff).toString(16).padStart(2, '0')}`;
const nobodysIp = (number: number) => `172.16.${number >> 8}.${number & 0xff}`;
const nobodysIp6 = (number: number) => `fd00:bad::${number.toString(16)}`;
const ALL_NODES = 'ff02::1';

const KINDS = {
  /** A MAC address of the victim, or of nobody. */
  mac: ({ attacker, victim, coin, number, dst }) =>
    attack(
      'sender',
      { ...attacker, mac: coin ? victim.mac : nobodysMac(number) },
      dst,
      'ipv4',
      ip4(attacker.ip, victim),
    ),
  ipv4: ({ attacker, victim, coin, number, dst }) =>
    attack('foreign-ipv4', attacker, dst, 'ipv4', ip4(coin ? victim.ip : nobodysIp(number), victim)),
  ipv6: ({ attacker, victim, coin, number, dst }) => {
    const src = coin ? linkLocalOf(victim.mac) : nobodysIp6(number);
    return attack(
      'foreign-ipv6',
      attacker,
      dst,
      'ipv6',
      udp6({ src, dst: victim.ip6, srcPort: number, dstPort: 99 }, MARK),
    );
  },
  arpAddress: ({ attacker, victim, coin, number, dst }) =>
    attack(
      'foreign-arp',
      attacker,
      dst,
      'arp',
      claimByArp(attacker, coin ? victim.ip : nobodysIp(number), victim.ip, number),
    ),
  arpMac: ({ attacker, victim, coin, number, dst }) => {
    const liar = { ...attacker, mac: coin ? victim.mac : nobodysMac(number) };
    return attack('foreign-arp', attacker, dst, 'arp', claimByArp(liar, attacker.ip, victim.ip, number));
  },
  /** For who may claim ranges: an address that is another port's. */
  arpOwned: ({ attacker, victim, coin, number, dst }) =>
    attack(
      'claimed',
      attacker,
      dst,
      'arp',
      claimByArp(attacker, victim.ip, coin ? victim.ip : '10.0.0.250', number),
    ),
  advertOwned: ({ attacker, victim, coin, dst }) => {
    const target = coin ? victim.ip6 : linkLocalOf(victim.mac);
    return attack(
      'claimed',
      attacker,
      dst,
      'ipv6',
      neighbourAdvert({ src: attacker.ip6, dst: ALL_NODES }, target, attacker.mac),
    );
  },
  takeOwned: ({ attacker, victim, dst }) =>
    attack('claimed', attacker, dst, 'ipv6', neighbourSolicit({ src: '::', dst: ALL_NODES }, victim.ip6)),
  advertTarget: ({ attacker, victim, coin, number, dst }) => {
    const target = coin ? victim.ip6 : nobodysIp6(number);
    return attack(
      'neighbour-target',
      attacker,
      dst,
      'ipv6',
      neighbourAdvert({ src: attacker.ip6, dst: ALL_NODES }, target, attacker.mac),
    );
  },
  advertSource: ({ attacker, victim, dst }) =>
    attack(
      'foreign-ipv6',
      attacker,
      dst,
      'ipv6',
      neighbourAdvert({ src: victim.ip6, dst: ALL_NODES }, attacker.ip6, attacker.mac),
    ),
  /** Pretends to be about to take an address, so that its owner thinks that it is taken. */
  takeTarget: ({ attacker, victim, coin, number, dst }) =>
    attack(
      'neighbour-target',
      attacker,
      dst,
      'ipv6',
      neighbourSolicit({ src: '::', dst: ALL_NODES }, coin ? victim.ip6 : nobodysIp6(number)),
    ),
  option: ({ attacker, victim, coin, number, dst }) => {
    const mac = number % 2 === 0 ? victim.mac : nobodysMac(number);
    const ends = { src: attacker.ip6, dst: ALL_NODES };
    const packet = coin ? neighbourAdvert(ends, attacker.ip6, mac) : neighbourSolicit(ends, victim.ip6, mac);
    return attack('foreign-option', attacker, dst, 'ipv6', packet);
  },
  dhcp: ({ attacker, dst }) =>
    attack(
      'dhcp-server',
      attacker,
      dst,
      'ipv4',
      udp({ src: attacker.ip, dst: '255.255.255.255', srcPort: 67, dstPort: 68 }, MARK),
    ),
  dhcpv6: ({ attacker, victim, dst }) => {
    const ends = { src: linkLocalOf(attacker.mac), dst: linkLocalOf(victim.mac) };
    return attack(
      'dhcpv6-server',
      attacker,
      dst,
      'ipv6',
      udp6({ ...ends, srcPort: 547, dstPort: 546 }, MARK),
    );
  },
  /** Hidden in a fragment, whose receiver waits for the rest and believes the whole. */
  dhcpFragment: ({ attacker, dst }) => {
    const ends = { src: attacker.ip, dst: '255.255.255.255' };
    const packet = firstFragment(udp({ ...ends, srcPort: 67, dstPort: 68 }, MARK));
    return attack('dhcp-server', attacker, dst, 'ipv4', packet);
  },
  dhcpv6Fragment: ({ attacker, victim, dst }) => {
    const ends = { src: linkLocalOf(attacker.mac), dst: linkLocalOf(victim.mac) };
    const packet = firstFragment6(udp6({ ...ends, srcPort: 547, dstPort: 546 }, MARK));
    return attack('dhcpv6-server', attacker, dst, 'ipv6', packet);
  },
  /** Hidden in the second fragment: the first ends before it. */
  headless: ({ attacker, dst, number, coin }) => {
    const ends = { src: linkLocalOf(attacker.mac), dst: ALL_NODES };
    const packet = coin
      ? udp6({ ...ends, srcPort: 547, dstPort: 546 }, MARK)
      : icmpv6(ends, ICMPV6_TYPE.routerAdvert, []);
    const isWithinOptions = number % 2 === 0;
    return attack('hidden-transport', attacker, dst, 'ipv6', headlessFragment6(packet, isWithinOptions));
  },
  router: ({ attacker, dst, number }) => {
    const ends = { src: linkLocalOf(attacker.mac), dst: ALL_NODES };
    const body = [64, 0, number >> 8, number & 0xff, 0, 0, 0, 0, 0, 0, 0, 0];
    return attack('router', attacker, dst, 'ipv6', icmpv6(ends, ICMPV6_TYPE.routerAdvert, body));
  },
  tag: ({ attacker, victim, dst, number, coin }) => {
    const vid = 200 + (number % 3800);
    const tags = [{ vid, protocol: coin ? ETHERTYPE.vlan : ETHERTYPE.qinq }];
    return attack('unknown-vlan', attacker, dst, 'ipv4', ip4(attacker.ip, victim), tags);
  },
  secondTag: ({ attacker, victim, dst, number, coin }) => {
    const tags = [
      { vid: attacker.vlan ?? 0 },
      { vid: number % 4096, protocol: coin ? ETHERTYPE.vlan : ETHERTYPE.qinq },
    ];
    return attack('second-tag', attacker, dst, 'ipv4', ip4(attacker.ip, victim), tags);
  },
} as const satisfies Record<string, Maker>;

export type Kind = keyof typeof KINDS;
const ALL_KINDS = Object.keys(KINDS) as readonly Kind[];
/** Of a guest that may send from all addresses, what is still none of its own. */
export const KINDS_OF_RANGER: readonly Kind[] = [
  ...(['mac', 'arpMac', 'arpOwned', 'advertOwned', 'takeOwned', 'option'] as const),
  ...(['dhcp', 'dhcpv6', 'dhcpFragment', 'dhcpv6Fragment', 'headless'] as const),
  ...(['router', 'tag', 'secondTag'] as const),
];
/** Of a guest that may send from a few addresses only. */
export const KINDS_OF_GUEST: readonly Kind[] = ALL_KINDS.filter((kind) => !kind.endsWith('Owned'));

const MARK = Buffer.from(ATTACK_MARK);

function attack(
  reason: Reason,
  { mac, vlan }: Person,
  dst: string,
  type: keyof typeof ETHERTYPE,
  packet: Uint8Array,
  vlans: readonly VlanTag[] = vlan === undefined ? [] : [{ vid: vlan }],
): Attack {
  // Behind a packet whose length says where it ends, the mark is padding.
  return {
    reason,
    frame: ethernet({ src: mac, dst, vlans, type: ETHERTYPE[type] }, Buffer.concat([packet, MARK])),
  };
}

function ip4(src: string, { ip }: Person): Uint8Array {
  return udp({ src, dst: ip, srcPort: 4000, dstPort: 4001 }, MARK);
}

function claimByArp({ mac }: Person, senderIp: string, targetIp: string, number: number): Uint8Array {
  return arp({ operation: number % 2 === 0 ? 1 : 2, senderMac: mac, senderIp, targetIp });
}

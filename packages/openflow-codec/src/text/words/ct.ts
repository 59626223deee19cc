import { ALGS } from '../../action/ct.ts';
import { type Action, CT_FLAG, type Subfield } from '../../action.ts';
import { ALL_TABLES } from '../../constants.ts';
import { NAT_FLAG, type NatAction } from '../../nicira-action.ts';
import { parseIpv4, parseIpv6 } from '../address.ts';
import { parseTable } from '../names.ts';
import { parseNumber } from '../number.ts';
import { cut, type Slice, unexpected } from '../slice.ts';
import { parseSubfield } from '../subfield.ts';
import type { Words } from './context.ts';
import { readOptions } from './options.ts';

const ALG_PORTS = new Map(Object.entries(ALGS).map(([port, name]) => [name, Number(port)]));
const ZONE_BITS = 16;

/** The word of connection tracking (ovs-actions(7), ct). */
export const CT_WORDS: Words = {
  ct(value, { numbers, nested }) {
    let flags = 0;
    let recircTable: number = ALL_TABLES;
    let zone: number | Subfield = 0;
    let alg = 0;
    const actions: Action[] = [];
    readOptions(value, {
      commit: () => {
        flags |= CT_FLAG.commit;
      },
      force: () => {
        flags |= CT_FLAG.force;
      },
      table: (one) => {
        recircTable = parseTable(one, numbers);
        if (recircTable === ALL_TABLES) throw unexpected('OFT_VALUE', one, 'a table below 255');
      },
      zone: (one) => {
        zone = zoneOf(one);
      },
      alg: (one) => {
        alg = ALG_PORTS.get(one.text) ?? 0;
        if (alg === 0) throw unexpected('OFT_WORD', one, `one of ${Array.from(ALG_PORTS.keys()).join(', ')}`);
      },
      nat: (one) => actions.push(natOf(one)),
      exec: (one) => actions.push(...nested(one, { nat: (range) => [natOf(range)] })),
    });
    if (flags === CT_FLAG.force) throw unexpected('OFT_CONFLICT', value, 'force only together with commit');
    return [{ action: 'ct', flags, zone, recircTable, alg, actions }];
  },
};

function zoneOf(slice: Slice): number | Subfield {
  if (/^\d/.test(slice.text)) return parseNumber(slice, ZONE_BITS, 'a zone');
  const zone = parseSubfield(slice);
  if (zone.bits !== ZONE_BITS) throw unexpected('OFT_VALUE', slice, `${ZONE_BITS} bits`);
  return zone;
}

function natOf(slice: Slice): NatAction {
  let flags = 0;
  let range: Range = {};
  const flag = (bit: number) => () => {
    flags |= bit;
  };
  const end = (bit: number) => (one: Slice) => {
    flags |= bit;
    range = rangeOf(one);
  };
  readOptions(slice, {
    src: end(NAT_FLAG.source),
    dst: end(NAT_FLAG.destination),
    persistent: flag(NAT_FLAG.persistent),
    hash: flag(NAT_FLAG.hash),
    random: flag(NAT_FLAG.random),
  });
  const ends = flags & (NAT_FLAG.source | NAT_FLAG.destination);
  const isEither = ends === NAT_FLAG.source || ends === NAT_FLAG.destination;
  const isBoth = (flags & NAT_FLAG.hash) !== 0 && (flags & NAT_FLAG.random) !== 0;
  if ((flags !== 0 && !isEither) || isBoth) {
    throw unexpected('OFT_CONFLICT', slice, 'either src or dst, and at most one of hash and random');
  }
  return { action: 'nat', flags, ...range };
}

type Range = Omit<NatAction, 'action' | 'flags'>;

const IPV4_RANGE = /^([\d.]+)(?:-([\d.]+))?(?::(\d+)(?:-(\d+))?)?$/;
const IPV6_RANGE = /^(?:\[([^\]]+)\](?:-\[([^\]]+)\])?(?::(\d+)(?:-(\d+))?)?|([^-[\]]+)(?:-([^-[\]]+))?)$/;

/** `1.2.3.4-1.2.3.9:80-90`, with or without each end, IPv6 in brackets where ports follow. */
function rangeOf(slice: Slice): Range {
  if (slice.text === '') return {};
  const ipv4 = IPV4_RANGE.exec(slice.text);
  if (ipv4 !== null) {
    const [, first, last, portMin, portMax] = ipv4;
    const addresses = pairOf(slice, first, last, parseIpv4);
    return {
      ...(addresses.min !== undefined && { ipv4Min: addresses.min }),
      ...(addresses.max !== undefined && { ipv4Max: addresses.max }),
      ...portsOf(slice, portMin, portMax),
    };
  }
  const ipv6 = IPV6_RANGE.exec(slice.text);
  if (ipv6 === null) throw unexpected('OFT_SYNTAX', slice, 'address[-address][:port[-port]]');
  const [, first, last, portMin, portMax, bareFirst, bareLast] = ipv6;
  const addresses = pairOf(slice, first ?? bareFirst, last ?? bareLast, parseIpv6);
  return {
    ...(addresses.min !== undefined && { ipv6Min: addresses.min }),
    ...(addresses.max !== undefined && { ipv6Max: addresses.max }),
    ...portsOf(slice, portMin, portMax),
  };
}

function portsOf(slice: Slice, first: string | undefined, last: string | undefined): Range {
  const { min, max } = pairOf(slice, first, last, (one) => parseNumber(one, 16, 'a port'));
  return { ...(min !== undefined && { portMin: min }), ...(max !== undefined && { portMax: max }) };
}

/** Both ends of a range, of which the second may not be below the first. */
function pairOf<T extends number | bigint>(
  slice: Slice,
  first: string | undefined,
  last: string | undefined,
  parse: (slice: Slice) => T,
): { readonly min?: T; readonly max?: T } {
  if (first === undefined) return {};
  const start = slice.text.indexOf(first);
  const min = parse(cut(slice, start, start + first.length));
  if (last === undefined) return { min };
  const lastStart = slice.text.indexOf(last, start + first.length);
  const lastSlice = cut(slice, lastStart, lastStart + last.length);
  const max = parse(lastSlice);
  if (max < min) throw unexpected('OFT_VALUE', lastSlice, `nothing below ${first}`);
  return { min, max };
}

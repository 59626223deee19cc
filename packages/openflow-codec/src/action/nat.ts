import { CodecError } from '../errors.ts';
import { NAT_FLAG, type NatAction } from '../nicira-action.ts';
import { ipv4Text, ipv6Text } from '../text/address.ts';
import type { Reader } from '../wire/reader.ts';
import { struct } from '../wire/struct.ts';
import { type ActionEntry, form } from './form.ts';

const Nat = struct('nx_action_nat', 6, { pad: { pad: 2 }, flags: 'u16', present: 'u16' });
const Ipv4 = struct('nx_action_nat.ipv4', 4, { value: 'u32' });
const Ipv6 = struct('nx_action_nat.ipv6', 16, { high: 'u64', low: 'u64' });
const Port = struct('nx_action_nat.port', 2, { value: 'u16' });

const LOW_BITS = 0xffffffffffffffffn;

/** NX_NAT_RANGE_*: the parts of a range by their bit, which is also their order on the wire. */
const PARTS = ['ipv4Min', 'ipv4Max', 'ipv6Min', 'ipv6Max', 'portMin', 'portMax'] as const;
type Part = (typeof PARTS)[number];

/** `nat` inside of `ct` (ovs-actions(7)): translates addresses and ports. */
export const nat: ActionEntry<NatAction> = {
  forms: [
    form({
      code: { nicira: 36 },
      layout: Nat,
      read({ flags, present }, reader, end) {
        if (present >= 1 << PARTS.length) return undefined;
        const parts = PARTS.filter((_, bit) => present & (1 << bit));
        const range = Object.fromEntries(parts.map((part) => [part, readPart(part, reader, end)]));
        return { action: 'nat', flags, ...range };
      },
      write(action: NatAction) {
        const present = PARTS.reduce(
          (bits, part, bit) => bits | (action[part] === undefined ? 0 : 1 << bit),
          0,
        );
        return { flags: action.flags, present };
      },
      tail(action: NatAction, writer) {
        for (const part of PARTS) {
          const value = action[part];
          if (value === undefined) continue;
          if (typeof value === 'bigint') {
            if (BigInt.asUintN(128, value) !== value) {
              throw new CodecError('OFC_RANGE', { struct: Ipv6.name, field: part });
            }
            const at = writer.reserve(Ipv6.size);
            Ipv6.writeMembers(writer.view, at, { high: value >> 64n, low: value & LOW_BITS });
          } else {
            const layout = part === 'portMin' || part === 'portMax' ? Port : Ipv4;
            const at = writer.reserve(layout.size);
            layout.writeMembers(writer.view, at, { value });
          }
        }
      },
    }),
  ],
  text(action) {
    const { flags, ipv4Min, ipv4Max, ipv6Min, ipv6Max, portMin, portMax } = action;
    if ((flags & (NAT_FLAG.source | NAT_FLAG.destination)) === 0) return 'nat';
    const hasPorts = portMin !== undefined;
    const ipv6 = (value: bigint) => (hasPorts ? `[${ipv6Text(value)}]` : ipv6Text(value));
    const range = [
      ...(ipv4Min === undefined ? [] : [ipv4Text(ipv4Min)]),
      ...(ipv6Min === undefined ? [] : [ipv6(ipv6Min)]),
      ...(ipv4Max === undefined || ipv4Max === ipv4Min ? [] : ['-', ipv4Text(ipv4Max)]),
      ...(ipv6Max === undefined || ipv6Max === ipv6Min ? [] : ['-', ipv6(ipv6Max)]),
      ...(hasPorts ? [`:${portMin}`] : []),
      ...(portMax === undefined || portMax === portMin ? [] : [`-${portMax}`]),
    ].join('');
    const parts = [
      `${flags & NAT_FLAG.source ? 'src' : 'dst'}${range === '' ? '' : `=${range}`}`,
      ...(range !== '' && flags & NAT_FLAG.persistent ? ['persistent'] : []),
      ...(range !== '' && flags & NAT_FLAG.hash ? ['hash'] : []),
      ...(range !== '' && flags & NAT_FLAG.random ? ['random'] : []),
    ];
    return `nat(${parts.join(',')})`;
  },
};

function readPart(part: Part, reader: Reader, end: number): number | bigint {
  if (part === 'ipv6Min' || part === 'ipv6Max') {
    const { high, low } = reader.members(Ipv6, end);
    return (high << 64n) | low;
  }
  const isPort = part === 'portMin' || part === 'portMax';
  return isPort ? reader.members(Port, end).value : reader.members(Ipv4, end).value;
}

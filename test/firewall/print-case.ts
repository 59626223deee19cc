import ipaddr from 'ipaddr.js';
import type { OtherSending, Sending, Step } from './case.ts';
import type { IpPacket } from './packet.ts';
import { addressOf } from './parse-packet.ts';
import type { Prefix, Rule } from './rule.ts';

const NAMES: Readonly<Record<number, string>> = { 6: 'tcp', 17: 'udp', 132: 'sctp' };
const FLAGS = ['F', 'S', 'R', 'P', 'A', 'U'] as const;

/** Steps in the language of cases, so that what was found by chance can be kept as one. */
export function printSteps(steps: readonly Step[]): string {
  return steps.map((step) => `  ${printStep(step)}\n`).join('');
}

function printStep(step: Step): string {
  switch (step.step) {
    case 'group':
      return `group ${step.name}${step.isStateful ? '' : ' stateless'}: ${step.rules.map(printRule).join('; ')}`;
    case 'port': {
      const { port, security } = step;
      if (!security) return `${port.text}: off`;
      const groups = security.groups.map((name) => `+${name}`).join(' ');
      const pairs = security.pairs.map((pair) => `also ${printPrefix(pair)}`);
      const parts = [...(groups ? [groups] : []), ...security.rules.map(printRule), ...pairs];
      return `${port.text}: ${parts.join('; ') || 'none'}`;
    }
    case 'send':
      return `${printSending(step.send)} : ${step.expected.join(' ') || 'no'}`;
    case 'wait':
      return `wait ${step.seconds}`;
    case 'plug':
    case 'unplug':
      return `${step.step} ${step.port.text}`;
    default:
      return step.step;
  }
}

function printRule({ direction, version, protocol, ports, icmp, remote }: Rule): string {
  const detail = ports
    ? ` ${ports.first}-${ports.last}`
    : icmp
      ? ` ${icmp.type}${icmp.code === undefined ? '' : `/${icmp.code}`}`
      : '';
  const other = remote && ('group' in remote ? `+${remote.group}` : printPrefix(remote));
  const toward = other ? ` ${direction === 'in' ? 'from' : 'to'} ${other}` : '';
  return `${direction}${version === 6 ? '6' : ''} ${protocol ?? 'any'}${detail}${toward}`;
}

function printSending(sending: Sending | OtherSending): string {
  const { from, to } = sending;
  const ends = `${from.text} > ${to?.text ?? 'all'}`;
  if ('other' in sending) return `${ends} ${sending.other}`;
  const { packet, quoted } = sending;
  const own = addressOf(from.number, packet.version) === packet.source;
  const meant = to && addressOf(to.number, packet.version) === packet.target;
  const about = quoted
    ? ` about ${printPacket(quoted)} from ${printAddress(quoted.version, quoted.source)} to ${printAddress(quoted.version, quoted.target)}`
    : '';
  return [
    `${ends} ${printPacket(packet)}`,
    own ? '' : ` from ${printAddress(packet.version, packet.source)}`,
    meant ? '' : ` to ${printAddress(packet.version, packet.target)}`,
    about,
  ].join('');
}

function printPacket({ version, protocol, ports, icmp, flags, fragment, odd }: IpPacket): string {
  const six = version === 6 ? '6' : '';
  if (odd?.kind === 'tiny') return `tcp${six} ${odd.source} ${odd.target} tiny`;
  const part = [fragment, odd?.kind].flatMap((word) => (word ? [` ${word}`] : [])).join('');
  if (icmp) return `icmp${six} ${icmp.type} ${icmp.code}${part}`;
  const name = NAMES[protocol];
  if (!name || !ports) return `proto${six} ${protocol}${part}`;
  const letters = FLAGS.filter((_, bit) => ((flags ?? 0) & (1 << bit)) !== 0).join('');
  return `${name}${six} ${ports.source} ${ports.target}${letters ? ` ${letters}` : ''}${part}`;
}

/** The text of an address range: `10.0.0.0/24`. */
export function printPrefix({ version, bits, length }: Prefix): string {
  return `${printAddress(version, bits)}/${length}`;
}

/** The text of an address. */
export function printAddress(version: 4 | 6, bits: bigint): string {
  const size = version === 4 ? 4 : 16;
  const bytes = Array.from({ length: size }, (_, at) =>
    Number((bits >> BigInt(8 * (size - 1 - at))) & 0xffn),
  );
  return ipaddr.fromByteArray(bytes).toString();
}

/** Names of single bits, from the lowest. */
export type FlagNames = readonly string[];

/** TCP flags (RFC 9293, 3.1; the lowest nine have names). */
export const TCP_FLAG_NAMES: FlagNames = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr', 'ns'];
/** ct_state (ovs-fields(7)). */
export const CT_STATE_NAMES: FlagNames = ['new', 'est', 'rel', 'rpl', 'inv', 'trk', 'snat', 'dnat'];
/** tun_flags (ovs-fields(7)). */
export const TUN_FLAG_NAMES: FlagNames = ['oam'];

/**
 * Flags as ovs-ofctl writes them: `+syn-ack` for a mask that leaves some of `known` out, `syn|ack` when all are
 * compared.
 */
export function flagsText(value: number, mask: number | undefined, names: FlagNames, known: number): string {
  if (mask === undefined || (mask & known) === known) return listText(value, names);
  let text = '';
  for (let bit = 0; bit < 16; bit++) {
    if ((mask & (1 << bit)) === 0) continue;
    text += `${(value & (1 << bit)) === 0 ? '-' : '+'}${names[bit] ?? `[${bit}]`}`;
  }
  return text;
}

function listText(value: number, names: FlagNames): string {
  if (value === 0) return '0';
  const parts: string[] = [];
  let rest = value;
  for (const [bit, name] of names.entries()) {
    if ((rest & (1 << bit)) === 0) continue;
    parts.push(name);
    rest &= ~(1 << bit);
  }
  if (rest !== 0) parts.push(`0x${rest.toString(16)}`);
  return parts.join('|');
}

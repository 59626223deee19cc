import type { FirewallSettings } from '#controller/model/firewall/firewall-settings';
import { numbersByName } from './network-texts.ts';

/**
 * How long connections are remembered. TCP: beyond the two hours after which Linux tries out whether the other side is still
 * there (RFC 5382, REQ-5); UDP: RFC 4787, REQ-5.
 */
const DEFAULT_TIMEOUTS = { tcp: 7440, 'tcp-closing': 30, other: 120 } as const;
/** The same in the form that `parseTimeouts` reads. */
export const DEFAULT_TIMEOUTS_TEXT = Object.entries(DEFAULT_TIMEOUTS)
  .map((pair) => pair.join(':'))
  .join(',');
const NAMES = ['tcp', 'tcp-closing', 'other'] as const;

/** `tcp:7440,other:60`: seconds, above the ten for which a datapath remembers flows. What is left out keeps its default. */
export function parseTimeouts(text: string): FirewallSettings['timeouts'] {
  const given = numbersByName(text, NAMES, [11, 65_535], 'a timeout in seconds');
  const { tcp, 'tcp-closing': tcpClosing, other } = { ...DEFAULT_TIMEOUTS, ...given };
  return { tcp, tcpClosing, other };
}

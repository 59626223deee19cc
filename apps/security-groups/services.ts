import { ETH_TYPE } from '../connection-kinds.ts';
import type { Direction } from '../facts.ts';

/** ICMPv6 that a network cannot do without, by type: multicast listeners (RFC 2710; RFC 3810), routers and neighbours (RFC 4861). */
export const DISCOVERY = {
  ingress: [130, 131, 132, 134, 135, 136],
  egress: [131, 132, 133, 135, 136, 143],
} as const satisfies Record<Direction, readonly number[]>;

/** UDP ports of the two ends: servers’ answers go in, clients’ questions out (RFC 2131, 4.1; RFC 8415, 7.2). */
export const DHCP = {
  ingress: [
    { ethType: ETH_TYPE[4], from: 67, to: 68 },
    { ethType: ETH_TYPE[6], from: 547, to: 546 },
  ],
  egress: [
    { ethType: ETH_TYPE[4], from: 68, to: 67 },
    { ethType: ETH_TYPE[6], from: 546, to: 547 },
  ],
} as const satisfies Record<Direction, readonly { ethType: number; from: number; to: number }[]>;

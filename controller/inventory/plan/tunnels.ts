import type { WantedPort } from './owned-ports.ts';
import type { Wanted } from './repair.ts';

/**
 * The OpenFlow port numbers we ask for: far from those that OVS gives to VIFs, and the same again when the port has
 * to be made anew, so that no flow changes.
 */
const OFPORT_REQUESTS: Readonly<Record<string, number>> = { vxlan: 65_001, gre: 65_002, geneve: 65_003 };

/** The name of a bridge's tunnel port of a type, and of its interface. */
export function tunnelName(type: string): string {
  return `tf-${type}`;
}

/** One tunnel port per type, whose remote end and key each flow chooses, and the near end where there is a choice. */
export function wantedTunnels({ encapTypes, encapIps }: Wanted): readonly WantedPort[] {
  const [only = 'flow', ...others] = encapIps;
  const near = others.length === 0 ? only : 'flow';
  return encapTypes.map((type) => ({
    name: tunnelName(type),
    type,
    options: new Map([
      ['remote_ip', 'flow'],
      ['key', 'flow'],
      ['local_ip', near],
    ]),
    ...(type in OFPORT_REQUESTS && { ofport: OFPORT_REQUESTS[type] }),
  }));
}

import { hrtime } from 'node:process';
import { Program, type RestClient } from '#lab';
import { median } from '../dataplane/report.ts';
import { type Contender, GUEST_CPU } from './site.ts';

/** Of datagrams that no rule admits, until one does. */
const PORT = 9000;

/** Milliseconds from the request to the API until packets pass, or until the last one has. */
export interface ChangeFound {
  readonly admitted: number;
  readonly revoked: number;
  readonly worst: number;
}

/** Adds and removes a rule of the guest's group, again and again, under a steady stream of datagrams from the peer. */
export async function measureChanges(
  { guest, peer, group }: Contender,
  rest: RestClient,
  times: number,
): Promise<ChangeFound> {
  const hearer = new Program(guest, 'beat', ['hear', String(PORT)], GUEST_CPU);
  const sender = new Program(peer, 'beat', ['send', guest.ip, String(PORT)], GUEST_CPU);
  const [admitted, revoked]: [number[], number[]] = [[], []];
  try {
    for (let time = 0; time < times; time++) {
      const adding = now();
      const rule = await rest.create('security_group_rule', {
        ...{ security_group_id: group, direction: 'ingress', ethertype: 'IPv4', protocol: 'udp' },
        ...{ port_range_min: PORT, port_range_max: PORT },
      });
      admitted.push((await next(hearer, true, adding)) - adding);
      const removing = now();
      await rest.delete('security_group_rule', rule.id);
      revoked.push((await next(hearer, false, removing)) - removing);
    }
  } finally {
    hearer.stop();
    sender.stop();
  }
  const worst = Math.max(...admitted, ...revoked);
  return { admitted: median(admitted), revoked: median(revoked), worst };
}

/** When the stream came, or ended, first after this time. */
async function next(hearer: Program, wanted: boolean, after: number): Promise<number> {
  for (;;) {
    const { heard, at } = (await hearer.hear()) as { readonly heard: boolean; readonly at: number };
    if (heard === wanted && at > after) return at;
  }
}

/** Milliseconds of the clock that the programs have, too. */
function now(): number {
  return Number(hrtime.bigint()) / 1e6;
}

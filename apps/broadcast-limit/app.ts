import { band, defineApp } from '#pipeline';
import { GROUP_BIT } from '../connection-kinds.ts';
import type { Facts } from '../facts.ts';
import { broadcastLimit as table } from './tables.ts';

/** Limits how many packets one port can make all others of its network receive, by a meter for each port. */
export const broadcastLimit = defineApp<Facts>({
  name: 'broadcast-limit',
  number: 10,
  doc: 'Ports may have a limit of broadcast and multicast packets a second; what the switch answers itself does not count.',
  owns: [table],
  uses: [],
  drops: { 'broadcast-limit': 'More broadcast or multicast packets than the port may send.' },
  meters: { drop: 'broadcast-limit', rates: { broadcastLimit: ({ rate, burst }) => ({ rate, burst }) } },
  compile: {
    broadcastLimit({ key }, emit) {
      emit(table, band.exact)
        .when('ingress', key)
        .when('eth_dst', GROUP_BIT, GROUP_BIT)
        .meter()
        .goto('respond');
    },
  },
});

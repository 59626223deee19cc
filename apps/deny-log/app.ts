import { defineApp } from '#pipeline';
import type { Facts } from '../facts.ts';
import { firewallBand, firewallTables } from '../firewall-tables.ts';

/** Shows the controller some of the packets that security groups deny. They are dropped and counted as without it. */
export const denyLog = defineApp<Facts>({
  name: 'deny-log',
  number: 11,
  doc: 'Shows the controller some of what security groups deny, while somebody asks for it, and no more than a meter lets through.',
  owns: [],
  uses: [firewallTables.egress.mirror, firewallTables.ingress.mirror],
  meters: { ofController: true, rates: { denyLog: ({ rate, burst }) => ({ rate, burst }) } },
  compile: {
    denyLog({ ports }, emit) {
      for (const { mirror } of [firewallTables.egress, firewallTables.ingress])
        for (const port of ports ?? [undefined])
          for (const known of [0, 1]) {
            // What is known passes while its rule is there: only what nothing else of the table knows is refused.
            const flow = emit(mirror, known ? firewallBand.shownLast : firewallBand.shown);
            if (port !== undefined) flow.when('guest', port);
            flow.when('admitted', 0).when('known', known).show('shown');
          }
    },
  },
});

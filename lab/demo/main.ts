/** The demo: two tenants with the same addresses on three hypervisors, and who reaches whom, by real packets. */
import { explain } from '../explain.ts';
import { probe } from '../probe.ts';
import { inLab } from './session.ts';
import { buildDemo, DEMO_SUMMARY } from './topology.ts';

await inLab(async (lab, screen) => {
  screen.title('tenantflow demo');
  screen.text(`${DEMO_SUMMARY}\n`);
  const { endpoints } = await buildDemo(lab, screen);
  const matrix = await screen.step('packets sent, and all that arrives at any VM captured', () =>
    probe(endpoints),
  );
  screen.text(`Who reaches whom; who sends is on the left, who receives is above.\n\n${matrix}`);
  const problem = await explain(matrix, endpoints);
  if (problem !== '') {
    screen.bad(problem);
    screen.text(lab.logTails(10));
    return 1;
  }
  screen.text(
    'Each VM sent a broadcast, a frame to every MAC address, and three pings to each VM of its\n' +
      'tenant. Every packet says who sent it, so it is known wherever it turns up, though the\n' +
      'addresses are the same.',
  );
  const count = matrix.cells.length;
  screen.good(`${count} of ${count} as expected: all reach their own tenant, nothing crosses.`);
  screen.text(`${screen.elapsed} in all. The lab had namespaces of its own, and is gone with them.\n`);
  return 0;
});

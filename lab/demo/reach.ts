import { explain } from '../explain.ts';
import type { Lab } from '../lab.ts';
import { type Endpoint, probe } from '../probe.ts';
import type { Screen } from './screen.ts';

/** Shows who reaches whom, by packets, and returns whether all is as expected; if not, with the reason. */
export async function showReach(lab: Lab, screen: Screen, endpoints: readonly Endpoint[]): Promise<boolean> {
  const matrix = await screen.step('packets sent, and all that arrives at any VM captured', () =>
    probe(endpoints),
  );
  screen.text(`Who reaches whom; who sends is on the left, who receives is above.\n\n${matrix}`);
  const problem = await explain(matrix, endpoints);
  if (problem !== '') {
    screen.bad(problem);
    screen.text(lab.logTails(10));
    return false;
  }
  screen.text(
    'Each VM sent a broadcast, a frame to every MAC address, and three pings to each VM of its\n' +
      'tenant. Every packet says who sent it, so it is known wherever it turns up, though the\n' +
      'addresses are the same.',
  );
  const count = matrix.cells.length;
  screen.good(`${count} of ${count} as expected: all reach their own tenant, nothing crosses.`);
  return true;
}

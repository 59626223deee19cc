/** The demo: two tenants with the same addresses on three hypervisors, and who reaches whom, by real packets. */
import type { Lab } from '../lab.ts';
import { describeCell, type Matrix } from '../matrix.ts';
import { type Endpoint, probe } from '../probe.ts';
import type { Screen } from './screen.ts';
import { inLab } from './session.ts';
import { buildDemo, DEMO_SUMMARY } from './topology.ts';

/** Wrong cells that are told one by one. */
const TOLD = 10;

await inLab(async (lab, screen) => {
  screen.title(`tenantflow demo: ${DEMO_SUMMARY}`);
  const { endpoints } = await buildDemo(lab, screen);
  const matrix = await screen.step('packets sent, and everything that arrived at any VM captured', () =>
    probe(endpoints),
  );
  screen.text(`Who reaches whom; who sends is on the left, who receives is above.\n\n${matrix}`);
  if (matrix.mismatches.length > 0) {
    await reportFailure(matrix, endpoints, lab, screen);
    return 1;
  }
  screen.text(
    'Each VM sent a broadcast, a frame to every MAC address and three pings to each VM of its tenant.\n' +
      'Every packet says who sent it: it is known wherever it turns up, though the addresses are the same.',
  );
  const { cells } = matrix;
  screen.good(
    `${cells.length} of ${cells.length} cells as expected: all reach their own tenant, nothing crosses.`,
  );
  screen.text(`${screen.elapsed} in all. It ran in namespaces of its own, and is gone with them.\n`);
  return 0;
});

async function reportFailure(
  { cells, mismatches }: Matrix,
  endpoints: readonly Endpoint[],
  lab: Lab,
  screen: Screen,
): Promise<void> {
  screen.bad(`${mismatches.length} of ${cells.length} cells not as expected:`);
  screen.text(mismatches.slice(0, TOLD).map(describeCell).join('\n'));
  const [first] = mismatches;
  const from = endpoints.find(({ vm }) => vm.name === first?.from)?.vm;
  const to = endpoints.find(({ vm }) => vm.name === first?.to)?.vm;
  if (from && to) {
    const { hypervisor, device } = from.place;
    const addresses = `dl_src=${from.mac},dl_dst=${to.mac},nw_src=${from.ip},nw_dst=${to.ip}`;
    const flow = `in_port=${await hypervisor.ofport(device)},icmp,${addresses}`;
    screen.text(
      `What ${hypervisor.name} does with a packet from ${from.name} to ${to.name}:\n${await hypervisor.trace(flow)}`,
    );
  }
  screen.text(lab.logTails(10));
}

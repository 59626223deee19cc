/** The demo: two tenants with the same addresses on three hypervisors, and who reaches whom, by real packets. */
import { showReach } from './reach.ts';
import { inLab } from './session.ts';
import { buildDemo, DEMO_SUMMARY } from './topology.ts';

await inLab(async (lab, screen) => {
  screen.title('tenantflow demo');
  screen.text(`${DEMO_SUMMARY}\n`);
  const { endpoints } = await buildDemo(lab, screen);
  if (!(await showReach(lab, screen, endpoints))) return 1;
  screen.text(`${screen.elapsed} in all. The lab had namespaces of its own, and is gone with them.\n`);
  return 0;
});

/** `npm run lab`: the demo's lab, or a rig of many hypervisors, kept up until it is interrupted, and how to look into it. */
import { Command, InvalidArgumentError } from 'commander';
import type { Lab } from '../lab.ts';
import { CHECKOUT, sandboxPid } from '../sandbox.ts';
import { UNDERLAY } from '../underlay.ts';
import type { Look } from './look.ts';
import { buildRig } from './rig.ts';
import type { Screen } from './screen.ts';
import { inLab } from './session.ts';
import { buildDemo, DEMO_SUMMARY, type DemoLab } from './topology.ts';

const options = new Command('npm run lab --')
  .description(
    `Without options, the lab of the demo: ${DEMO_SUMMARY.replaceAll('\n', ' ')} With --fake or --bridges, a rig of that many hypervisors ` +
      'and a cloud on them. It stays until Ctrl-C, which leaves nothing behind.',
  )
  .option('--fake <count>', 'hypervisors that are fake: they keep flows and forward nothing', counted, 0)
  .option(
    '--bridges <count>',
    'hypervisors that are a bridge each of one real ovs-vswitchd, with dummy devices; 128 at most',
    counted,
    0,
  )
  .option('--ports <count>', 'ports of the cloud on them, trunks and groups included', counted, 200)
  .option('--seed <number>', 'decides what the cloud is like', counted, 1)
  .option('--once', 'end when all is there, instead of staying')
  .parse()
  .opts<{ fake: number; bridges: number; ports: number; seed: number; once?: true }>();

await inLab(async (lab, screen) => {
  const isRig = options.fake + options.bridges > 0;
  screen.title(isRig ? 'tenantflow rig' : 'tenantflow lab');
  const looks = isRig
    ? await buildRig(lab, screen, { ...options, fakes: options.fake })
    : await buildDemoLab(lab, screen);
  if (options.once) return 0;
  screen.text('Look into it from another terminal, as root:');
  for (const { what, commands } of looks) screen.text(`${what}\n${commands.map((c) => `  ${c}`).join('\n')}`);
  screen.text('The lab stays until Ctrl-C.\n');
  return new Promise<never>(() => setInterval(() => undefined, 2 ** 30));
});

async function buildDemoLab(lab: Lab, screen: Screen): Promise<readonly Look[]> {
  screen.text(`${DEMO_SUMMARY}\n`);
  return lookInside(await buildDemo(lab, screen));
}

/** Parses a whole number that is not negative. */
function counted(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It has to be a whole number below a million.');
  return Number(text);
}

function lookInside({ lab, controller, endpoints }: DemoLab): readonly Look[] {
  const inside = `nsenter -t ${sandboxPid()} -a`;
  const ovs = lab.hypervisors.slice(0, 1).map(({ ovs }) => `${inside} env OVS_RUNDIR=${ovs.folder}`);
  const [first, last] = [
    endpoints[0]?.vm,
    endpoints.filter(({ group }) => group === endpoints[0]?.group).at(-1)?.vm,
  ];
  const names = lab.hypervisors.map(({ name }) => name).join(', ');
  return [
    {
      what: 'the switches, as the controller sees them',
      commands: [`${inside} ${CHECKOUT}/bin/tenantflow status`],
    },
    {
      what: `a hypervisor (${names})`,
      commands: ovs.flatMap((tool) => [
        `${tool} ovs-vsctl show`,
        `${tool} ovs-ofctl -O OpenFlow13 --names dump-flows br-int`,
        `${tool} ovs-appctl dpctl/dump-flows`,
      ]),
    },
    {
      what: `a VM (${endpoints.map(({ vm }) => vm.name).join(', ')})`,
      commands: [
        `${inside} ip netns exec ${first?.name} ping -c 3 ${last?.ip}`,
        `${inside} ip netns exec ${last?.name} tcpdump -lni v0`,
        `${inside} ip netns exec ${first?.name} bash`,
      ],
    },
    {
      what: 'the tunnels between the hypervisors',
      commands: [`${inside} ip netns exec ${UNDERLAY} tcpdump -lni ${UNDERLAY} udp port 4789`],
    },
    {
      what: 'the REST API (Neutron v2.0)',
      commands: [`${inside} curl -s ${controller.rest.url}/v2.0/ports`],
    },
    {
      what: "the controller's log",
      commands: [`${inside} tail ${controller.daemon.log}`],
    },
  ];
}

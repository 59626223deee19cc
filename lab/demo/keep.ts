/** `npm run lab`: the demo's lab, kept up until it is interrupted, and how to look into it. */
import { CHECKOUT, sandboxPid } from '../sandbox.ts';
import { UNDERLAY } from '../underlay.ts';
import { inLab } from './session.ts';
import { buildDemo, DEMO_SUMMARY, type DemoLab } from './topology.ts';

await inLab(async (lab, screen) => {
  screen.title('tenantflow lab');
  screen.text(`${DEMO_SUMMARY}\n`);
  const demo = await buildDemo(lab, screen);
  screen.text('Look into it from another terminal, as root:');
  for (const { what, commands } of lookInside(demo))
    screen.text(`${what}\n${commands.map((c) => `  ${c}`).join('\n')}`);
  screen.text('The lab stays until Ctrl-C.\n');
  return new Promise<never>(() => setInterval(() => undefined, 2 ** 30));
});

function lookInside({
  lab,
  controller,
  endpoints,
}: DemoLab): readonly { what: string; commands: readonly string[] }[] {
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

import { Rig, type RigOptions } from '../fleet/rig.ts';
import type { Lab } from '../lab.ts';
import { CHECKOUT, sandboxPid } from '../sandbox.ts';
import type { Look } from './look.ts';
import type { Screen } from './screen.ts';

/** What is asked for by `npm run lab -- --fake N --bridges M`. */
export interface RigPlan extends RigOptions {
  readonly ports: number;
  readonly seed: number;
}

/** Builds the rig step by step, with the time of each. Returns how to look into it. */
export async function buildRig(lab: Lab, screen: Screen, plan: RigPlan): Promise<readonly Look[]> {
  const { fakes, bridges, ports, seed } = plan;
  const rig = new Rig(lab, plan);
  await screen.step(`controller, ${fakes} fake hypervisors, Open vSwitch started`, () => rig.start());
  await screen.step(`all joined, ${bridges} bridges made in one ovs-vswitchd`, () => rig.join());
  const plugs = await screen.step(`a cloud of ${ports} ports made by REST (seed ${seed})`, () =>
    rig.make(ports, seed),
  );
  await screen.step(`${plugs.length} interfaces plugged, all flows there, all ports ACTIVE`, () =>
    rig.plug(plugs),
  );
  const rows = await rig.switches();
  const all = rows.reduce((sum, { flows }) => sum + flows, 0);
  if (bridges > 0)
    await screen.step('flows counted on the bridges: as many as they ought to have', () => rig.count());
  screen.text(`${rows.length} switches with ${all} flows in ${screen.elapsed}.`);
  const inside = `nsenter -t ${sandboxPid()} -a`;
  const tool = `${inside} env OVS_RUNDIR=${rig.reals.shared.folder}`;
  const bridge = rig.idOf(rig.size);
  return [
    {
      what: 'the switches, as the controller sees them',
      commands: [`${inside} ${CHECKOUT}/bin/tenantflow status`],
    },
    ...(bridges > 0
      ? [
          {
            what: `a bridge (${rig.idOf(fakes + 1)} to ${bridge})`,
            commands: [
              `${tool} ovs-vsctl list-ports ${bridge}`,
              `${tool} ovs-ofctl -O OpenFlow13 dump-flows ${bridge}`,
              `${tool} ovs-appctl ofproto/trace ${bridge} in_port=1`,
            ],
          },
        ]
      : []),
    {
      what: 'the REST API (Neutron v2.0)',
      commands: [`${inside} curl -s ${rig.controller.rest.url}/v2.0/ports`],
    },
    { what: "the controller's log", commands: [`${inside} tail ${rig.controller.daemon.log}`] },
  ];
}

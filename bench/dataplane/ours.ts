import type { Resource } from '#lab';
import type { Cloud } from '../../test/cloud.ts';
import { type Contender, GUEST_NAMES, GUEST_VLAN, GUESTS, makeGuests, tagGuest } from './contender.ts';

/**
 * What users get: a trunk per guest through the API, whose one subport is on a VXLAN network, with port security, on
 * the two hypervisors of `cloud`.
 */
export async function ours(cloud: Cloud): Promise<Contender> {
  const [home, red] = [await cloud.network('home'), await cloud.network('red')];
  const guests = await makeGuests(cloud.lab, 'o');
  for (const name of GUEST_NAMES) {
    const { number, host } = GUESTS[name];
    const parent = await cloud.createPort(home, number);
    const subport = await cloud.createPort(
      red,
      number,
      name === 'stranger' ? { port_security_enabled: false } : {},
    );
    await trunk(cloud, parent, subport);
    await cloud.hypervisor(host + 1).plug(guests[name], parent.id);
    await cloud.status(subport, 'ACTIVE');
    await tagGuest(guests[name]);
  }
  return { name: 'tenantflow', hosts: [cloud.hypervisor(1), cloud.hypervisor(2)], guests };
}

async function trunk(cloud: Cloud, parent: Resource, subport: Resource): Promise<void> {
  const subPort = { port_id: subport.id, segmentation_type: 'vlan', segmentation_id: GUEST_VLAN };
  await cloud.controller.rest.create('trunk', { port_id: parent.id, sub_ports: [subPort] });
}

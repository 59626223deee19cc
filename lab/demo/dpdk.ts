/** `npm run demo:dpdk`: a hypervisor with DPDK beside a plain one, with the same tenants, a trunk, and real packets. */
import { ETHERTYPE, ethernet, icmpEcho, readEthernet } from '../frames.ts';
import type { Vm } from '../vm.ts';
import { waitFor } from '../wait-for.ts';
import { showFirewall } from './dpdk-firewall.ts';
import { showReach } from './reach.ts';
import type { Screen } from './screen.ts';
import { inLab } from './session.ts';
import { buildDemo, type DemoLab } from './topology.ts';

/** VLAN by which the guest on the trunk tags what is for the red network. */
const VLAN = 100;

await inLab(async (lab, screen) => {
  screen.title('tenantflow demo with DPDK');
  screen.text('hv1 moves packets by a polling thread of DPDK, hv2 by the plain userspace datapath.\n');
  const demo = await buildDemo(lab, screen, { hv1: { dpdk: {} }, hv2: {} });
  if (!(await showReach(lab, screen, demo.endpoints))) return 1;
  await showTrunk(demo, screen);
  await showFirewall(demo, screen);
  screen.text('Ports of hv1, as its datapath has them:');
  screen.text(await pollers(demo));
  screen.text(`${screen.elapsed} in all. The lab had namespaces of its own, and is gone with them.\n`);
  return 0;
});

/** A guest on hv1 whose untagged network is blue and whose VLAN 100 is red pings a red VM on hv2. */
async function showTrunk(demo: DemoLab, screen: Screen): Promise<void> {
  const far = demo.endpoints.find(({ group, hypervisor }) => group === 'red' && hypervisor.name === 'hv2');
  if (!far) throw new Error('nobody is red on hv2');
  const guest = await screen.step(`a VM on a trunk plugged into hv1, with VLAN ${VLAN} on red`, () =>
    trunkGuest(demo),
  );
  await screen.step(`it pings ${far.vm.name} on hv2 in VLAN ${VLAN}, over VXLAN, and is answered in it`, () =>
    pingTagged(guest, far.vm),
  );
}

async function trunkGuest({ lab, controller, endpoints }: DemoLab): Promise<Vm> {
  const [address, mac] = ['10.0.0.99', 'fa:16:3e:00:00:99'];
  const { rest } = controller;
  const networks = await rest.list('network');
  const port = async (tenant: string) => {
    const network = networks.find(({ name }) => name === `${tenant}-net`);
    const fixed = { mac_address: mac, fixed_ips: [{ ip_address: address }] };
    return rest.create('port', { network_id: network?.id, project_id: tenant, ...fixed });
  };
  const [parent, subport] = [await port('blue'), await port('red')];
  const subPort = { port_id: subport.id, segmentation_type: 'vlan', segmentation_id: VLAN };
  await rest.create('trunk', { port_id: parent.id, project_id: 'blue', sub_ports: [subPort] });
  const vm = await lab.vm('trunk1', { mac, ips: [`${address}/24`] });
  await endpoints[0]?.hypervisor.plug(vm, parent.id);
  await waitFor(async () => (await rest.show('port', subport.id)).status === 'ACTIVE', {
    what: 'the subport to be ACTIVE',
  });
  return vm;
}

/** The far end's own stack answers; a guest's tagged packets are made by hand, as the kernel may have no VLAN devices. */
async function pingTagged(from: Vm, to: Vm): Promise<void> {
  const capture = await from.capture();
  const data = new Uint8Array(8);
  const request = icmpEcho({ src: from.ip, dst: to.ip, id: 1, sequence: 1 }, data);
  const vlans = [{ vid: VLAN }];
  await from.send(ethernet({ src: from.mac, dst: to.mac, vlans, type: ETHERTYPE.ipv4 }, request));
  const reply = Buffer.from(icmpEcho({ src: to.ip, dst: from.ip, reply: true, id: 1, sequence: 1 }, data));
  await capture.first((frame) => {
    const { src, vlans: tags = [], payload = frame } = readEthernet(frame) ?? {};
    // From ICMP's header on; the Internet header has an identification of the far kernel's choice.
    const same = reply.subarray(20).equals(payload.subarray(20));
    return src === to.mac && tags.length === 1 && tags[0]?.vid === VLAN && same;
  }, 'the answer');
  await capture.finish();
}

/** Which thread polls which ports. */
async function pollers({ lab }: DemoLab): Promise<string> {
  const text = await lab.hypervisors[0]?.appctl('dpif-netdev/pmd-rxq-show');
  return (text ?? '').replaceAll(/ *\(enabled\).*/g, '').trim();
}

import { type Hypervisor, Lab, type RestClient, waitFor } from '#lab';
import { addInterface, addressOf, type GroupCloud, LOCAL_MEMBERS } from './group-cloud.ts';

/** Ports that one request makes. */
const BULK = 250;

/** Our controller and one hypervisor, with members on it; further ones are on a network that is not there. */
export async function ourGroup(): Promise<GroupCloud> {
  const lab = await Lab.create();
  const quotas = ['--quotas', 'port:-1,security_group_rule:-1'];
  const controller = lab.controller({ args: [...quotas, '--log-level', 'warn'] });
  await controller.start();
  const { rest } = controller;
  const host = await lab.hypervisor('ours');
  await host.attach();
  await waitFor(async () => (await host.vsctl('list-br')).includes('br-int'), { what: 'the bridge' });
  const group = await rest.create('security_group', { name: 'crowd' });
  for (const ethertype of ['IPv4', 'IPv6'])
    await rest.create('security_group_rule', {
      ...{ security_group_id: group.id, direction: 'ingress', ethertype, remote_group_id: group.id },
    });
  const [home, away] = [
    await network(rest, 'home', '10.0.0.0/16'),
    await network(rest, 'away', '10.1.0.0/16'),
  ];
  const port = (where: string, number: number) => ({
    ...{ network_id: where, security_groups: [group.id] },
    fixed_ips: [{ ip_address: addressOf(where === home ? 0 : 1, number) }],
  });
  for (let number = 0; number < LOCAL_MEMBERS; number++) await plug(host, rest, port(home, number), number);
  return {
    who: 'tenantflow',
    host,
    async addMembers(numbers) {
      for (let at = 0; at < numbers.length; at += BULK) {
        const ports = numbers.slice(at, at + BULK).map((number) => port(away, number));
        await rest.request('POST', '/v2.0/ports', { ports });
      }
    },
    async addRule(number) {
      await rest.create('security_group_rule', {
        ...{ security_group_id: group.id, direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp' },
        ...{ port_range_min: number, port_range_max: number },
      });
    },
    stop: () => lab.stop(),
  };
}

async function plug(host: Hypervisor, rest: RestClient, attributes: object, number: number): Promise<void> {
  const { id } = await rest.create('port', attributes);
  await addInterface(host, number, id);
  await waitFor(async () => (await rest.show('port', id)).status === 'ACTIVE', {
    what: `port ${id} to be up`,
  });
}

async function network(rest: RestClient, name: string, cidr: string): Promise<string> {
  const { id } = await rest.create('network', { name });
  await rest.create('subnet', { network_id: id, ip_version: 4, cidr, gateway_ip: null });
  return id;
}

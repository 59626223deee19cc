import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Vm, waitFor } from '#lab';
import { Cloud, macOf } from './cloud.ts';
import { OpenstackClient, type Printed } from './openstack-client.ts';
import { shotOf, sightings } from './sightings.ts';

/** An operator who knows OpenStack: everything is made, looked at and taken away with the stock client. */
let cloud: Cloud;
let client: OpenstackClient;
const ids: Record<string, string> = {};
const vms: Record<string, Vm> = {};

/** Ports that VMs are plugged into: the number gives the addresses. */
const GUESTS = {
  near: { number: 1, hypervisor: 1 },
  far: { number: 2, hypervisor: 2 },
  parent: { number: 3, hypervisor: 1 },
  other: { number: 4, hypervisor: 2 },
} as const;
/** On the parent's interface, with VLAN tag 100. */
const CHILD = 5;

beforeAll(async () => {
  cloud = await Cloud.create(2);
  client = new OpenstackClient(cloud.controller.rest.url);
});
afterAll(() => cloud.stop());

describe('the stock client', () => {
  it('makes networks, security groups, ports and a trunk', async () => {
    const made = await client.run([
      'network create red --tag tenant',
      'network create blue',
      'subnet create red-v4 --network red --subnet-range 10.0.0.0/24',
      'subnet create blue-v4 --network blue --subnet-range 10.0.0.0/24',
      'security group create web',
      'security group rule create web --protocol tcp --dst-port 80:81 --remote-ip 10.0.0.0/24',
      'security group rule create web --protocol icmp --icmp-type 8 --description ping',
      'security group rule create web --ethertype IPv6 --protocol ipv6-icmp',
      'security group rule create web --remote-group web --egress',
      portCommand('near', 'red', 1, '--security-group web'),
      portCommand('far', 'red', 2, '--security-group web --description second'),
      portCommand('parent', 'red', 3, '--security-group web --host hv1'),
      portCommand('other', 'blue', 4, '--disable-port-security --no-security-group'),
      portCommand('child', 'blue', CHILD, '--disable-port-security --no-security-group'),
      'network trunk create trunk --parent-port parent --subport port=child,segmentation-type=vlan,segmentation-id=100',
    ]);
    for (const item of made) if ('name' in item) ids[String(item.name)] = String(item.id);
    const [red, , subnet, , group, rule] = made;
    expect(red).toMatchObject({ name: 'red', mtu: 1450, status: 'ACTIVE', tags: ['tenant'] });
    expect(subnet).toMatchObject({ cidr: '10.0.0.0/24', gateway_ip: '10.0.0.1', network_id: ids.red });
    expect(group).toMatchObject({ name: 'web', stateful: true, description: 'web' });
    expect(rule).toMatchObject({ protocol: 'tcp', port_range_min: 80, port_range_max: 81 });
    expect(made[9]).toMatchObject({ security_group_ids: [ids.web], mac_address: macOf(1), status: 'DOWN' });
    expect(made.at(-1)).toMatchObject({
      port_id: ids.parent,
      sub_ports: [{ port_id: ids.child, segmentation_type: 'vlan', segmentation_id: 100 }],
    });
  });

  it('finds them again, by name, tag and reference', async () => {
    const [tagged, rules, ports, subports, groups, agents] = await client.run([
      'network list --tags tenant',
      'security group rule list web --ingress',
      'port list --network red --sort-column Name',
      'network subport list --trunk trunk',
      'security group list',
      'network agent list',
    ]);
    expect(columns(agents, 'Host', 'Alive', 'State')).toEqual([
      ['hv1', true, true],
      ['hv2', true, true],
    ]);
    expect(tagged).toMatchObject([{ Name: 'red', ID: ids.red }]);
    expect(columns(rules, 'IP Protocol', 'Port Range', 'IP Range')).toEqual([
      ['icmp', 'type=8', '0.0.0.0/0'],
      ['ipv6-icmp', '', '::/0'],
      ['tcp', '80:81', '10.0.0.0/24'],
    ]);
    expect(columns(ports, 'Name')).toEqual([['far'], ['near'], ['parent']]);
    expect(subports).toMatchObject([{ Port: ids.child, 'Segmentation ID': 100 }]);
    expect(columns(groups, 'Name')).toEqual([['default'], ['web']]);
  });

  it('is told what the server refuses, in words of Neutron', async () => {
    const refusals = [
      ['security group delete web', `Security Group ${ids.web} in use.`],
      ['security group create default', 'Default security group already exists.'],
      [
        'security group rule create web --protocol tcp --dst-port 80:81 --remote-ip 10.0.0.0/24',
        'already exists',
      ],
      ['port delete parent', 'is currently a parent port for trunk'],
      ['port create taken --network red --mac-address 02:00:00:00:00:01', 'is in use'],
      ['subnet create again --network red --subnet-range 10.0.0.128/25', 'overlaps with another subnet'],
      ['network delete red', 'There are one or more ports still in use'],
    ] as const;
    const said = await client.complaints(refusals.map(([command]) => command));
    for (const [, words] of refusals) expect(said).toContain(words);
  });

  it('sets quotas, and is held to them', async () => {
    const [quota] = await client.run([
      'quota set --networks 2 fake_project_id',
      'quota show fake_project_id',
    ]);
    expect(quota).toMatchObject({ networks: 2, ports: 500, secgroups: 10, 'secgroup-rules': 100 });
    const said = await client.complaints(['network create third']);
    expect(said).toContain("Quota exceeded for resources: ['network'].");
  });
});

describe('what it has made', () => {
  it('becomes ACTIVE when VMs are plugged in', async () => {
    for (const [name, { number, hypervisor }] of Object.entries(GUESTS)) {
      const vm = await cloud.createVm(number);
      vms[name] = vm;
      await cloud.hypervisor(hypervisor).plug(vm, idOf(name));
    }
    for (const name of [...Object.keys(GUESTS), 'child'])
      await cloud.status({ id: idOf(name), name }, 'ACTIVE');
    await waitFor(
      async () => (await cloud.controller.rest.show('trunk', idOf('trunk'))).status === 'ACTIVE',
      {
        what: 'the trunk to be ACTIVE',
      },
    );
    const commands = ['port show near', 'port show child', 'network trunk show trunk'];
    const [near, child, trunk] = await client.run(commands);
    expect(near).toMatchObject({ status: 'ACTIVE', name: 'near' });
    // A subport is where its parent is.
    expect(child).toMatchObject({ status: 'ACTIVE', device_owner: 'trunk:subport', binding_host_id: 'hv1' });
    expect(trunk).toMatchObject({ status: 'ACTIVE', port_id: ids.parent });
  });

  it('carries packets: within a network between hypervisors, and not into another', async () => {
    expect((await vmOf('near').ping('10.0.0.2')).received).toBe(3);
    expect((await vmOf('parent').ping('10.0.0.2')).received).toBe(3);
    // Number 4 is on the other network.
    expect((await vmOf('near').ping('10.0.0.4', { waitMs: 1_000 })).received).toBe(0);
  });

  it('carries the packets of a subport, by its tag', async () => {
    const sees = async (from: string, src: number, dst: number, ...vids: readonly number[]) => {
      const shot = shotOf({ from, src, dst, vlans: vids.map((vid) => ({ vid })) });
      return (await sightings(cloud.lab, new Map(Object.entries(vms)), [shot]))[0];
    };
    expect(await sees('parent', CHILD, 4, 100)).toEqual(['other']);
    expect(await sees('other', 4, CHILD)).toEqual(['parent.100']);
    expect(await sees('parent', CHILD, 4, 101)).toEqual([]);
    expect(await sees('parent', CHILD, 4)).toEqual([]);
  });
});

describe('the stock client, when all is over', () => {
  it('changes and takes away what it has made, and then nothing is carried', async () => {
    const [port] = await client.run([
      'network unset red --tag tenant',
      'port set near --no-security-group --disable-port-security',
      'port show near',
      'network trunk unset trunk --subport child',
      'network trunk delete trunk',
      'port delete near far parent other child',
      'security group delete web',
      'network delete red blue',
    ]);
    expect(port).toMatchObject({ port_security_enabled: false, security_group_ids: [] });
    const kinds = ['security group', 'network', 'subnet', 'port', 'network trunk'];
    const [groups, ...left] = await client.run(kinds.map((kind) => `${kind} list`));
    expect(columns(groups, 'Name')).toEqual([['default']]);
    expect(left).toEqual([[], [], [], []]);
    await cloud.caughtUp();
    expect((await vmOf('near').ping('10.0.0.2', { waitMs: 1_000 })).received).toBe(0);
  });
});

function portCommand(name: string, network: string, number: number, more: string): string {
  const address = `--mac-address ${macOf(number)} --fixed-ip ip-address=10.0.0.${number}`;
  return `port create ${name} --network ${network} ${address} ${more}`;
}

/** The values of some columns, a row each, in order. */
function columns(printed: Printed | readonly Printed[] | undefined, ...names: readonly string[]) {
  const rows: readonly Printed[] = Array.isArray(printed) ? printed : [];
  return rows.map((row) => names.map((name) => row[name])).sort();
}

function vmOf(name: string): Vm {
  const vm = vms[name];
  if (!vm) throw new Error(`no VM ${name}`);
  return vm;
}

function idOf(name: string): string {
  const id = ids[name];
  if (id === undefined) throw new Error(`no ${name}`);
  return id;
}

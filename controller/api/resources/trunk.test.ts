import { beforeEach, describe, expect, it } from 'vitest';
import { TrunkBench } from './trunk-fixture.ts';

const NOWHERE = '00000000-0000-4000-8000-000000000000';
const wrong = (reason: string) => `Invalid input for operation: ${reason}.`;

let bench: TrunkBench;

beforeEach(async () => {
  bench = await TrunkBench.open();
});

describe('subports', () => {
  it('are added, shown, and removed with bare bodies', async () => {
    const { status, body } = await bench.create([bench.sub('a', 200)], 'parent', { name: 't' });
    expect([status, body.trunk.status, body.trunk.revision_number]).toEqual([201, 'DOWN', 0]);
    const { id } = body.trunk;
    const added = await bench.act(id, 'add_subports', [
      bench.sub('b', '201'),
      bench.sub('c', undefined, 'inherit'),
    ]);
    expect([added.status, added.body.name, added.body.revision_number]).toEqual([200, 't', 1]);
    const { segmentation_id } = added.body.sub_ports[2];
    const network = await bench.api.call('GET', `/v2.0/networks/${bench.ids.wide}`);
    expect(network.body.network['provider:segmentation_id']).toBe(segmentation_id);
    const removed = await bench.act(id, 'remove_subports', [{ port_id: bench.ids.a }]);
    const left = [bench.sub('b', 201), bench.sub('c', segmentation_id)];
    expect([removed.status, removed.body.sub_ports]).toEqual([200, left]);
    const shown = await bench.api.call('GET', `/v2.0/trunks/${id}/get_subports`);
    expect([shown.status, shown.body]).toEqual([200, { sub_ports: left }]);
    const empty = await bench.act(id, 'remove_subports', []);
    expect([empty.status, empty.body.sub_ports]).toEqual([200, left]);
  });

  it('are seen on the parent, with MAC addresses only when it is shown alone', async () => {
    const { body } = await bench.create([bench.sub('a', 100)]);
    const details = { trunk_id: body.trunk.id, sub_ports: [bench.sub('a', 100)] };
    const listed = await bench.api.call('GET', '/v2.0/ports?name=parent');
    expect(listed.body.ports[0].trunk_details).toEqual(details);
    const { mac_address } = await bench.show('a');
    expect((await bench.show('parent')).trunk_details.sub_ports).toEqual([
      { ...bench.sub('a', 100), mac_address },
    ]);
    expect(await bench.show('a')).not.toHaveProperty('trunk_details');
  });

  /** What is refused before the trunk is looked at; in a POST it is the attribute that is wrong. */
  const unreadable: [string, () => unknown, string][] = [
    ['no list', () => ({}), "Invalid data format for subports: '{}' is not a list"],
    ['nothing', () => undefined, "Invalid data format for subports: 'None' is not a list"],
    ['no dictionary', () => [7], "Invalid data format for subport: '7' is not a dict"],
    ['a list in it', () => [['x']], "Invalid data format for subport: '['x']' is not a dict"],
    ['no port', () => [{ segmentation_id: 1 }], 'A valid port UUID must be specified'],
    ['no UUID', () => [{ port_id: 'zz' }], "Invalid UUID for subport: 'zz'"],
    ['a port twice', () => [bench.sub('a', 1), bench.sub('a', 2)], "Non unique UUID for subport: 'a'"],
    [
      'half a segment',
      () => [{ port_id: bench.ids.a, segmentation_id: 1 }],
      "Invalid subport details '{'port_id': 'a', 'segmentation_id': 1}': missing segmentation information. Must specify both segmentation_id and segmentation_type",
    ],
    [
      'a segment twice',
      () => [bench.sub('a', 7), bench.sub('b', 7)],
      "Segmentation ID '7' for 'b' is not unique",
    ],
    [
      'a segment twice after one that is inherited',
      () => [bench.sub('c', undefined, 'inherit'), bench.sub('a', 7), bench.sub('b', '7')],
      "Segmentation ID '7' for 'b' is not unique",
    ],
  ];
  it.each(unreadable)('may not be %s', async (_, sent, reason) => {
    const { body } = await bench.create();
    expect(bench.told(await bench.act(body.trunk.id, 'add_subports', sent()))).toEqual([
      400,
      'InvalidInput',
      wrong(reason),
    ]);
    expect(bench.told(await bench.act(body.trunk.id, 'remove_subports', sent()))[2]).toBe(wrong(reason));
    if (sent() === undefined) return;
    expect(bench.told(await bench.create(sent(), 'other'))).toEqual([
      400,
      'HTTPBadRequest',
      `Invalid input for sub_ports. Reason: ${reason}.`,
    ]);
  });

  const unfit: [string, () => object, number, string, string][] = [
    [
      'without a segment',
      () => ({ port_id: bench.ids.a }),
      400,
      'InvalidInput',
      wrong(
        "Invalid subport details '{'port_id': 'a'}': missing segmentation information. Must specify both segmentation_id and segmentation_type",
      ),
    ],
    [
      'with a word for a number',
      () => bench.sub('a', 'abc'),
      400,
      'InvalidInput',
      wrong("Invalid subport details: segmentation_id 'abc' is not an integer"),
    ],
    [
      'of another type',
      () => bench.sub('a', 3, 'bogus'),
      400,
      'InvalidInput',
      wrong("Unknown segmentation_type 'bogus'"),
    ],
    ['VLAN 0', () => bench.sub('a', 0), 400, 'InvalidInput', wrong("Segmentation ID '0' is not in range")],
    [
      'VLAN 4095',
      () => bench.sub('a', 4095),
      400,
      'InvalidInput',
      wrong("Segmentation ID '4095' is not in range"),
    ],
    [
      'that inherits from a tunnel',
      () => bench.sub('tunnelled', undefined, 'inherit'),
      400,
      'InvalidInput',
      wrong("Unknown segmentation_type 'vxlan'"),
    ],
    [
      'that is the parent',
      () => bench.sub('parent', 5),
      409,
      'ParentPortInUse',
      'Port parent is currently in use and is not eligible for use as a parent port.',
    ],
    [
      "that is another trunk's parent",
      () => bench.sub('other', 5),
      409,
      'ParentPortInUse',
      'Port other is currently in use and is not eligible for use as a parent port.',
    ],
    [
      "that is another trunk's",
      () => bench.sub('b', 5),
      409,
      'TrunkPortInUse',
      'Port b is in use by another trunk.',
    ],
    [
      'with a VLAN that is taken',
      () => bench.sub('a', 99),
      409,
      'DuplicateSubPort',
      'segmentation_type vlan and segmentation_id 99 already in use on trunk TRUNK.',
    ],
    [
      'that is a device',
      () => bench.sub('device', 5),
      409,
      'PortInUse',
      'Unable to complete operation on port device for network wide. Port already has an attached device vm-1.',
    ],
    [
      'that is nowhere',
      () => ({ ...bench.sub('a', 5), port_id: NOWHERE }),
      404,
      'PortNotFound',
      `Port ${NOWHERE} could not be found.`,
    ],
  ];
  it.each(unfit)('may not be a port %s', async (_, sent, status, type, message) => {
    await bench.port('device', 'wide', { device_id: 'vm-1' });
    await bench.create([bench.sub('b', 5)], 'other');
    const { body } = await bench.create([bench.sub('c', 99)]);
    const before = bench.api.store.get('trunks', body.trunk.id);
    const reply = await bench.act(body.trunk.id, 'add_subports', [bench.sub('low', 50), sent()]);
    expect(bench.told(reply, body.trunk.id)).toEqual([status, type, message]);
    expect(bench.api.store.get('trunks', body.trunk.id)).toBe(before);
  });

  it('may not need more than the parent carries', async () => {
    const { body } = await bench.create([], 'low');
    expect(bench.told(await bench.act(body.trunk.id, 'add_subports', [bench.sub('a', 5)]))).toEqual([
      409,
      'SubPortMtuGreaterThanTrunkPortMtu',
      'MTU 1500 of subport a cannot be greater than MTU 1400 of trunk low.',
    ]);
  });

  it('are removed all or none, and only from their own trunk', async () => {
    const { body } = await bench.create([bench.sub('a', 1)]);
    const reply = await bench.act(body.trunk.id, 'remove_subports', [
      { port_id: bench.ids.a },
      { port_id: bench.ids.b },
    ]);
    expect(bench.told(reply, body.trunk.id)).toEqual([
      404,
      'SubPortNotFound',
      'SubPort b on trunk TRUNK could not be found.',
    ]);
    expect(bench.api.store.get('trunks', body.trunk.id)?.subPorts).toHaveLength(1);
  });
});

describe('a trunk', () => {
  it('has one parent, which is in no other trunk', async () => {
    await bench.create([bench.sub('a', 1)]);
    expect(bench.told(await bench.create())[1]).toBe('ParentPortInUse');
    expect(bench.told(await bench.create([], 'a'))[1]).toBe('TrunkPortInUse');
    const reply = await bench.api.call('POST', '/v2.0/trunks', { trunk: { port_id: NOWHERE } });
    expect(bench.told(reply)).toEqual([404, 'PortNotFound', `Port ${NOWHERE} could not be found.`]);
  });

  it.each([
    [{ trunks: [{}] }, 'Bulk operation not supported'],
    [{ trunk: {} }, "Failed to parse request. Required attribute 'port_id' not specified"],
    [{ trunk: { port_id: 'x' } }, "Invalid input for port_id. Reason: 'x' is not a valid UUID."],
    [{ trunk: { port_id: NOWHERE, status: 'ACTIVE' } }, "Attribute 'status' not allowed in POST"],
  ])('is not made from %j', async (body, message) => {
    expect(bench.told(await bench.api.call('POST', '/v2.0/trunks', body))).toEqual([
      400,
      'HTTPBadRequest',
      message,
    ]);
  });

  it('is renamed, and nothing else of it is set', async () => {
    const { body } = await bench.create();
    const path = `/v2.0/trunks/${body.trunk.id}`;
    const same = await bench.api.call('PUT', path, { trunk: {} });
    expect([same.status, same.body]).toEqual([200, body]);
    const named = await bench.api.call('PUT', path, { trunk: { name: 'n', description: 'd' } });
    expect([named.body.trunk.name, named.body.trunk.revision_number]).toEqual(['n', 1]);
    for (const name of ['sub_ports', 'port_id', 'status'])
      expect((await bench.api.call('PUT', path, { trunk: { [name]: [] } })).status).toBe(400);
    const late = await bench.api.call('PUT', path, { trunk: {} }, { 'if-match': 'revision_number=0' });
    expect(late.status).toBe(412);
    const stale = await bench.api.call(
      'PUT',
      `${path}/add_subports`,
      { sub_ports: [] },
      { 'if-match': 'revision_number=0' },
    );
    expect(stale.status).toBe(412);
  });

  it('keeps its subports and itself while it is disabled', async () => {
    const { body } = await bench.create([bench.sub('a', 1)], 'parent', { admin_state_up: false });
    const { id } = body.trunk;
    const disabled = [409, 'TrunkDisabled', 'Trunk TRUNK is currently disabled.'];
    expect(bench.told(await bench.act(id, 'add_subports', [bench.sub('b', 2)]), id)).toEqual(disabled);
    expect(bench.told(await bench.act(id, 'remove_subports', [{ port_id: bench.ids.a }]), id)).toEqual(
      disabled,
    );
    expect(bench.told(await bench.api.call('DELETE', `/v2.0/trunks/${id}`), id)).toEqual(disabled);
    // What is added is checked first.
    expect(bench.told(await bench.act(id, 'add_subports', [bench.sub('b', 0)]), id)[1]).toBe('InvalidInput');
    await bench.api.call('PUT', `/v2.0/trunks/${id}`, { trunk: { admin_state_up: true } });
    expect((await bench.api.call('DELETE', `/v2.0/trunks/${id}`)).status).toBe(204);
  });

  it('takes no subports while in ERROR, and gives them up', async () => {
    const { body } = await bench.create([bench.sub('a', 1)]);
    const { id } = body.trunk;
    await bench.api.store.transact((tx) => {
      const trunk = tx.get('trunks', id);
      const problems = [{ portId: bench.ids.a ?? '', reason: 'it cannot be bound' }];
      if (trunk) tx.put('trunks', id, { ...trunk, status: 'ERROR', problems });
    });
    const shown = await bench.api.call('GET', `/v2.0/trunks/${id}`);
    expect(shown.body.trunk.problems).toEqual([{ port_id: bench.ids.a, reason: 'it cannot be bound' }]);
    expect(bench.told(await bench.act(id, 'add_subports', [bench.sub('b', 2)]), id)).toEqual([
      409,
      'TrunkInErrorState',
      'Trunk TRUNK is in error state. Attempt to resolve the error condition before proceeding.',
    ]);
    const repaired = await bench.act(id, 'remove_subports', [{ port_id: bench.ids.a }]);
    expect([repaired.status, repaired.body.status]).toEqual([200, 'DOWN']);
    expect(repaired.body).not.toHaveProperty('problems');
  });

  it('protects its ports, until it is deleted', async () => {
    const { body } = await bench.create([bench.sub('a', 1)]);
    const { id } = body.trunk;
    expect(bench.told(await bench.api.call('DELETE', `/v2.0/ports/${bench.ids.a}`), id)).toEqual([
      409,
      'PortInUseAsSubPort',
      'Port a is currently a subport for trunk TRUNK.',
    ]);
    expect(bench.told(await bench.api.call('DELETE', `/v2.0/ports/${bench.ids.parent}`), id)).toEqual([
      409,
      'PortInUseAsTrunkParent',
      'Port parent is currently a parent port for trunk TRUNK.',
    ]);
    await bench.api.call('DELETE', `/v2.0/trunks/${id}`);
    for (const name of ['a', 'parent'])
      expect((await bench.api.call('DELETE', `/v2.0/ports/${bench.ids[name]}`)).status).toBe(204);
  });

  it('protects ports of DHCP from being deleted with their network', async () => {
    await bench.port('dhcp', 'narrower', { device_owner: 'network:dhcp' });
    await bench.api.call('DELETE', `/v2.0/ports/${bench.ids.low}`);
    const { body } = await bench.create([bench.sub('dhcp', 1)]);
    expect(
      bench.told(await bench.api.call('DELETE', `/v2.0/networks/${bench.ids.narrower}`), body.trunk.id)[1],
    ).toBe('PortInUseAsSubPort');
  });

  it('is made of ports that its project sees, and of no others', async () => {
    const headers = { 'x-user-id': 'u', 'x-project-id': 'p2', 'x-roles': 'member' };
    const call = (method: string, path: string, body: object) => bench.api.call(method, path, body, headers);
    const trunk = { port_id: bench.ids.parent };
    expect(bench.told(await call('POST', '/v2.0/trunks', { trunk }))).toEqual([
      404,
      'PortNotFound',
      'Port parent could not be found.',
    ]);
    const network = await call('POST', '/v2.0/networks', { network: {} });
    const own = await call('POST', '/v2.0/ports', { port: { network_id: network.body.network.id } });
    const made = await call('POST', '/v2.0/trunks', { trunk: { port_id: own.body.port.id } });
    expect(made.status).toBe(201);
    const path = `/v2.0/trunks/${made.body.trunk.id}`;
    // Not even that its network needs more than the trunk carries.
    const added = await call('PUT', `${path}/add_subports`, { sub_ports: [bench.sub('a', 5)] });
    expect(bench.told(added)).toEqual([404, 'PortNotFound', 'Port a could not be found.']);
  });
});

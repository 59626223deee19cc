import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { OwnedRecord } from '#controller/store/records';
import { sampleChassis } from '#controller/store/sample-records';
import { type TestApi, testApi } from './api-fixture.ts';
import { encode, expectCivil } from './hostile-fixture.ts';

/**
 * A tenant, blue, tries all that it can send on what is red's: by ids in paths, bodies and queries. It knows every id, and is
 * told nothing else; red has ports on a network of blue's, too, and both see one of red's.
 */
const COLLECTIONS = {
  networks: { path: 'networks', singular: 'network' },
  subnets: { path: 'subnets', singular: 'subnet' },
  ports: { path: 'ports', singular: 'port' },
  trunks: { path: 'trunks', singular: 'trunk' },
  securityGroups: { path: 'security-groups', singular: 'security_group' },
  securityGroupRules: { path: 'security-group-rules', singular: 'security_group_rule' },
} as const;
type Collection = keyof typeof COLLECTIONS;
const NAMES = Object.keys(COLLECTIONS) as readonly Collection[];
/** In each text of red's that blue may not see. */
const SECRET = 'SECRET';

let api: TestApi;
/** Ids by turns of red and of blue, so that numbers choose them. */
const ids: string[] = [];
let before: ReadonlyMap<string, unknown>;
/** Ids of red's that blue is shown. */
let seen: ReadonlySet<string>;
/** Of red, on blue's network: blue sees it, and a subnet of blue's may give it an address. */
let lodger = '';
/** Another, which blue may delete, too, but not carry in a trunk. */
let idler = '';

const as = (project: string, role = 'member') => {
  const headers = { 'x-user-id': 'u', 'x-project-id': project, 'x-roles': role };
  return (method: string, path: string, body?: unknown) => api.call(method, path, body, headers);
};

/** Makes all that the two have. */
async function furnish(): Promise<void> {
  ids.length = 0;
  api = testApi();
  await api.store.transact((tx) => tx.put('chassis', 'hv1', sampleChassis('hv1')));
  const admin = as('ops', 'admin');
  const make = async (project: string, name: Collection, attributes: object): Promise<string> => {
    const { path, singular } = COLLECTIONS[name];
    const { status, body } = await as(project)('POST', `/v2.0/${path}`, { [singular]: attributes });
    expect([name, status]).toEqual([name, 201]);
    const { id } = body[singular];
    if (name !== 'securityGroupRules' && project === 'red')
      await as(project)('PUT', `/v2.0/${path}/${id}/tags`, { tags: [SECRET] });
    ids.push(id);
    return id;
  };
  const shared: Record<string, string> = {};
  for (const project of ['red', 'blue']) {
    const name = project === 'red' ? SECRET : 'blue';
    const network_id = await make(project, 'networks', { name });
    shared[project] = await make(project, 'networks', {});
    await make(project, 'subnets', { name, network_id, ip_version: 4, cidr: '10.0.0.0/24' });
    const parent = await make(project, 'ports', { name, network_id });
    const child = await make(project, 'ports', { name, network_id, device_owner: 'compute:x' });
    const sub_ports = [{ port_id: child, segmentation_type: 'vlan', segmentation_id: 5 }];
    await make(project, 'trunks', { name, port_id: parent, sub_ports });
    const security_group_id = await make(project, 'securityGroups', { name });
    await make(project, 'securityGroupRules', { security_group_id, direction: 'ingress' });
    await admin('PUT', `/v2.0/ports/${parent}`, { port: { 'binding:host_id': 'hv1' } });
  }
  for (const id of Object.values(shared)) {
    await admin('PUT', `/v2.0/networks/${id}/tags`, { tags: [] });
    await admin('PUT', `/v2.0/networks/${id}`, { network: { shared: true } });
  }
  await make('red', 'ports', { name: SECRET, network_id: shared.red });
  const network_id = shared.blue;
  lodger = await make('red', 'ports', { network_id });
  idler = await make('red', 'ports', { network_id });
  await admin('PUT', `/v2.0/ports/${idler}/tags`, { tags: [] });
  const child = await make('red', 'ports', { name: SECRET, network_id: shared.red });
  const sub_ports = [{ port_id: child, segmentation_type: 'vlan', segmentation_id: 6 }];
  const trunk = await make('red', 'trunks', { name: SECRET, port_id: lodger, sub_ports });
  await admin('PUT', `/v2.0/ports/${lodger}/tags`, { tags: [] });
  before = reds();
  // The lodger with its groups, and what it may not be deleted for; and the networks of all.
  const groups = api.store.get('ports', lodger)?.securityGroupIds ?? [];
  seen = new Set([lodger, idler, ...groups, trunk, ...Object.values(shared)]);
}

/** All that is red's, by id. */
function reds(): ReadonlyMap<string, unknown> {
  const records = NAMES.flatMap((name): readonly OwnedRecord[] => api.store.list(name));
  const own = records.filter(({ id, projectId }) => projectId === 'red' && id !== idler);
  return new Map(own.map((record) => [record.id, record.id === lodger ? 'is there' : record]));
}

const anyId = fc.nat(40).map((at) => ({ at }));
const someIds = fc.array(anyId, { maxLength: 2 });
const project = fc.constantFrom('red', 'blue', 'ops', '');
const segment = { segmentation_type: fc.constant('vlan'), segmentation_id: fc.integer({ min: 1, max: 9 }) };
/** What blue may say of something: mostly of the right type, and often about red. */
const ATTRIBUTES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  ...{ name: fc.constantFrom('x', ''), tenant_id: project, project_id: project },
  ...{
    network_id: anyId,
    port_id: anyId,
    security_group_id: anyId,
    remote_group_id: anyId,
    subnet_id: anyId,
  },
  ...{
    security_groups: someIds,
    device_id: anyId,
    device_owner: fc.constantFrom('network:dhcp', 'compute:x', ''),
  },
  fixed_ips: fc.array(
    fc.record({ subnet_id: anyId, ip_address: fc.constantFrom('10.0.0.9', 'fd00::9') }, { requiredKeys: [] }),
    {
      maxLength: 2,
    },
  ),
  sub_ports: fc.array(fc.record({ port_id: anyId, ...segment }), { maxLength: 2 }),
  allowed_address_pairs: fc.constantFrom([], [{ ip_address: '10.0.0.0/24' }]),
  ...{ port_security_enabled: fc.boolean(), shared: fc.boolean(), admin_state_up: fc.boolean() },
  ...{ ip_version: fc.constantFrom(4, 6), cidr: fc.constantFrom('10.1.0.0/24', '10.0.0.0/24', 'fd00::/64') },
  ...{ direction: fc.constantFrom('ingress', 'egress'), ipv6_address_mode: fc.constant('slaac') },
  ...{
    'binding:host_id': fc.constantFrom('hv1', ''),
    'binding:profile': fc.constant({ migrating_to: 'hv1' }),
  },
  ...{ mac_address: fc.constant('02:00:00:00:00:99'), tags: fc.constantFrom([], ['x']), id: anyId },
};
/** What each kind of object has of these, and what a POST needs. */
const OF: Readonly<
  Record<Collection, { readonly has: readonly string[]; readonly needs: readonly string[] }>
> = {
  networks: { has: ['shared', 'admin_state_up', 'port_security_enabled'], needs: [] },
  subnets: { has: ['ipv6_address_mode'], needs: ['network_id', 'ip_version', 'cidr'] },
  ports: {
    has: [
      ...(['security_groups', 'device_id', 'device_owner', 'fixed_ips', 'allowed_address_pairs'] as const),
      ...([
        'port_security_enabled',
        'admin_state_up',
        'binding:host_id',
        'binding:profile',
        'mac_address',
      ] as const),
    ],
    needs: ['network_id'],
  },
  trunks: { has: ['sub_ports', 'admin_state_up'], needs: ['port_id'] },
  securityGroups: { has: [], needs: [] },
  securityGroupRules: { has: ['remote_group_id'], needs: ['security_group_id', 'direction'] },
};
const OF_ALL = ['name', 'tenant_id', 'project_id', 'tags', 'id'];
const bodyOf = (collection: Collection, isNew: boolean): fc.Arbitrary<Readonly<Record<string, unknown>>> => {
  const { has, needs } = OF[collection];
  const some = fc.subarray([...has, ...OF_ALL], { maxLength: 3 });
  return some.chain((names) => {
    const all = new Set([...(isNew ? needs : []), ...names]);
    return fc.record(
      Object.fromEntries([...all].map((name) => [name, ATTRIBUTES[name] ?? fc.constant(null)])),
    );
  });
};
const pair = fc.oneof(
  fc.tuple(
    fc.constantFrom(
      'id',
      'network_id',
      'port_id',
      'security_group_id',
      'device_id',
      'marker',
      'security_groups',
      'remote_group_id',
    ),
    anyId,
  ),
  fc.tuple(fc.constantFrom('project_id', 'tenant_id'), project),
  fc.constantFrom(
    ...([
      ['tags', SECRET.slice(0, 3)],
      ['dry_run', 'true'],
      ['limit', '1'],
      ['page_reverse', 'true'],
      ['sort_key', 'name'],
      ['fields', 'binding:host_id'],
      ['fixed_ips', 'ip_address_substr=10'],
      ['since', '0'],
    ] as const),
  ),
);
const request = fc
  .record({ collection: fc.constantFrom(...NAMES), method: fc.constantFrom('GET', 'PUT', 'POST', 'DELETE') })
  .chain(({ collection, method }) =>
    fc.record({
      ...{ collection: fc.constant(collection), method: fc.constant(method) },
      id: method === 'POST' ? fc.constant(null) : fc.option(anyId),
      below: fc.constantFrom(
        ...(['', '', '', '/tags', '/tags/x', '/bindings', '/bindings/hv1'] as const),
        ...(['/add_subports', '/remove_subports', '/get_subports'] as const),
      ),
      bare: fc.constantFrom(
        ...(['/v1/ports/ID', '/v1/ports/ID/connections', '/v1/status', '/v1/denied?port=ID'] as const),
        ...([
          '/v1/switches',
          '/v1/backup',
          '/v1/plans',
          '/v2.0/quotas/red',
          '/v2.0/agents',
          '/v3/projects/red',
        ] as const),
      ),
      isBare: fc.integer({ min: 0, max: 7 }).map((roll) => roll === 7),
      isBulk: fc.boolean(),
      attributes: bodyOf(collection, method === 'POST'),
      query: fc.array(pair, { maxLength: method === 'GET' ? 3 : 1 }),
    }),
  );
type Request = typeof request extends fc.Arbitrary<infer R> ? R : never;

it('a tenant who knows all ids changes nothing of another’s, refers to nothing of it, and is told nothing of it', async () => {
  const answers = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 30, maxLength: 30 }), async (requests) => {
      await furnish();
      for (const each of requests) {
        const status = await send(each);
        answers.set(status, (answers.get(status) ?? 0) + 1);
      }
    }),
    { numRuns: 40 },
  );
  // It got as far as it was meant to: much is refused, and much is done.
  for (const status of [200, 201, 204, 400, 403, 404, 409])
    expect([status, answers.get(status)]).toEqual([status, expect.any(Number)]);
});

async function send({ attributes, ...each }: Request): Promise<number> {
  const { path, singular } = COLLECTIONS[each.collection];
  const idOf = ({ at }: { readonly at: number }) => ids[at % ids.length] ?? '';
  const fill = (value: unknown) =>
    JSON.parse(JSON.stringify(value), (_, part) => (typeof part?.at === 'number' ? idOf(part) : part));
  const own = fill(attributes);
  const target = each.id === null ? '' : `/${idOf(each.id)}${each.below}`;
  const query = each.query.map(([name, value]) => `${name}=${encode(String(fill(value)))}`).join('&');
  const url = each.isBare
    ? each.bare.replace('ID', idOf(each.id ?? { at: 0 }))
    : `/v2.0/${path}${target}?${query}`;
  const isBulk = each.isBulk && each.method === 'POST';
  const wrapped = isBulk ? { [`${singular}s`]: [own, own] } : { [singular]: own };
  const body = each.below !== '' && each.id !== null ? { ...own, binding: own } : wrapped;
  const reply = await as('blue')(each.method, url, each.method === 'GET' ? undefined : body);
  expectCivil(reply);

  const asked = url + JSON.stringify(body);
  const told = JSON.stringify(reply.body ?? null);
  expect([each.method, url, told]).toEqual([each.method, url, expect.not.stringContaining(SECRET)]);
  for (const id of before.keys()) if (!seen.has(id) && !asked.includes(id)) expect(told).not.toContain(id);
  expect(reds()).toEqual(before);
  expectApart();
  return reply.status;
}

/** Nothing of blue's rests on anything of red's but its shared network. */
function expectApart(): void {
  const { store } = api;
  const projectOf = (name: Collection, id: string) => store.get(name, id)?.projectId;
  for (const port of store.list('ports')) {
    if (port.projectId !== 'blue') continue;
    for (const id of port.securityGroupIds) expect(projectOf('securityGroups', id)).toBe('blue');
    const network = store.get('networks', port.networkId);
    expect(network?.projectId === 'blue' || network?.shared).toBe(true);
    for (const { subnetId } of port.fixedIps)
      expect(store.get('subnets', subnetId)?.networkId).toBe(port.networkId);
  }
  for (const trunk of store.list('trunks'))
    for (const id of [trunk.portId, ...trunk.subPorts.map(({ portId }) => portId)])
      expect(projectOf('ports', id)).toBe(trunk.projectId);
  for (const rule of store.list('securityGroupRules')) {
    expect(projectOf('securityGroups', rule.securityGroupId)).toBe(rule.projectId);
    if (rule.remoteGroupId !== null)
      expect(projectOf('securityGroups', rule.remoteGroupId)).toBe(rule.projectId);
  }
}

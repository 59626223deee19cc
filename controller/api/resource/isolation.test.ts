import { beforeEach, describe, expect, it } from 'vitest';
import { type Reply, type TestApi, testApi } from '../api-fixture.ts';

/** Whatever there is, by every way to it: of another project it does not exist, and readers leave it as it is. */
let api: TestApi;
/** Ids of what project red has, by the path of its kind. */
let red: Readonly<Record<string, string>>;

const KINDS = {
  networks: 'network',
  subnets: 'subnet',
  ports: 'port',
  trunks: 'trunk',
  'security-groups': 'security_group',
  'security-group-rules': 'security_group_rule',
} as const;
type Path = keyof typeof KINDS;
const PATHS = Object.keys(KINDS) as readonly Path[];

function as(project: string, role: string) {
  const headers = { 'x-user-id': 'u', 'x-project-id': project, 'x-roles': role };
  return (method: string, path: string, body?: unknown): Promise<Reply> =>
    api.call(method, path.startsWith('/') ? path : `/v2.0/${path}`, body, headers);
}

/** Bodies of POSTs, given what red has. */
const bodyOf: Readonly<Record<Path, () => object>> = {
  networks: () => ({}),
  subnets: () => ({ network_id: red.networks, ip_version: 4, cidr: '10.0.0.0/24' }),
  ports: () => ({ network_id: red.networks }),
  trunks: () => ({ port_id: red.ports }),
  'security-groups': () => ({}),
  'security-group-rules': () => ({ security_group_id: red['security-groups'], direction: 'ingress' }),
};

beforeEach(async () => {
  api = testApi();
  red = {};
  for (const path of PATHS) {
    const { status, body } = await as('red', 'member')('POST', path, { [KINDS[path]]: bodyOf[path]() });
    expect([path, status]).toEqual([path, 201]);
    red = { ...red, [path]: body[KINDS[path]].id };
  }
});

/** Requests that change something of red's, besides creating: method, path, body. */
const CHANGES: readonly (readonly [method: string, path: () => string, body?: object])[] = [
  ...PATHS.filter((path) => path !== 'security-group-rules').flatMap((path) => [
    ['PUT', () => `${path}/${red[path]}`, { [KINDS[path]]: { name: 'x' } }] as const,
    ['PUT', () => `${path}/${red[path]}/tags`, { tags: ['x'] }] as const,
    ['PUT', () => `${path}/${red[path]}/tags/x`] as const,
    ['DELETE', () => `${path}/${red[path]}/tags`] as const,
  ]),
  ...PATHS.map((path) => ['DELETE', () => `${path}/${red[path]}`] as const),
  ['PUT', () => `trunks/${red.trunks}/add_subports`, { sub_ports: [] }],
  ['PUT', () => `trunks/${red.trunks}/remove_subports`, { sub_ports: [] }],
  ['POST', () => `ports/${red.ports}/bindings`, { binding: { host: 'hv1' } }],
];

describe('another project', () => {
  it.each(PATHS)('finds none of its %s', async (path) => {
    const blue = as('blue', 'member');
    const { status, body } = await blue('GET', `${path}/${red[path]}`);
    expect([status, body.NeutronError.type]).toEqual([404, expect.stringMatching(/NotFound$/)]);
    for (const query of ['', `?id=${red[path]}`, '?project_id=red', '?fields=id']) {
      const { body: list } = await blue('GET', `${path}${query}`);
      expect(JSON.stringify(list)).not.toContain(red[path]);
    }
  });

  it('changes nothing, and learns nothing from trying', async () => {
    const { revision } = api.store;
    for (const [method, path, body] of CHANGES) {
      const { status } = await as('blue', 'member')(method, path(), body);
      expect([method, path(), status]).toEqual([method, path(), 404]);
    }
    expect(api.store.revision).toBe(revision);
  });

  it.each(['subnets', 'ports', 'trunks', 'security-group-rules'] as const)(
    'adds no %s to what is not its own',
    async (path) => {
      const body = { [KINDS[path]]: bodyOf[path]() };
      const { status } = await as('blue', 'member')('POST', path, body);
      expect(status).toBe(404);
      expect(api.store.list('ports')).toHaveLength(1);
    },
  );

  it('refers to nothing that is not its own', async () => {
    const blue = as('blue', 'member');
    const made = await blue('POST', 'networks', { network: {} });
    const port = { network_id: made.body.network.id };
    const group = await blue('POST', 'security-groups', { security_group: {} });
    const own = await blue('POST', 'ports', { port });
    const segment = { segmentation_type: 'vlan', segmentation_id: 5 };
    for (const [path, body] of [
      ['ports', { port: { ...port, security_groups: [red['security-groups']] } }],
      [
        'security-group-rules',
        {
          security_group_rule: {
            security_group_id: group.body.security_group.id,
            direction: 'ingress',
            remote_group_id: red['security-groups'],
          },
        },
      ],
      ['ports', { port: { ...port, fixed_ips: [{ subnet_id: red.subnets }] } }],
      ['ports', { port: { ...port, fixed_ips: [{ subnet_id: red.subnets, ip_address: '10.0.0.9' }] } }],
      ['trunks', { trunk: { port_id: own.body.port.id, sub_ports: [{ port_id: red.ports, ...segment }] } }],
    ] as const)
      expect([path, (await blue('POST', path, body)).status]).toEqual([path, 404]);
    const moved = { port: { fixed_ips: [{ subnet_id: red.subnets }] } };
    expect((await blue('PUT', `ports/${own.body.port.id}`, moved)).status).toBe(404);
  });
});

describe('the owner of a network that others use', () => {
  const [owner, blue, ops] = [as('red', 'member'), as('blue', 'member'), as('ops', 'admin')];
  const segment = { segmentation_type: 'vlan', segmentation_id: 5 };
  let network_id: string;
  /** Ids of the ports of blue and red there. */
  let theirs: string;
  let own: string;

  beforeEach(async () => {
    network_id = red.networks ?? '';
    await ops('PUT', `networks/${network_id}`, { network: { shared: true } });
    theirs = (await blue('POST', 'ports', { port: { network_id } })).body.port.id;
    own = (await owner('POST', 'ports', { port: { network_id } })).body.port.id;
    expect((await owner('GET', `ports/${theirs}`)).status).toBe(200);
  });

  it('carries their ports in no trunk, neither as a parent nor as a subport', async () => {
    const carried = { sub_ports: [{ port_id: theirs, ...segment }] };
    const { revision } = api.store;
    for (const [method, path, body] of [
      ['POST', 'trunks', { trunk: { port_id: theirs } }],
      ['POST', 'trunks', { trunk: { port_id: own, ...carried } }],
      ['PUT', `trunks/${red.trunks}/add_subports`, carried],
    ] as const)
      expect([method, path, (await owner(method, path, body)).status]).toEqual([method, path, 403]);
    expect(api.store.revision).toBe(revision);
    expect((await ops('POST', 'trunks', { trunk: { port_id: own, ...carried } })).status).toBe(201);
  });

  it('is not told what else their guests have, nor whom they talk to', async () => {
    const made = await blue('POST', 'networks', { network: {} });
    const other = await blue('POST', 'ports', { port: { network_id: made.body.network.id } });
    const sub_ports = [{ port_id: other.body.port.id, ...segment }];
    expect((await blue('POST', 'trunks', { trunk: { port_id: theirs, sub_ports } })).status).toBe(201);
    for (const path of [`ports/${theirs}`, 'ports']) {
      expect(JSON.stringify((await blue('GET', path)).body)).toContain('trunk_details');
      const { body } = await owner('GET', path);
      expect(JSON.stringify(body)).not.toMatch(`trunk_details|${other.body.port.id}`);
    }
    for (const [who, status] of [
      [blue, 200],
      [owner, 403],
    ] as const)
      expect((await who('GET', `/v1/ports/${theirs}/connections`)).status).toBe(status);
  });
});

describe('a reader of the project', () => {
  it('sees all, and changes nothing', async () => {
    const reader = as('red', 'reader');
    for (const path of PATHS) expect((await reader('GET', `${path}/${red[path]}`)).status).toBe(200);
    const { revision } = api.store;
    for (const [method, path, body] of CHANGES)
      expect([method, path(), (await reader(method, path(), body)).status]).toEqual([method, path(), 403]);
    for (const path of PATHS)
      expect((await reader('POST', path, { [KINDS[path]]: bodyOf[path]() })).status).toBe(403);
    expect(api.store.revision).toBe(revision);
  });
});

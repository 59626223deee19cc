import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { type TestApi, testApi } from '../api-fixture.ts';
import type { OpenApiDocument } from './document.ts';

async function documentOf(api: TestApi): Promise<OpenApiDocument> {
  return (await api.call('GET', '/openapi.json')).body;
}

const METHODS = ['get', 'post', 'put', 'delete'];
type Described = Readonly<Record<string, Readonly<Record<string, { summary: string; operationId: string }>>>>;
const operationsIn = (document: OpenApiDocument) =>
  Object.entries(document.paths as Described).flatMap(([path, methods]) =>
    METHODS.flatMap((method) => {
      const operation = methods[method];
      return operation === undefined ? [] : [{ path, method, ...operation }];
    }),
  );

describe('/openapi.json', () => {
  it('is valid OpenAPI 3.1, in the judgement of another', async () => {
    const document = await documentOf(testApi());
    const validator = new Validator();
    const result = await validator.validate(structuredClone(document));
    expect([result.errors, validator.version]).toEqual([undefined, '3.1']);
  });

  it('has every path that is served, and every method of it', async () => {
    const api = testApi();
    const routes = new Set<string>();
    api.app.addHook('onRoute', ({ url }) => {
      // Below a plan stands what is described without one.
      if (!url.endsWith('/*')) routes.add(url.replace(/:(\w+)/g, '{$1}'));
    });
    const document = await documentOf(api);
    expect(Object.keys(document.paths as Described).sort()).toEqual([...routes].sort());
    for (const [path, methods] of Object.entries(document.paths as Described))
      for (const method of METHODS) {
        // These would never end here, or only with somebody who reads; they have no other method.
        if (path === '/v1/events' || path === '/v1/backup') continue;
        const { status } = await api.call(method.toUpperCase(), path.replace(/[{}]/g, 'x'));
        const isServed = status !== 405 && !(status === 404 && methods[method] === undefined);
        expect([path, method, isServed]).toEqual([path, method, methods[method] !== undefined]);
      }
  });

  it('tells what each does, in a sentence and by a name of its own', async () => {
    const operations = operationsIn(await documentOf(testApi()));
    for (const { summary } of operations) expect(summary).toMatch(/^[A-Z][^/]*\.$/);
    const names = operations.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
  });

  it('describes objects as they are shown', async () => {
    const api = testApi();
    const document = await documentOf(api);
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(document, 'api');
    const network = await shown('networks', { network: { name: 'a', shared: true } });
    const slaac = { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };
    await shown('subnets', { subnet: { network_id: network, ip_version: 6, cidr: 'fd00::/64', ...slaac } });
    await shown('subnets', {
      subnet: { network_id: network, ip_version: 4, cidr: '10.0.0.0/24', gateway_ip: null },
    });
    const parent = await shown('ports', {
      port: { network_id: network, extra_dhcp_opts: [{ opt_name: 'mtu', opt_value: '1400' }] },
    });
    const sub = await shown('ports', {
      port: { network_id: network, allowed_address_pairs: [{ ip_address: '10.0.0.9' }] },
    });
    await shown('trunks', {
      trunk: {
        port_id: parent,
        sub_ports: [{ port_id: sub, segmentation_type: 'vlan', segmentation_id: 7 }],
      },
    });
    expectDescribed('port', (await api.call('GET', `/v2.0/ports/${parent}`)).body.port);
    const group = await shown('security-groups', { security_group: {} });
    await shown('security-group-rules', {
      security_group_rule: { security_group_id: group, direction: 'ingress', protocol: 'tcp' },
    });
    await shown('networks', { network: { 'provider:network_type': 'local' } });

    /** Creates one; what is answered has to be as described, with all of it described. */
    async function shown(plural: string, body: Readonly<Record<string, object>>): Promise<string> {
      const [kind = ''] = Object.keys(body);
      const answer = await api.call('POST', `/v2.0/${plural}`, body);
      expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
      expectDescribed(kind, answer.body[kind]);
      return answer.body[kind].id;
    }

    function expectDescribed(kind: string, object: object): void {
      const validate = ajv.getSchema(`api#/components/schemas/${kind}`);
      expect(validate?.(object) === true ? [] : validate?.errors).toEqual([]);
      const schema = document.components.schemas[kind] as { properties: Record<string, object> };
      for (const [name, value] of Object.entries(object)) {
        expect([kind, name, Object.keys(schema.properties)]).toEqual([
          kind,
          name,
          expect.arrayContaining([name]),
        ]);
        // An attribute of which nothing is told is one that somebody forgot.
        const { readOnly: _, description: __, ...told } = schema.properties[name] as Record<string, unknown>;
        expect([kind, name, value, Object.keys(told).length > 0]).toEqual([kind, name, value, true]);
      }
    }
  });
});

describe('/docs', () => {
  it('is one page that loads nothing', async () => {
    const response = await testApi().app.inject('/docs');
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(response.body).toContain('/v2.0/networks/{id}');
    expect(response.body).not.toMatch(/<script|<link|<img|src=|@import|https?:\/\//);
  });
});

import { describe, expect, it } from 'vitest';
import { GOLDEN_SETTINGS, type TestApi, testApi } from '../api-fixture.ts';

async function aliases(api: TestApi): Promise<readonly string[]> {
  const { body } = await api.call('GET', '/v2.0/extensions');
  return body.extensions.map(({ alias }: { alias: string }) => alias);
}

describe.each([
  ['vlan_transparent', 'vlan-transparent', { vlanTransparent: true }],
  ['qinq', 'qinq', { qinq: true }],
])('%s', (attribute, alias, offer) => {
  it('is unknown where the operator does not offer it', async () => {
    const api = testApi();
    const { status, body } = await api.call('POST', '/v2.0/networks', { network: { [attribute]: false } });
    expect([status, body.NeutronError.message]).toEqual([400, `Unrecognized attribute(s) '${attribute}'`]);
    const made = await api.call('POST', '/v2.0/networks', { network: {} });
    expect(made.body.network).not.toHaveProperty(attribute);
    expect((await api.call('GET', `/v2.0/networks?${attribute}=false`)).status).toBe(400);
    expect(await aliases(api)).not.toContain(alias);
  });

  it('is shown where it is offered, and refused while no flow carries the tags', async () => {
    const api = testApi({ ...GOLDEN_SETTINGS, ...offer });
    const made = await api.call('POST', '/v2.0/networks', { network: { [attribute]: 'False' } });
    expect(made.body.network[attribute]).toBe(false);
    expect((await api.call('GET', `/v2.0/networks?${attribute}=false`)).body.networks).toHaveLength(1);
    expect(await aliases(api)).toContain(alias);
    const { status, body } = await api.call('POST', '/v2.0/networks', { network: { [attribute]: true } });
    expect([status, body.NeutronError]).toEqual([
      400,
      {
        type: 'VlanTransparencyDriverError',
        message: 'Backend does not support VLAN Transparency.',
        detail: '',
      },
    ]);
  });
});

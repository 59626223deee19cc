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

  it('is shown where it is offered, and kept', async () => {
    const api = testApi({ ...GOLDEN_SETTINGS, ...offer });
    const made = await api.call('POST', '/v2.0/networks', { network: { [attribute]: 'False' } });
    expect(made.body.network[attribute]).toBe(false);
    expect((await api.call('GET', `/v2.0/networks?${attribute}=false`)).body.networks).toHaveLength(1);
    expect(await aliases(api)).toContain(alias);
    const vlan = { 'provider:network_type': 'vlan', 'provider:physical_network': 'physnet1' };
    const tagged = await api.call('POST', '/v2.0/networks', { network: { ...vlan, [attribute]: true } });
    expect(tagged.body.network).toMatchObject({ [attribute]: true, mtu: 1496 });
    expect(
      (await api.call('PUT', `/v2.0/networks/${tagged.body.network.id}`, { network: { [attribute]: false } }))
        .status,
    ).toBe(400);
  });
});

it.each([
  ['local', 1500],
  ['vxlan', 1450 - 20],
  ['gre', 1458 - 20],
  ['geneve', 1442 - 20],
])('a network of type %s has an MTU of %i when tunnels go over IPv6', async (type, mtu) => {
  const api = testApi({ ...GOLDEN_SETTINGS, overlayIpVersion: 6 });
  const { body } = await api.call('POST', '/v2.0/networks', { network: { 'provider:network_type': type } });
  expect(body.network.mtu).toBe(mtu);
});

describe('tags of guests', () => {
  const api = () => testApi({ ...GOLDEN_SETTINGS, vlanTransparent: true, qinq: true });
  const ask = async (network: object) => {
    const { status, body } = await api().call('POST', '/v2.0/networks', { network });
    return status === 201 ? body.network.mtu : `${status} ${body.NeutronError.message}`;
  };

  it.each([
    ['local', 1500 - 4],
    ['vxlan', 1450 - 8],
    ['gre', 1458 - 8],
    ['geneve', 1442 - 8],
  ])('cross a transparent network of type %s, which leaves an MTU of %i', async (type, mtu) => {
    expect(await ask({ 'provider:network_type': type, vlan_transparent: true })).toBe(mtu);
  });

  it('are refused where the data plane cannot carry them', async () => {
    const flat = { 'provider:network_type': 'flat', 'provider:physical_network': 'physnet1' };
    expect(await ask({ ...flat, vlan_transparent: true })).toBe(
      '400 Backend does not support VLAN Transparency.',
    );
    expect(await ask({ qinq: true })).toMatch(
      /^400 .*qinq needs a network of type vlan, and this one is of type vxlan/,
    );
    expect(await ask({ vlan_transparent: true, qinq: true })).toMatch(/^400 .*can not both be true/);
  });
});

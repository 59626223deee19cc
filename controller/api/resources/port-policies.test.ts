import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupSetKey } from '#controller/store/indexes';
import type { StoreView } from '#controller/store/store';
import { type TestApi, testApi } from '../api-fixture.ts';

const GROUPS = 3;
const groupIndexes = fc.subarray([...Array(GROUPS).keys()]);
const request = fc.oneof(
  fc.record({
    does: fc.constant('create' as const),
    groups: groupIndexes,
    owner: fc.constantFrom('', 'network:dhcp'),
  }),
  fc.record({ does: fc.constant('refused' as const), groups: groupIndexes }),
  fc.record({ does: fc.constant('regroup' as const), port: fc.nat(9), groups: groupIndexes }),
  fc.record({ does: fc.constant('unguard' as const), port: fc.nat(9) }),
  fc.record({ does: fc.constant('guard' as const), port: fc.nat(9) }),
  fc.record({ does: fc.constant('delete' as const), port: fc.nat(9) }),
  fc.record({ does: fc.constant('deleteNetwork' as const) }),
);
type Request = typeof request extends fc.Arbitrary<infer R> ? R : never;

describe('policies', () => {
  it('are the sets of groups that ports have, and keep their keys while one has them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 5, maxLength: 30, size: 'max' }), async (requests) => {
        const api = testApi();
        const groups: string[] = [];
        for (let group = 0; group < GROUPS; group++) {
          const { body } = await api.call('POST', '/v2.0/security-groups', { security_group: {} });
          groups.push(body.security_group.id);
        }
        // What keys meant so far: none ever comes to mean anything else.
        const meanings = new Map<number, string>();
        let before = new Map<string, number>();
        for (const each of requests) {
          await send(api, each, groups);
          const now = policies(api.store);
          expect([...now.keys()].sort()).toEqual(setsInUse(api.store));
          for (const [set, key] of now) {
            expect(meanings.get(key) ?? set).toBe(set);
            meanings.set(key, set);
            expect(before.get(set) ?? key).toBe(key);
          }
          before = now;
        }
      }),
      { numRuns: 60 },
    );
  });
});

async function send(api: TestApi, each: Request, groups: readonly string[]): Promise<void> {
  const ids = 'groups' in each ? each.groups.map((at) => groups[at]) : [];
  const [network = { id: '' }] = api.store.list('networks');
  const ports = api.store.list('ports');
  const port = ports[('port' in each ? each.port : 0) % Math.max(1, ports.length)]?.id ?? 'none';
  const update = (changes: object) => api.call('PUT', `/v2.0/ports/${port}`, { port: changes });
  switch (each.does) {
    case 'create': {
      const made = network.id === '' ? await api.call('POST', '/v2.0/networks', { network: {} }) : undefined;
      const network_id = made?.body.network.id ?? network.id;
      const asked = each.owner === '' ? { security_groups: ids } : { device_owner: each.owner };
      await api.call('POST', '/v2.0/ports', { port: { network_id, ...asked } });
      return;
    }
    case 'refused':
      // Its second part is refused, so the first must leave nothing.
      await api.call('POST', '/v2.0/ports', {
        ports: [{ network_id: network.id, security_groups: ids }, { network_id: 'none' }],
      });
      return;
    case 'regroup':
      await update({ security_groups: ids });
      return;
    case 'unguard':
      await update({ port_security_enabled: false, security_groups: [] });
      return;
    case 'guard':
      await update({ port_security_enabled: true });
      return;
    case 'delete':
      await api.call('DELETE', `/v2.0/ports/${port}`);
      return;
    case 'deleteNetwork':
      await api.call('DELETE', `/v2.0/networks/${network.id}`);
  }
}

function policies(store: StoreView): Map<string, number> {
  const all = store.list('policies');
  const keys = new Map(all.map((policy) => [groupSetKey(policy), policy.key]));
  expect(keys.size).toBe(all.length);
  return keys;
}

function setsInUse(store: StoreView): readonly string[] {
  const guarded = store.list('ports').filter(({ portSecurityEnabled }) => portSecurityEnabled);
  return [...new Set(guarded.map(groupSetKey))].sort();
}

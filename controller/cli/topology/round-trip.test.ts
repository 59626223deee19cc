import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomTopology } from './random-topology-fixture.ts';
import { linesOf, TopologyServer } from './topology-fixture.ts';

/** Each run makes controllers and asks them some hundred times. */
const RUNS = 10;
const TIMEOUT = 120_000;

describe('any topology', () => {
  it(
    'is there after it was applied, on a new controller and on one that had another; what somebody else made stays',
    async () => {
      await fc.assert(
        fc.asyncProperty(randomTopology, randomTopology, async (first, second) => {
          const server = new TopologyServer();
          await server.apply(first);
          expect(linesOf(await server.plan(first, { prune: true }))).toEqual([]);
          const foreign = await addForeign(server);
          await server.apply(second, { prune: true });
          expect(linesOf(await server.plan(second, { prune: true }))).toEqual([]);
          for (const { path, object } of foreign) expect(await server.request('GET', path)).toEqual(object);
        }),
        { numRuns: RUNS },
      );
    },
    TIMEOUT,
  );

  it(
    'comes out and makes another controller equal',
    async () => {
      await fc.assert(
        fc.asyncProperty(randomTopology, randomTopology, async (first, second) => {
          const [one, other] = [new TopologyServer(), new TopologyServer()];
          await one.apply(first);
          await one.apply(second, { prune: true });
          const exported = await one.export();
          await other.apply(JSON.stringify(exported));
          expect(await other.export()).toEqual(exported);
          expect(linesOf(await one.plan(JSON.stringify(exported)))).toEqual([]);
          expect(linesOf(await other.plan(JSON.stringify(exported)))).toEqual([]);
        }),
        { numRuns: RUNS },
      );
    },
    TIMEOUT,
  );
});

/** Objects of somebody else that hold on to those of the topology. */
async function addForeign(server: TopologyServer) {
  const made: { path: string; object: unknown }[] = [];
  const add = async (plural: string, singular: string, attributes: object) => {
    const path = plural.replaceAll('_', '-');
    const answer = await server.request('POST', `/v2.0/${path}`, { [singular]: attributes });
    const { id } = (answer as Record<string, { id: string }>)[singular] ?? { id: '' };
    made.push({ path: `/v2.0/${path}/${id}`, object: answer });
    return id;
  };
  const { networks } = (await server.request('GET', '/v2.0/networks')) as { networks: { id: string }[] };
  const { security_groups: groups } = (await server.request('GET', '/v2.0/security-groups')) as {
    security_groups: { id: string }[];
  };
  const [network] = networks;
  const own = await add('networks', 'network', { name: 'n-foreign', tags: undefined });
  await add('ports', 'port', {
    network_id: own,
    name: 'p-foreign',
    security_groups: groups.slice(0, 1).map(({ id }) => id),
  });
  if (network !== undefined) {
    await add('subnets', 'subnet', { network_id: network.id, ip_version: 4, cidr: '172.16.0.0/24' });
    await add('ports', 'port', { network_id: network.id, fixed_ips: [] });
  }
  return Promise.all(made.map(async ({ path }) => ({ path, object: await server.request('GET', path) })));
}

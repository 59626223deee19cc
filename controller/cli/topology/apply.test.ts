import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { linesOf, TopologyServer } from './topology-fixture.ts';

const EXAMPLE = readFileSync(new URL('../../../docs/topology.example.yaml', import.meta.url), 'utf8');

describe('the example', () => {
  it('is applied in an order that works, and then there is nothing to do', async () => {
    const server = new TopologyServer();
    const plan = await server.apply(EXAMPLE);
    expect(linesOf(plan).filter((line) => line.startsWith('+'))).toEqual([
      '+ security-group web',
      '+ security-group database',
      '+ network red',
      '+ network blue',
      '+ subnet red-v4',
      '+ subnet red-v6',
      '+ subnet 10.0.0.0/24',
      '+ port web1',
      '+ port db1',
      '+ port router',
      '+ port router-blue',
      '+ trunk router-trunk',
    ]);
    expect(linesOf(await server.plan(EXAMPLE))).toEqual([]);
    expect(linesOf(await server.plan(EXAMPLE, { prune: true, adopt: true }))).toEqual([]);
  });

  it('comes out of one controller and makes another one equal', async () => {
    const [one, other] = [new TopologyServer(), new TopologyServer()];
    await one.apply(EXAMPLE);
    const exported = await one.export();
    await other.apply(JSON.stringify(exported));
    expect(await other.export()).toEqual(exported);
    expect(linesOf(await other.plan(JSON.stringify(exported)))).toEqual([]);
    // What was the example’s is so on the other one too.
    expect(linesOf(await other.plan(EXAMPLE, { prune: true }))).toEqual([]);
  });
});

import { expect, it } from 'vitest';
import { openMemoryStore } from '#controller/store/memory-store';
import { sampleChassis, sampleNetwork, samplePort, sampleVif } from '#controller/store/sample-records';
import { placementOf, tenantPlacementOf } from './placement.ts';
import { ScriptedSwitch } from './status-fixture.ts';

/** What an admin is told of a port that is plugged at some hypervisors and wired at one. */
async function placement(plugged: readonly string[], home: string | undefined, changes: object = {}) {
  const store = openMemoryStore();
  const port = { ...samplePort('p'), ...changes };
  const type = port.networkId === 'geneve' ? 'geneve' : 'vxlan';
  await store.transact((tx) => {
    tx.put('ports', 'p', port);
    tx.put('networks', port.networkId, sampleNetwork(port.networkId, { type }));
    for (const id of ['hv1', 'hv2']) tx.put('chassis', id, sampleChassis(id));
    for (const id of plugged) tx.put('vifs', `${id}/p`, sampleVif(id, 'p'));
  });
  const facts = { store, model: { homeOf: () => home }, switchOf: () => new ScriptedSwitch() };
  const forTenant = tenantPlacementOf(port, facts);
  expect([forTenant.switch, forTenant.plugged]).toEqual([null, null]);
  expect(forTenant.problem ?? '').not.toContain('hv');
  const { switch: where, problem, plugged: found } = placementOf(port, facts);
  expect(problem === null).toBe(forTenant.problem === null);
  return [where, found?.map((each) => each.switch), problem];
}

it('tells where a port is and why it does not work, and tenants of no hypervisor', async () => {
  const down = { status: 'DOWN' };
  expect(await placement([], undefined, down)).toEqual([null, [], 'it is not plugged']);
  expect(await placement(['hv1'], undefined, down)).toEqual([
    null,
    ['hv1'],
    'it is plugged into hv1, where its binding does not let it be',
  ]);
  expect(await placement(['hv1', 'hv2'], 'hv2', { status: 'ACTIVE' })).toEqual(['hv2', ['hv1', 'hv2'], null]);
  expect(await placement([], 'hv1', down)).toEqual(['hv1', [], 'its switch has not confirmed its flows yet']);
  expect(await placement(['hv1'], 'hv1', { ...down, networkId: 'geneve' })).toEqual([
    'hv1',
    ['hv1'],
    'its hypervisor hv1 has no geneve tunnel port (external_ids:tenantflow-encap-type)',
  ]);
  expect(await placement(['hv1'], 'hv1', { ...down, adminStateUp: false })).toEqual([
    'hv1',
    ['hv1'],
    'it is administratively down',
  ]);
});

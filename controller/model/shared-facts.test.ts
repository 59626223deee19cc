import { expect, it } from 'vitest';
import type { AnyFact } from '#apps';
import { sampleVif } from '#controller/store/sample-records';
import type { Change } from '#controller/store/store';
import { Model } from './model.ts';
import { chassisRecord, networkRecord, portRecord } from './model-fixture.ts';

it('gives all switches one object of what is one fact, also those that come later, and no more than they say', () => {
  const model = new Model();
  const [a, b, c] = [1, 2, 3].map((number) => chassisRecord(`hv${number}`, number, TUNNELS));
  model.apply([
    put('networks', networkRecord('net', 1)),
    ...[a, b, c].flatMap((chassis) => (chassis ? [put('chassis', chassis)] : [])),
    ...[1, 2].flatMap((number) => [
      put('ports', portRecord(`p${number}`, number, 'net')),
      put('vifs', sampleVif(`hv${number}`, `p${number}`)),
    ]),
  ]);
  const fact = (chassisId: string, key: number): AnyFact | undefined =>
    [...model.facts(chassisId)].find((each) => each.kind === 'remotePort' && each.key === key);
  expect(fact('hv1', 2)).toBeDefined();
  model.apply([put('ports', portRecord('p3', 3, 'net')), put('vifs', sampleVif('hv3', 'p3'))]);
  expect(fact('hv3', 2)).toBe(fact('hv1', 2));
  expect(fact('hv1', 3)).toBe(fact('hv2', 3));

  const moved = portRecord('p2', 2, 'net', { macAddress: 'fa:16:3e:99:99:99' });
  const before = fact('hv1', 2);
  model.apply([put('ports', moved)]);
  expect(fact('hv1', 2)).not.toEqual(before);
  expect(fact('hv3', 2)).toBe(fact('hv1', 2));
});

it('keeps the one object of a fact when something was tried out, and shares what comes by that, too', () => {
  const model = new Model();
  model.apply([
    put('networks', networkRecord('net', 1)),
    ...[1, 2, 3].map((number) => put('chassis', chassisRecord(`hv${number}`, number, TUNNELS))),
    ...[1, 2, 3].flatMap((number) => [
      put('ports', portRecord(`p${number}`, number, 'net')),
      put('vifs', sampleVif(`hv${number}`, `p${number}`)),
    ]),
  ]);
  const facts = () => ['hv1', 'hv2', 'hv3'].map((id) => [...model.facts(id)]);
  const before = facts();
  const moved = put('ports', portRecord('p2', 2, 'net', { macAddress: 'fa:16:3e:99:99:99' }));
  const remotes = [...model.preview(() => [moved])].flatMap((delta) =>
    (delta?.come ?? []).filter(({ kind }) => kind === 'remotePort'),
  );
  expect(remotes).toHaveLength(2);
  expect(remotes[0]).toBe(remotes[1]);
  for (const [at, ofSwitch] of facts().entries())
    for (const [index, fact] of ofSwitch.entries()) expect(fact).toBe(before[at]?.[index]);
});

it('keeps nothing of a fact that no switch has any more', () => {
  const model = new Model();
  model.apply([
    put('networks', networkRecord('net', 1)),
    ...[1, 2].map((number) => put('chassis', chassisRecord(`hv${number}`, number, TUNNELS))),
    ...[1, 2].flatMap((number) => [
      put('ports', portRecord(`p${number}`, number, 'net')),
      put('vifs', sampleVif(`hv${number}`, `p${number}`)),
    ]),
  ]);
  const remotePort = () => [...model.facts('hv1')].find(({ kind }) => kind === 'remotePort');
  const before = remotePort();
  expect(before).toBeDefined();
  model.apply([{ collection: 'ports', id: 'p2' }]);
  expect(remotePort()).toBeUndefined();
  model.apply([put('ports', portRecord('p2', 2, 'net'))]);
  expect(remotePort()).toEqual(before);
  expect(remotePort()).not.toBe(before);
});

const TUNNELS = { tunnelPorts: { vxlan: 65_001 } };

function put(collection: Change['collection'], after: { readonly id: string }): Change {
  return { collection, id: after.id, after } as Change;
}

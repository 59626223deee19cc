import { beforeEach, describe, expect, it } from 'vitest';
import { sampleChassis, sampleVif } from '#controller/store/sample-records';
import { TrunkBench } from './trunk-fixture.ts';

let bench: TrunkBench;

beforeEach(async () => {
  bench = await TrunkBench.open();
});

describe('where a trunk is', () => {
  const binding = async (name: string) => {
    const { device_owner, ...shown } = await bench.show(name);
    return [device_owner, shown['binding:host_id'], shown['binding:vif_type']];
  };
  const unbound = ['', '', 'unbound'];
  const host = () =>
    bench.api.store.transact((tx) => {
      const physicalNetworks = [{ name: 'physnet1', bridge: 'br-ex', ofport: 2, key: 9 }];
      tx.put('chassis', 'hv1', sampleChassis('hv1', { physicalNetworks }));
    });

  it('subports are, too', async () => {
    await host();
    const { body } = await bench.create([bench.sub('a', 1)]);
    expect(await binding('a')).toEqual(unbound);
    await bench.bind('parent', 'hv1');
    expect(await binding('a')).toEqual(['trunk:subport', 'hv1', 'ovs']);
    await bench.act(body.trunk.id, 'add_subports', [bench.sub('b', 2)]);
    expect(await binding('b')).toEqual(['trunk:subport', 'hv1', 'ovs']);
    await bench.act(body.trunk.id, 'remove_subports', [{ port_id: bench.ids.a }]);
    expect(await binding('a')).toEqual(unbound);
    await bench.bind('parent', null);
    expect(await binding('b')).toEqual(unbound);
  });

  it('is decided at once when it is made of a parent that is bound or plugged, and undone when it is deleted', async () => {
    await host();
    await bench.bind('parent', 'hv1');
    await bench.api.store.transact((tx) =>
      tx.put('vifs', 'hv1/o', { ...sampleVif('hv1', bench.ids.other ?? '') }),
    );
    const bound = await bench.create([bench.sub('a', 1)]);
    const plugged = await bench.create([bench.sub('b', 1)], 'other');
    expect(await binding('a')).toEqual(['trunk:subport', 'hv1', 'ovs']);
    expect(await binding('b')).toEqual(['trunk:subport', '', 'unbound']);
    for (const { body } of [bound, plugged])
      expect((await bench.api.call('DELETE', `/v2.0/trunks/${body.trunk.id}`)).status).toBe(204);
    expect([await binding('a'), await binding('b')]).toEqual([unbound, unbound]);
  });

  it('may not be changed on a host that is not ours', async () => {
    await bench.bind('other', 'elsewhere');
    expect(bench.told(await bench.create([], 'other'))[1]).toBe('ParentPortInUse');
    const { body } = await bench.create([bench.sub('a', 1)]);
    await bench.bind('parent', 'elsewhere');
    expect(await binding('a')).toEqual(unbound);
    const reply = await bench.api.call('DELETE', `/v2.0/trunks/${body.trunk.id}`);
    expect(bench.told(reply, body.trunk.id)).toEqual([409, 'TrunkInUse', 'Trunk TRUNK is currently in use.']);
  });
});

describe('many at once', () => {
  it('let one of two subports have a VLAN', async () => {
    const { body } = await bench.create();
    const replies = await Promise.all(
      ['a', 'b'].map((name) => bench.act(body.trunk.id, 'add_subports', [bench.sub(name, 7)])),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(bench.api.store.get('trunks', body.trunk.id)?.subPorts).toHaveLength(1);
  });

  it('let one of two trunks have a port, as parent or as subport', async () => {
    const replies = await Promise.all([
      bench.create([bench.sub('a', 7)]),
      bench.create([bench.sub('a', 8)], 'other'),
      bench.create([], 'a'),
      bench.create([], 'parent'),
    ]);
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
  });

  it('leave no trunk with a port that is gone', async () => {
    const { body } = await bench.create();
    for (let round = 0; round < 20; round++) {
      await bench.port('x', 'wide');
      const path = `/v2.0/ports/${bench.ids.x}`;
      const entering = () => bench.act(body.trunk.id, 'add_subports', [bench.sub('x', round + 1)]);
      const deleting = () => bench.api.call('DELETE', path);
      const replies = await Promise.all(
        (round % 2 === 0 ? [entering, deleting] : [deleting, entering]).map((start) => start()),
      );
      const statuses = replies.map(({ status }) => status).sort();
      expect(['200,409', '204,404']).toContain(String(statuses));
      for (const { portId } of bench.api.store.get('trunks', body.trunk.id)?.subPorts ?? [])
        expect(bench.api.store.get('ports', portId)).toBeDefined();
    }
  });
});

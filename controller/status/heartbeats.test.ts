import { expect, it } from 'vitest';
import { Heartbeats } from './heartbeats.ts';

it('remembers when a hypervisor came and when it was last there', () => {
  let now = 1000;
  const alive = new Set<string>();
  const heartbeats = new Heartbeats(
    (id) => alive.has(id),
    () => now,
  );
  heartbeats.look('hv1');
  expect(heartbeats.of('hv1')).toBeUndefined();
  alive.add('hv1');
  heartbeats.look('hv1');
  now = 2000;
  heartbeats.look('hv1');
  expect(heartbeats.of('hv1')).toEqual({ isAlive: true, startedAt: 1000, seenAt: 2000 });
  now = 3000;
  alive.clear();
  heartbeats.look('hv1');
  now = 4000;
  expect(heartbeats.of('hv1')).toEqual({ isAlive: false, startedAt: 1000, seenAt: 3000 });
  alive.add('hv1');
  expect(heartbeats.of('hv1')).toEqual({ isAlive: true, startedAt: 4000, seenAt: 4000 });
  alive.clear();
  heartbeats.forget('hv1');
  expect(heartbeats.of('hv1')).toBeUndefined();
});

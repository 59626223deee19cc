import { expect, it } from 'vitest';
import { Claims } from './claims.ts';

const hv1 = { systemId: 'hv1', hostname: 'host1', encapIps: ['192.0.2.1'] };
const hv2 = { systemId: 'hv2', hostname: 'host2', encapIps: ['192.0.2.2'] };
const [first, second] = [{ peer: 'a:1' }, { peer: 'b:2' }];

it.each([
  [{ systemId: 'hv1' }, 'two hypervisors claim system-id hv1: a:1 and b:2'],
  [{ hostname: 'host1' }, 'two hypervisors claim hostname host1: a:1 and b:2'],
  [
    { encapIps: ['fd00::9', '192.0.2.1'] },
    'two hypervisors claim tenantflow-encap-ip 192.0.2.1: a:1 and b:2',
  ],
  [{ hostname: 'hv1' }, 'two hypervisors claim the name hv1: a:1 as system-id and b:2 as hostname'],
  [{ systemId: 'host1' }, 'two hypervisors claim the name host1: a:1 as hostname and b:2 as system-id'],
])('refuses %o that another holds, and says who both are', (names, problem) => {
  const claims = new Claims<{ peer: string }>(() => {});
  claims.take(first, hv1);
  expect(claims.conflict(first, { ...hv1, ...names })).toBeUndefined();
  expect(claims.conflict(second, hv2)).toBeUndefined();
  expect(claims.conflict(second, { ...hv2, ...names })).toEqual({ holder: first, problem });
});

it('knows a hypervisor whose hostname is its system-id', () => {
  const claims = new Claims<{ peer: string }>(() => {});
  claims.take(first, { ...hv1, hostname: 'hv1' });
  expect(claims.conflict(second, { ...hv2, systemId: 'hv1' })?.problem).toBe(
    'two hypervisors claim system-id hv1: a:1 and b:2',
  );
  claims.release(first);
  expect(claims.conflict(second, { ...hv2, systemId: 'hv1' })).toBeUndefined();
});

it('frees the names that a claimant no longer uses', () => {
  let freed = 0;
  const claims = new Claims<{ peer: string }>(() => {
    freed += 1;
  });
  claims.take(first, hv1);
  claims.take(first, hv1);
  expect(freed).toBe(0);
  claims.take(first, { ...hv1, encapIps: hv2.encapIps });
  expect(freed).toBe(1);
  const taken = { ...hv2, encapIps: hv1.encapIps };
  expect(claims.conflict(second, taken)).toBeUndefined();
  claims.take(second, taken);
  expect(claims.holderOf('hv1')).toBe(first);
  claims.release(first);
  claims.release(first);
  expect(freed).toBe(2);
  expect(claims.holderOf('hv1')).toBeUndefined();
  expect(claims.conflict(first, hv2)?.holder).toBe(second);
});

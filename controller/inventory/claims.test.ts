import { expect, it } from 'vitest';
import { Claims } from './claims.ts';

const hv1 = { systemId: 'hv1', encapIp: '192.0.2.1' };
const hv2 = { systemId: 'hv2', encapIp: '192.0.2.2' };

it('refuses a name that another holds, and says who both are', () => {
  const claims = new Claims<{ peer: string }>(() => {});
  const [first, second] = [{ peer: 'a:1' }, { peer: 'b:2' }];
  expect(claims.take(first, hv1)).toBeUndefined();
  expect(claims.take(first, hv1)).toBeUndefined();
  expect(claims.take(second, hv1)).toEqual({
    holder: first,
    problem: 'two hypervisors claim system-id hv1: a:1 and b:2',
  });
  expect(claims.take(second, { ...hv2, encapIp: hv1.encapIp })).toEqual({
    holder: first,
    problem: 'two hypervisors claim tenantflow-encap-ip 192.0.2.1: a:1 and b:2',
  });
  expect(claims.holderOf('hv2')).toBeUndefined();
});

it('frees the names that a claimant no longer uses', () => {
  let freed = 0;
  const claims = new Claims<{ peer: string }>(() => {
    freed += 1;
  });
  const [first, second] = [{ peer: 'a:1' }, { peer: 'b:2' }];
  claims.take(first, hv1);
  claims.take(first, { ...hv1, encapIp: hv2.encapIp });
  expect(freed).toBe(1);
  expect(claims.take(second, { ...hv2, encapIp: hv1.encapIp })).toBeUndefined();
  claims.release(first);
  claims.release(first);
  expect(freed).toBe(2);
  expect(claims.take(first, hv2)?.holder).toBe(second);
});

import { describe, expect, it } from 'vitest';
import { readAllowList } from './allow-list.ts';

const home = { address: '192.0.2.11' };

describe('a list of hypervisors', () => {
  const admit = readAllowList(`
- system-id: hv1
- { system-id: hv2, certificate: "hv2 id:7" }
- { system-id: hv3, address: "2001:DB8::1" }
`);

  it('admits who is in it', () => {
    expect(admit('hv1', home)).toBeUndefined();
    expect(admit('hv1', { ...home, certificate: 'anybody' })).toBeUndefined();
    expect(admit('hv4', home)).toBe('system-id hv4 is not in the list of hypervisors');
  });

  it('asks for the certificate that it names', () => {
    expect(admit('hv2', { ...home, certificate: 'hv2 id:7' })).toBeUndefined();
    expect(admit('hv2', { ...home, certificate: 'hv1 id:7' })).toBe(
      'system-id hv2 has to come with the certificate of "hv2 id:7", and came as "hv1 id:7"',
    );
    expect(admit('hv2', home)).toContain('and came without a certificate');
  });

  it('asks for the address that it names, however it is written', () => {
    expect(admit('hv3', { address: '2001:db8::1' })).toBeUndefined();
    expect(admit('hv3', home)).toBe('system-id hv3 has to come from 2001:db8::1, and came from 192.0.2.11');
  });

  it('admits nobody when it is empty', () => {
    expect(readAllowList('')('hv1', home)).toContain('is not in the list');
  });

  it.each([
    ['hv1: yes', 'top level: must be a list of hypervisors'],
    ['- hv1', 'hypervisor 1: Invalid input: expected object, received string'],
    ['- { system-id: 7 }', 'hypervisor 1: system-id: must be text'],
    ['- { system-id: a/b }', 'hypervisor 1: system-id: is not a plain name'],
    ['- { system-id: hv1, address: nowhere }', 'hypervisor 1: address: is not an IP address'],
    ['- { system-id: hv1, adress: 192.0.2.1 }', 'hypervisor 1: Unrecognized key: "adress"'],
    ['- { system-id: hv1 }\n- { system-id: hv1 }', 'hypervisor 2: has the system-id of another'],
    ['- {', 'Flow map'],
  ])('says what is wrong with %j', (text, problem) => {
    expect(() => readAllowList(text)).toThrow(problem);
  });
});

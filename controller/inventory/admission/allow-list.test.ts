import { describe, expect, it } from 'vitest';
import { readAllowList } from './allow-list.ts';

const home = { address: '192.0.2.11' };

describe('a list of hypervisors', () => {
  const admit = readAllowList(`
- system-id: hv1
- { system-id: hv2, certificate: "hv2 id:7" }
- { system-id: hv3, address: "2001:DB8::1" }
- { system-id: hv5, hostname: compute5 }
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

  it('asks for the hostname that it names, and lets nobody else have it, nor another’s system-id', () => {
    expect([admit('hv5', home, 'compute5'), admit('hv1', home, 'compute1')]).toEqual([undefined, undefined]);
    expect([admit('hv5', home), admit('hv1', home, 'hv1')]).toEqual([undefined, undefined]);
    expect(admit('hv5', home, 'hv5')).toBe('system-id hv5 has to have the hostname compute5, and has hv5');
    expect(admit('hv1', home, 'compute5')).toBe(
      'hostname compute5 is that of system-id hv5 in the list of hypervisors',
    );
    expect(admit('hv1', home, 'hv2')).toBe(
      'hostname hv2 is that of system-id hv2 in the list of hypervisors',
    );
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
    ['- { system-id: hv1, hostname: hv2 }\n- { system-id: hv2 }', 'hypervisor 1: has for its hostname'],
    [
      '- { system-id: hv1, hostname: c }\n- { system-id: hv2, hostname: c }',
      'hypervisor 2: has for its hostname a name of another',
    ],
    ['- {', 'Flow map'],
  ])('says what is wrong with %j', (text, problem) => {
    expect(() => readAllowList(text)).toThrow(problem);
  });
});

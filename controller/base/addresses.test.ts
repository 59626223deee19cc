import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contains,
  eui64,
  formatCidr,
  formatIp,
  overlap,
  parseCidr,
  parseIp,
  parseMac,
  subscriberOf,
} from './addresses.ts';

const bits4 = fc.bigInt(0n, 2n ** 32n - 1n);
const bits6 = fc.bigInt(0n, 2n ** 128n - 1n);

describe('addresses', () => {
  it('are read back as they were written', () => {
    fc.assert(
      fc.property(bits4, (bits) => {
        expect(parseIp(formatIp(4, bits))).toEqual({ version: 4, bits });
      }),
    );
    fc.assert(
      fc.property(bits6, (bits) => {
        expect(parseIp(formatIp(6, bits))).toEqual({ version: 6, bits });
      }),
    );
  });

  it('are written as Node reads them', () => {
    fc.assert(
      fc.property(bits4, (bits) => {
        expect(isIPv4(formatIp(4, bits))).toBe(true);
      }),
    );
    fc.assert(
      fc.property(bits6, (bits) => {
        expect(isIPv6(formatIp(6, bits))).toBe(true);
      }),
    );
  });

  it('are refused where Node refuses them, or where they carry a zone', () => {
    const text = fc.oneof(
      fc.ipV4Extended(),
      fc.ipV6(),
      fc.string(),
      fc.stringMatching(/^[0-9a-f:.%]{0,20}$/),
      fc.constantFrom('10.0.0.01', '1.2.3', '::1%lo', '0x7f.1'),
    );
    fc.assert(
      fc.property(text, (each) => {
        const known = isIPv4(each) ? 4 : isIPv6(each) && !each.includes('%') ? 6 : undefined;
        expect(parseIp(each)?.version).toBe(known);
      }),
      { numRuns: 1000 },
    );
  });

  it('lie in a prefix exactly if their leading bits are its own', () => {
    fc.assert(
      fc.property(bits6, bits6, fc.integer({ min: 0, max: 128 }), (base, bits, prefix) => {
        const cidr = parseCidr(`${formatIp(6, base)}/${prefix}`);
        const shift = BigInt(128 - prefix);
        if (cidr === undefined) throw new Error('not read');
        expect(contains(cidr, { version: 6, bits })).toBe(base >> shift === bits >> shift);
        expect(parseCidr(formatCidr(cidr))).toEqual(cidr);
        expect(overlap(cidr, cidr)).toBe(true);
      }),
    );
  });

  it('follow from a MAC as RFC 4291 says', () => {
    const cidr = parseCidr('2001:db8::/64');
    // The example of RFC 4291, appendix A, is 34-56-78-9A-BC-DE with a prefix of our own.
    expect(cidr && formatIp(6, eui64(cidr, '34:56:78:9a:bc:de'))).toBe('2001:db8::3656:78ff:fe9a:bcde');
  });

  it.each([
    ['FA-16-3E-00-00-01', 'fa:16:3e:00:00:01'],
    ['fa:16:3e:00:00:01', 'fa:16:3e:00:00:01'],
    ['fa:16-3e:00:00:01', undefined],
    ['01:00:5e:00:00:01', undefined],
    ['ff:ff:ff:ff:ff:ff', undefined],
    ['00:00:00:00:00:00', undefined],
    ['fa:16:3e:00:00', undefined],
  ])('MAC %s is read as %s', (text, mac) => {
    expect(parseMac(text)).toBe(mac);
  });
});

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['', ''],
])('%s is of subscriber %s', (ip, subscriber) => {
  expect(subscriberOf(ip)).toBe(subscriber);
});

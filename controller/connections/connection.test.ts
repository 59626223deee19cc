import fc from 'fast-check';
import { encodeMatch, type Match, Writer } from 'openflow-codec';
import { describe, expect, it } from 'vitest';
import { addressText, type Connection, connectionOf } from './connection.ts';

/** Register 5 of a learned flow, bit by bit (docs/pipeline.md), and which of its bits it matches. */
const FIFTH = { toGuest: 6, isIpv6: 7, related: 8, protocol: 10 } as const;
const FIFTH_MASK =
  (1 << FIFTH.toGuest) | (1 << FIFTH.isIpv6) | (1 << FIFTH.related) | (0xff << FIFTH.protocol);

/** A learned flow as switches send it: one register of 32 bits a field, in the order of their numbers. */
function learned(
  { direction, version, protocol, local, peer, ports, icmp }: Connection,
  { related = 0, without = [] as readonly string[] } = {},
): Uint8Array {
  const fifth =
    (direction === 'egress' ? 1 << FIFTH.toGuest : 0) |
    (version === 6 ? 1 << FIFTH.isIpv6 : 0) |
    (related << FIFTH.related) |
    (protocol << FIFTH.protocol);
  const [one, other] = [ports?.local ?? icmp?.type ?? 0, ports?.peer ?? icmp?.code ?? 0];
  const match: Match = [
    { field: 'vlan_tci', value: 0, mask: 0xfff },
    { field: 'reg5', value: fifth, mask: FIFTH_MASK },
    { field: 'reg6', value: 5 },
    { field: 'reg7', value: ((other << 16) | one) >>> 0 },
    ...words(local.bits).map((value, at) => ({ field: `reg${8 + at}`, value }) as Match[number]),
    ...words(peer.bits).map((value, at) => ({ field: `reg${12 + at}`, value }) as Match[number]),
  ];
  return bytesOf(match.filter(({ field }) => !without.includes(field)));
}

function bytesOf(match: Match): Uint8Array {
  const writer = new Writer();
  encodeMatch(match, writer);
  return writer.bytes();
}

/** The highest bits first. */
function words(bits: bigint): readonly number[] {
  return [96n, 64n, 32n, 0n].map((shift) => Number((bits >> shift) & 0xffffffffn));
}

const WITH_PORTS = [6, 17, 132];
const connection = fc
  .record({
    direction: fc.constantFrom<Connection['direction']>('ingress', 'egress'),
    version: fc.constantFrom<4 | 6>(4, 6),
    protocol: fc.oneof(fc.constantFrom(1, 58, ...WITH_PORTS), fc.nat(255)),
    local: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
    peer: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
    one: fc.nat(0xffff),
    other: fc.nat(0xffff),
  })
  .map(({ direction, version, protocol, local, peer, one, other }): Connection => {
    const within = (bits: bigint) => ({ version, bits: version === 4 ? bits & 0xffffffffn : bits });
    return {
      ...{ direction, version, protocol, local: within(local), peer: within(peer) },
      ...(WITH_PORTS.includes(protocol) && { ports: { local: one, peer: other } }),
      ...(protocol === (version === 4 ? 1 : 58) && { icmp: { type: one & 0xff, code: other & 0xff } }),
    };
  });

describe('connectionOf', () => {
  it('reads what a switch has learned of any protocol, family and direction', () => {
    fc.assert(
      fc.property(connection, (each) => {
        expect(connectionOf(learned(each))).toEqual(each);
      }),
    );
  });

  it('reads nothing of fragments and errors, which belong to all connections of two addresses', () => {
    fc.assert(
      fc.property(connection, (each) => {
        expect(connectionOf(learned(each, { related: 1 }))).toBeUndefined();
      }),
    );
  });

  it('reads nothing of flows that leave open who it is, and never fails, whatever the bytes', () => {
    fc.assert(
      fc.property(connection, fc.constantFrom('reg5', 'reg8', 'reg11', 'reg13', 'reg15'), (each, field) => {
        expect(connectionOf(learned(each, { without: [field] }))).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(connection, fc.nat(120), fc.uint8Array({ maxLength: 64 }), (each, at, noise) => {
        const bytes = learned(each).slice();
        bytes.set(noise.subarray(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length));
        connectionOf(bytes);
        connectionOf(noise);
      }),
    );
  });
});

describe('addressText', () => {
  it('is as people write addresses (RFC 5952)', () => {
    expect(addressText({ version: 4, bits: 0x0a000001n })).toBe('10.0.0.1');
    expect(addressText({ version: 6, bits: (0xfd00n << 112n) | 1n })).toBe('fd00::1');
    expect(addressText({ version: 6, bits: (0x20010db8n << 96n) | (1n << 64n) | 0xan })).toBe(
      '2001:db8:0:1::a',
    );
  });
});

import fc from 'fast-check';
import { CodecError, decode, type PacketIn } from 'openflow-codec';
import { expect, it } from 'vitest';
import { edgePipeline } from '#apps';
import { denialOf } from './denied-packet.ts';

const pipeline = edgePipeline();
const TABLES = Object.fromEntries(pipeline.layout.tables.map(({ id, table }) => [table.name, id]));
/** As Open vSwitch 3.1 sends a packet with reg4=9, reg5=8, reg6=5 and metadata=3, after its header and table. */
const HEAD = '0001000000000000000000010030800000040000000100010804000000090001';
const TOLD =
  `${HEAD}0a040000000800010c040000000580000408000000000000000300005054000000075054000000050800` +
  '4500005c000000004011f93dc0a80001c0a8000203e8000900489615000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f' +
  '202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f';

function toldOf(table: number): Uint8Array {
  const body = TOLD.slice(TOLD.indexOf('0000000000000000', 4));
  return Buffer.from(`040a00b400000000ffffffff006a01${table.toString(16).padStart(2, '0')}${body}`, 'hex');
}

function packetIn(bytes: Uint8Array): PacketIn {
  const message = decode(bytes);
  if (message.type !== 'packetIn') throw new Error(message.type);
  return message;
}

it('reads what a switch shows: whose it is, why it was denied, and its headers', () => {
  expect(denialOf(packetIn(toldOf(TABLES['ingress-mirror'] ?? 0)), pipeline)).toEqual({
    ...{ direction: 'ingress', reason: 'denied', port: 5, policy: 9, network: 3 },
    packet: {
      ...{ size: 106, ethertype: 'IPv4', protocol: 'udp' },
      ...{ source_mac: '50:54:00:00:00:05', destination_mac: '50:54:00:00:00:07' },
      ...{ source: '192.168.0.1', source_port: 1000, destination: '192.168.0.2', destination_port: 9 },
      ...{ icmp_type: null, icmp_code: null, tcp_flags: null, is_later_fragment: false },
    },
  });
});

it('tells by its registers that its rule is gone, or its groups are not known', () => {
  const message = packetIn(toldOf(TABLES['egress-mirror'] ?? 0));
  const known = message.match.map((each) => (each.field === 'reg5' ? { field: 'reg5', value: 12 } : each));
  expect(denialOf({ ...message, match: known as PacketIn['match'] }, pipeline)).toMatchObject({
    ...{ direction: 'egress', reason: 'revoked' },
  });
  const strange = message.match.filter(({ field }) => field !== 'reg4');
  expect(denialOf({ ...message, match: strange }, pipeline)?.reason).toBe('no-policy');
});

it('reads no packet that other flows show', () => {
  for (const name of ['admit', 'deliver', 'guests'])
    expect(denialOf(packetIn(toldOf(TABLES[name] ?? 0)), pipeline)).toBeUndefined();
  expect(denialOf(packetIn(toldOf(250)), pipeline)).toBeUndefined();
});

it('never fails, whatever the bytes of a packet', () => {
  const whole = toldOf(TABLES['ingress-mirror'] ?? 0);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.uint8Array({ maxLength: 80 }), (at, noise) => {
      const bytes = whole.slice();
      bytes.set(noise.subarray(0, bytes.length - at), at);
      try {
        const message = decode(bytes);
        if (message.type === 'packetIn') JSON.stringify(denialOf(message, pipeline));
      } catch (error) {
        // Such a message ends its connection.
        expect(error).toBeInstanceOf(CodecError);
      }
    }),
    { numRuns: 2_000 },
  );
});

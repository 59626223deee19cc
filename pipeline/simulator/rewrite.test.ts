import { expect, it } from 'vitest';
import { checksumOf, crc32c } from './checksum.ts';
import { frame, tcp, udp } from './frames-fixture.ts';
import { Simulator } from './simulator.ts';

/** The frame after the actions, in the notation of ovs-ofctl. */
function after(bytes: Uint8Array, match: string, actions: string): Uint8Array {
  const simulator = new Simulator();
  simulator.addFlows(`${match},actions=${actions},output:2`);
  return simulator.send({ inPort: 1, bytes }).outputs[0]?.bytes ?? new Uint8Array();
}

/** The sums of an IPv4 frame without options, made anew: 0 where they are right. */
function sums(bytes: Uint8Array): readonly number[] {
  const [header, segment] = [bytes.subarray(14, 34), bytes.subarray(34)];
  const pseudo = [...bytes.subarray(26, 34), 0, bytes[23] ?? 0, segment.length >> 8, segment.length & 0xff];
  return [
    checksumOf(header),
    checksumOf(Uint8Array.from([...pseudo, ...segment, ...(segment.length % 2 ? [0] : [])])),
  ];
}

it.each([
  [
    'udp',
    udp(),
    'set_field:192.0.2.200->ip_src,set_field:198.51.100.7->ip_dst,set_field:65535->udp_dst,dec_ttl',
  ],
  ['tcp', tcp(), 'set_field:255.255.255.255->ip_dst,set_field:0->tcp_src,set_field:46->ip_dscp'],
])('right checksums of %s stay right', (protocol, bytes, actions) => {
  expect(sums(bytes)).toEqual([0, 0]);
  const edited = after(bytes, protocol, actions);
  expect(edited).not.toEqual(bytes);
  expect(sums(edited)).toEqual([0, 0]);
});

it('a UDP checksum that comes out as zero is sent as ones, and none stays none (RFC 768)', () => {
  const bytes = udp();
  const sum = ((bytes[40] ?? 0) << 8) | (bytes[41] ?? 0);
  // The port goes up by what the checksum would have to go down.
  const toPort = 53 + sum;
  expect([...after(bytes, 'udp', `set_field:${toPort}->udp_dst`).subarray(40, 42)]).toEqual([0xff, 0xff]);
  bytes.fill(0, 40, 42);
  expect([...after(bytes, 'udp', 'set_field:9->udp_dst').subarray(40, 42)]).toEqual([0, 0]);
});

it('CRC-32C is that of RFC 3720, B.4, and of the check value', () => {
  expect(crc32c(new Uint8Array(32)) >>> 0).toBe(0xaa36918a);
  expect(crc32c(new TextEncoder().encode('123456789')) >>> 0).toBe(0x839206e3);
});

it.each([
  ['arp', frame(0x0806, [0, 1, 8, 0, 6]), 'load:2->NXM_OF_ARP_OP[]'],
  [
    'icmp',
    udp()
      .slice(0, 34)
      .map((byte, at) => (at === 23 ? 1 : at === 17 ? 20 : byte)),
    'set_field:3->icmp_type',
  ],
])('says when the switch would write past the end of a frame: %s', (match, bytes, actions) => {
  const simulator = new Simulator();
  simulator.addFlows(`${match},actions=${actions},output:2`);
  const { steps, outputs } = simulator.send({ inPort: 1, bytes });
  expect(steps).toContainEqual({ step: 'note', depth: 0, note: 'pastEnd' });
  expect(outputs[0]?.bytes.length).toBe(bytes.length);
});

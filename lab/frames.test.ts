import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arp, BROADCAST, ETHERTYPE, ethernet, icmpEcho, readEthernet, udp } from './frames.ts';
import { tcpdump } from './tcpdump-fixture.ts';

const A = { mac: 'fa:16:3e:00:00:01', ip: '10.0.0.1' };
const B = { mac: 'fa:16:3e:00:00:02', ip: '10.0.0.2' };
const text = (value: string) => new TextEncoder().encode(value);

describe('frames, as tcpdump reads them', () => {
  it('builds ARP', () => {
    const packet = arp({ operation: 1, senderMac: A.mac, senderIp: A.ip, targetIp: B.ip });
    expect(tcpdump(ethernet({ src: A.mac, dst: BROADCAST, type: ETHERTYPE.arp }, packet))).toBe(
      'fa:16:3e:00:00:01 > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: ' +
        'Ethernet (len 6), IPv4 (len 4), Request who-has 10.0.0.2 tell 10.0.0.1, length 28',
    );
  });

  it('builds UDP behind two VLAN tags', () => {
    const packet = udp({ src: A.ip, dst: B.ip, srcPort: 1000, dstPort: 2000 }, text('odd'));
    const vlans = [{ vid: 100, pcp: 5, protocol: ETHERTYPE.qinq }, { vid: 7 }];
    const seen = tcpdump(ethernet({ src: A.mac, dst: B.mac, vlans, type: ETHERTYPE.ipv4 }, packet));
    expect(seen).toContain(
      'ethertype 802.1Q-QinQ (0x88a8), length 53: vlan 100, p 5, ethertype 802.1Q (0x8100), vlan 7, p 0',
    );
    expect(seen).toContain('10.0.0.1.1000 > 10.0.0.2.2000: [udp sum ok] UDP, length 3');
    expect(seen).not.toContain('bad cksum');
  });

  it('builds ICMP echo', () => {
    const packet = icmpEcho({ src: A.ip, dst: B.ip, id: 7, sequence: 9 }, text('tenantflow'));
    const seen = tcpdump(ethernet({ src: A.mac, dst: B.mac, type: ETHERTYPE.ipv4 }, packet));
    expect(seen).toContain('10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 9, length 18');
    expect(seen).not.toContain('wrong icmp cksum');
    expect(seen).not.toContain('bad cksum');
  });

  it('has right checksums for any payload', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (payload) => {
        const packet = udp({ src: A.ip, dst: B.ip, srcPort: 40000, dstPort: 40001 }, payload);
        const seen = tcpdump(ethernet({ src: A.mac, dst: B.mac, type: ETHERTYPE.ipv4 }, packet));
        expect(seen).toContain('udp sum ok');
      }),
      { numRuns: 20 },
    );
  });
});

describe('readEthernet', () => {
  const tag = fc.record({
    vid: fc.integer({ min: 0, max: 4095 }),
    pcp: fc.integer({ min: 0, max: 7 }),
    protocol: fc.constantFrom(ETHERTYPE.vlan, ETHERTYPE.qinq),
  });

  it('takes apart what ethernet() puts together', () => {
    fc.assert(
      fc.property(fc.array(tag, { maxLength: 3 }), fc.uint8Array({ maxLength: 9 }), (vlans, payload) => {
        const header = { src: A.mac, dst: B.mac, vlans, type: ETHERTYPE.experiment };
        expect(readEthernet(ethernet(header, payload))).toEqual({ ...header, payload });
      }),
    );
  });

  it('does not read past the end', () => {
    const frame = ethernet(
      { src: A.mac, dst: B.mac, vlans: [{ vid: 1 }], type: ETHERTYPE.arp },
      new Uint8Array(),
    );
    for (let size = 0; size < frame.length; size += 1)
      expect(readEthernet(frame.subarray(0, size))).toBeUndefined();
  });

  it('refuses what is no address', () => {
    expect(() => ethernet({ src: 'fa:16', dst: B.mac, type: 0 }, new Uint8Array())).toThrow(
      'not an address: fa:16',
    );
    expect(() => udp({ src: '10.0.0.256', dst: B.ip, srcPort: 1, dstPort: 1 }, new Uint8Array())).toThrow(
      '10.0.0.256',
    );
  });
});

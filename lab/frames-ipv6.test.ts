import { describe, expect, it } from 'vitest';
import { ETHERTYPE, ethernet } from './frames.ts';
import {
  ICMPV6_TYPE,
  icmpv6,
  linkLocalOf,
  neighbourAdvert,
  neighbourSolicit,
  solicitedGroup,
  udp6,
} from './frames-ipv6.ts';
import { tcpdump } from './tcpdump-fixture.ts';

const MAC = 'fa:16:3e:00:00:01';
const ENDS = { src: 'fd00::1', dst: 'fd00::2' };
const seen = (packet: Uint8Array) =>
  tcpdump(ethernet({ src: MAC, dst: 'fa:16:3e:00:00:02', type: ETHERTYPE.ipv6 }, packet));

describe('IPv6 frames, as tcpdump reads them', () => {
  it('builds UDP', () => {
    const text = seen(udp6({ ...ENDS, srcPort: 546, dstPort: 1000 }, Buffer.from('odd')));
    expect(text).toContain(
      'hlim 255, next-header UDP (17) payload length: 11) fd00::1.546 > fd00::2.1000: [udp sum ok]',
    );
  });

  it('builds neighbour discovery, with and without options', () => {
    const { ip, mac } = solicitedGroup('fd00::ab12:cd34');
    expect([ip, mac]).toEqual(['ff02::1:ff12:cd34', '33:33:ff:12:cd:34']);
    const ask = seen(neighbourSolicit({ src: linkLocalOf(MAC), dst: ip }, 'fd00::ab12:cd34', MAC));
    expect(ask).toContain(
      'fe80::f816:3eff:fe00:1 > ff02::1:ff12:cd34: [icmp6 sum ok] ICMP6, neighbor solicitation',
    );
    expect(ask).toContain(`who has fd00::ab12:cd34 source link-address option (1), length 8 (1): ${MAC}`);
    const tell = seen(neighbourAdvert(ENDS, 'fd00::1', MAC));
    expect(tell).toContain(
      '[icmp6 sum ok] ICMP6, neighbor advertisement, length 32, tgt is fd00::1, Flags [solicited, override]',
    );
    expect(tell).toContain(`destination link-address option (2), length 8 (1): ${MAC}`);
    expect(seen(neighbourAdvert(ENDS, 'fd00::1'))).toContain(
      '[icmp6 sum ok] ICMP6, neighbor advertisement, length 24',
    );
  });

  it('builds any ICMPv6', () => {
    const text = seen(icmpv6(ENDS, ICMPV6_TYPE.routerSolicit, [0, 0, 0, 0]));
    expect(text).toContain('[icmp6 sum ok] ICMP6, router solicitation');
  });
});

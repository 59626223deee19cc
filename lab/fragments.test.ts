import { expect, it } from 'vitest';
import { firstFragment, firstFragment6, headlessFragment6 } from './fragments.ts';
import { ETHERTYPE, ethernet, udp } from './frames.ts';
import { udp6 } from './frames-ipv6.ts';
import { tcpdump } from './tcpdump-fixture.ts';

const MAC = { src: 'fa:16:3e:00:00:01', dst: 'fa:16:3e:00:00:02' };
const PORTS = { srcPort: 67, dstPort: 1068 };
const EIGHT = Buffer.from('eight by');

it('makes first fragments, as tcpdump reads them', () => {
  const ipv4 = firstFragment(udp({ src: '10.0.0.1', dst: '10.0.0.2', ...PORTS }, EIGHT));
  const seen = tcpdump(ethernet({ ...MAC, type: ETHERTYPE.ipv4 }, ipv4));
  expect(seen).toContain('offset 0, flags [+], proto UDP (17), length 36)');
  expect(seen).toContain('10.0.0.1.67 > 10.0.0.2.1068');
  expect(seen).not.toContain('bad cksum');
  const ipv6 = firstFragment6(udp6({ src: 'fd00::1', dst: 'fd00::2', ...PORTS }, EIGHT));
  const seen6 = tcpdump(ethernet({ ...MAC, type: ETHERTYPE.ipv6 }, ipv6));
  expect(seen6).toContain('payload length: 24) fd00::1 > fd00::2: frag (0x00000001:0|16)');
  const headless = headlessFragment6(udp6({ src: 'fd00::1', dst: 'fd00::2', ...PORTS }, EIGHT), false);
  const seen8 = tcpdump(ethernet({ ...MAC, type: ETHERTYPE.ipv6 }, headless));
  expect(seen8).toContain('payload length: 16) fd00::1 > fd00::2: frag (0x00000001:0|8) DSTOPT');
});

import { expect, it } from 'vitest';
import { readHypervisor, unknownKey } from './hypervisor.ts';

const minimal = { 'system-id': 'hv1', 'tenantflow-encap-ip': '192.0.2.11' };
const read = (ids: Record<string, string>) => readHypervisor(new Map(Object.entries(ids)));

it('has defaults for everything but its name and tunnel address', () => {
  expect(read(minimal)).toEqual({
    ok: true,
    hypervisor: {
      systemId: 'hv1',
      hostname: 'hv1',
      encapIps: ['192.0.2.11'],
      encapTypes: ['vxlan'],
      bridge: 'br-int',
      datapathType: undefined,
      firewall: 'learn',
      openflowPort: 6653,
      bridgeMappings: new Map(),
    },
  });
});

it('reads every key', () => {
  const result = read({
    ...minimal,
    hostname: 'hv1.example.org',
    'tenantflow-encap-ip': 'FD00:0::0B, 192.0.2.11,fd00::b,fd00::c',
    'tenantflow-encap-type': 'geneve, vxlan,geneve',
    'tenantflow-bridge': 'br-x',
    'tenantflow-datapath-type': 'netdev',
    'tenantflow-firewall': 'conntrack',
    'tenantflow-bridge-mappings': 'physnet1:br-ex, physnet2:br-dc',
    'tenantflow-openflow-port': '6654',
    'tenantflow-vhostuser-dir': '/var/run/openvswitch/',
  });
  expect(result).toMatchObject({
    hypervisor: {
      hostname: 'hv1.example.org',
      encapIps: ['fd00::b', '192.0.2.11', 'fd00::c'],
      encapTypes: ['geneve', 'vxlan'],
      bridge: 'br-x',
      datapathType: 'netdev',
      firewall: 'conntrack',
      openflowPort: 6654,
      vhostUserDir: '/var/run/openvswitch',
      bridgeMappings: new Map([
        ['physnet1', 'br-ex'],
        ['physnet2', 'br-dc'],
      ]),
    },
  });
});

it.each<[Record<string, string | undefined>, string]>([
  [{ 'system-id': undefined }, 'external_ids:system-id is missing'],
  [{ 'system-id': '__proto__' }, 'external_ids:system-id="__proto__" is not a plain name'],
  [{ 'system-id': 'x'.repeat(241) }, `external_ids:system-id="${'x'.repeat(200)}…" is not a plain name`],
  [{ 'system-id': 'a/b' }, 'external_ids:system-id="a/b" is not a plain name'],
  [{ hostname: 'h\x1b[2J\n' }, 'external_ids:hostname="h\\u001b[2J" is not a plain name'],
  [{ 'tenantflow-encap-ip': undefined }, 'external_ids:tenantflow-encap-ip is missing'],
  [
    { 'tenantflow-firewall': 'iptables' },
    'external_ids:tenantflow-firewall="iptables" is neither learn nor conntrack',
  ],
  ...['0', '65536', 'x', '66 53'].map((text): [Record<string, string>, string] => [
    { 'tenantflow-openflow-port': text },
    `external_ids:tenantflow-openflow-port="${text}" is not a port from 1 to 65535`,
  ]),
  [
    { 'tenantflow-encap-ip': '224.0.0.1' },
    'external_ids:tenantflow-encap-ip="224.0.0.1" is not a list of addresses that others reach this host by, IPv4 or IPv6',
  ],
  [
    { 'tenantflow-encap-ip': '::1' },
    'external_ids:tenantflow-encap-ip="::1" is not a list of addresses that others reach this host by, IPv4 or IPv6',
  ],
  ...[
    'fe80::1',
    'ff02::1',
    '::',
    '::ffff:192.0.2.1',
    'fd00::1%eth0',
    '192.0.2.1,',
    '192.0.2.1,fd00::1::2',
  ].map((text): [Record<string, string>, string] => [
    { 'tenantflow-encap-ip': text },
    `external_ids:tenantflow-encap-ip="${text}" is not a list of addresses that others reach this host by, IPv4 or IPv6`,
  ]),
  [
    { 'tenantflow-encap-ip': Array.from({ length: 9 }, (_, at) => `fd00::${at + 1}`).join() },
    'external_ids:tenantflow-encap-ip="fd00::1,fd00::2,fd00::3,fd00::4,fd00::5,fd00::6,fd00::7,fd00::8,fd00::9" has more than 8 addresses',
  ],
  [
    { 'tenantflow-encap-type': 'stt' },
    'external_ids:tenantflow-encap-type="stt" is not a list of vxlan, gre, geneve',
  ],
  [{ 'tenantflow-bridge': 'a/b' }, 'external_ids:tenantflow-bridge="a/b" is not a bridge name'],
  [
    { 'tenantflow-datapath-type': 'dpdk' },
    'external_ids:tenantflow-datapath-type="dpdk" is neither netdev nor system',
  ],
  [
    { 'tenantflow-vhostuser-dir': '../run' },
    'external_ids:tenantflow-vhostuser-dir="../run" is not an absolute path of 90 characters at most',
  ],
  [
    { 'tenantflow-bridge-mappings': 'physnet1' },
    'external_ids:tenantflow-bridge-mappings="physnet1" is not a list of PHYSICAL_NETWORK:BRIDGE',
  ],
  [
    { 'tenantflow-bridge-mappings': 'a:br-ex,b:br-ex' },
    'external_ids:tenantflow-bridge-mappings="a:br-ex,b:br-ex" names b or br-ex twice',
  ],
])('says what is wrong with %o', (change, problem) => {
  const ids = Object.entries({ ...minimal, ...change }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  expect(readHypervisor(new Map(ids))).toMatchObject({ ok: false, problem });
});

it('tells of a key that begins like ours and is none, in printable characters', () => {
  const told = (ids: Record<string, string>) => unknownKey(new Map(Object.entries(ids)));
  expect(told({ ...minimal, 'tenantflow-generation': '1', 'ovn-remote': 'x' })).toBeUndefined();
  expect(told({ ...minimal, 'tenantflow-encapip': '' })).toMatch(
    /^external_ids:tenantflow-encapip means nothing: the keys are tenantflow-encap-ip, .*tenantflow-vhostuser-dir$/,
  );
  expect(told({ ...minimal, 'tenantflow-\x1b[2J': '' })).toMatch(/^external_ids:"tenantflow-\\u001b\[2J" /);
});

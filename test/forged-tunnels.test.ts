import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROADCAST, ETHERTYPE, ethernet, type VlanTag, type Vm, Wire, waitFor } from '#lab';
import { Cloud, macOf } from './cloud.ts';
import { difference, dropCounts } from './drop-counts.ts';
import { forged, type TunnelType } from './forged-tunnels.ts';
import { sightings } from './sightings.ts';

/** A machine on the underlay sends tunnel packets of its own making to hypervisor 1, on real switches. */
const TYPES = ['vxlan', 'gre', 'geneve'] as const;
const ATTACKER = 66;
const NOBODYS_KEY = 0xabcde;
let cloud: Cloud;
const vms = new Map<string, Vm>();
const keys: Record<string, number> = {};

beforeAll(async () => {
  cloud = await Cloud.create(2, { 'tenantflow-encap-type': TYPES.join(',') });
  for (const [at, type] of TYPES.entries()) {
    // Each key is that of one network of one type only.
    const id = 4000 + at;
    const network = await cloud.network(type, {
      'provider:network_type': type,
      'provider:segmentation_id': id,
      port_security_enabled: false,
    });
    keys[type] = id;
    for (const host of [1, 2])
      vms.set(`${type}${host}`, (await cloud.guest(network, cloud.hypervisor(host), host)).vm);
  }
  const attacker = await cloud.createVm(ATTACKER);
  await Wire.underlay().connect(attacker);
  vms.set('attacker', attacker);
});
afterAll(() => cloud.stop());

interface Forgery {
  readonly type: TunnelType;
  readonly src: string;
  readonly key: number;
  /** Tags of the frame inside. */
  readonly vlans?: readonly VlanTag[];
}

/** Who sees each forgery, broadcast and to the guest of its type, and what hypervisor 1 has counted of them by reason. */
async function forge(forgeries: readonly Forgery[]) {
  const toMac = await cloud.hypervisor(1).underlayMac();
  const before = await counters();
  const shots = forgeries.flatMap(({ type, src, key, vlans = [] }) =>
    [BROADCAST, macOf(1)].map((dst) => ({
      from: 'attacker',
      frame: (mark: string) =>
        forged(
          { type, fromMac: macOf(ATTACKER), toMac, src, dst: endOf1(src), key },
          ethernet({ src: macOf(2), dst, vlans, type: ETHERTYPE.experiment }, Buffer.from(mark)),
        ),
    })),
  );
  const seen = await sightings(cloud.lab, vms, shots);
  return { seen: seen.flat(), counted: difference(await counters(), before) };
}

/** The tunnel end of hypervisor 1 of the same family. */
function endOf1(src: string): string {
  const { address, address6 } = cloud.hypervisor(1);
  return src.includes(':') ? address6 : address;
}

const counters = () => dropCounts(cloud.hypervisor(1), ['tunnel-peer', 'tunnel-key']);

describe('a forged tunnel packet', () => {
  it('is accepted when everything in it is right', async () => {
    const src = cloud.hypervisor(2).address;
    for (const type of TYPES) {
      const { seen, counted } = await forge([{ type, src, key: keys[type] ?? 0 }]);
      expect(seen).toEqual([`${type}1`, `${type}1`]);
      expect(counted).toEqual({});
    }
  });

  it('reaches nobody from an address that no hypervisor has, and is counted', async () => {
    const strangers = ['172.31.0.66', '172.31.0.254', cloud.hypervisor(1).address.replace(/1$/, '3')];
    const forgeries = TYPES.flatMap((type) => strangers.map((src) => ({ type, src, key: keys[type] ?? 0 })));
    expect(await forge(forgeries)).toEqual({
      seen: [],
      counted: { 'tunnel-peer': 2 * forgeries.length },
    });
  });

  it('reaches nobody with a key of no network, or of a network of another type, and is counted', async () => {
    const src = cloud.hypervisor(2).address;
    const forgeries = TYPES.flatMap((type) =>
      [0, NOBODYS_KEY, ...TYPES.filter((other) => other !== type).map((other) => keys[other] ?? 0)].map(
        (key) => ({
          type,
          src,
          key,
        }),
      ),
    );
    expect(await forge(forgeries)).toEqual({
      seen: [],
      counted: { 'tunnel-key': 2 * forgeries.length },
    });
  });

  it('reaches nobody with a tag inside, which a trunk’s parent would take for that of a subport', async () => {
    const src = cloud.hypervisor(2).address;
    const tags: readonly (readonly VlanTag[])[] = [
      [{ vid: 0 }],
      [{ vid: 100 }],
      [{ vid: 100, protocol: ETHERTYPE.qinq }, { vid: 7 }],
    ];
    const forgeries = TYPES.flatMap((type) =>
      tags.map((vlans) => ({ type, src, key: keys[type] ?? 0, vlans })),
    );
    expect(await forge(forgeries)).toEqual({
      seen: [],
      counted: { 'tunnel-key': 2 * forgeries.length },
    });
  });

  it('is treated alike over IPv6 between hypervisors with addresses of both families', async () => {
    for (const each of cloud.hypervisors) {
      const list = `"${each.address},${each.address6}"`;
      await each.vsctl('set', 'Open_vSwitch', '.', `external_ids:tenantflow-encap-ip=${list}`);
    }
    const known = cloud.hypervisor(2).address6;
    await waitFor(
      async () => {
        const flows = (await cloud.hypervisor(1).dumpFlows()).join();
        const ports = await cloud
          .hypervisor(1)
          .vsctl('--columns=options', 'list', 'interface', ...TYPES.map((type) => `tf-${type}`));
        return (
          flows.includes(`tun_ipv6_src=${known}`) && ports.split('local_ip=flow').length === 1 + TYPES.length
        );
      },
      { what: 'hypervisor 1 to take in what comes from both' },
    );
    await cloud.hypervisor(1).configured();
    await cloud.caughtUp();
    const keyOf = (type: TunnelType) => keys[type] ?? 0;
    for (const type of TYPES)
      expect(await forge([{ type, src: known, key: keyOf(type) }])).toEqual({
        seen: [`${type}1`, `${type}1`],
        counted: {},
      });
    const strangers = TYPES.flatMap((type) =>
      ['fd31::66', '172.31.0.66'].map((src) => ({ type, src, key: keyOf(type) })),
    );
    expect(await forge(strangers)).toEqual({ seen: [], counted: { 'tunnel-peer': 2 * strangers.length } });
    const strays = TYPES.map((type) => ({ type, src: known, key: NOBODYS_KEY }));
    expect(await forge(strays)).toEqual({ seen: [], counted: { 'tunnel-key': 2 * strays.length } });
  });
});

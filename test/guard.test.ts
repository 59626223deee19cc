import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  arp,
  BROADCAST,
  type Capture,
  ETHERTYPE,
  ethernet,
  ICMPV6_TYPE,
  icmpv6,
  linkLocalOf,
  neighbourAdvert,
  neighbourSolicit,
  type Resource,
  udp,
  udp6,
  type Vm,
  waitFor,
} from '#lab';
import {
  ATTACK_MARK,
  type Attack,
  attacks,
  KINDS_OF_GUEST,
  KINDS_OF_RANGER,
  type Person,
  REASONS,
} from './attacks.ts';
import { Cloud, macOf } from './cloud.ts';
import { difference, dropCounts } from './drop-counts.ts';

/** Who pretends to be another reaches nobody and is counted; who is honest reaches everybody. */
let cloud: Cloud;
let network: Resource;
/** A security group that is in nobody's way: whom it stops here is stopped as a sender. */
let anything: Resource;
const ports: Record<string, Resource> = {};
const vms: Record<string, Vm> = {};

const ATTACK_COUNT = 1_000;
/** All on hypervisor 1 but `far`. The number gives the addresses. */
const PEOPLE = {
  plain: person(1),
  near: person(2),
  far: person(3),
  subPort: { ...person(5), vlan: 100 },
  ranger: person(6),
  open: person(7),
} as const;
const VICTIMS = [PEOPLE.near, PEOPLE.far];

beforeAll(async () => {
  cloud = await Cloud.create(2);
  network = await cloud.network('guarded');
  await cloud.controller.rest.create('subnet', {
    ...{ network_id: network.id, ip_version: 6, cidr: 'fd00::/64', enable_dhcp: false },
  });
  anything = await cloud.groupForAnything();
  const pairs = [{ ip_address: '0.0.0.0/0' }, { ip_address: '::/0' }];
  await createPort('plain', 1);
  await createPort('near', 2);
  await createPort('far', 3);
  await createPort('parent', 4);
  await createPort('subPort', 5);
  await createPort('ranger', 6, { allowed_address_pairs: pairs });
  await createPort('open', 7, { port_security_enabled: false, security_groups: [] });
  await cloud.controller.rest.create('trunk', {
    port_id: portOf('parent').id,
    sub_ports: [{ port_id: portOf('subPort').id, segmentation_type: 'vlan', segmentation_id: 100 }],
  });
  const numbers = { plain: 1, near: 2, far: 3, parent: 4, ranger: 6, open: 7 };
  for (const [name, number] of Object.entries(numbers)) {
    const vm = await cloud.createVm(number);
    vms[name] = vm;
    await cloud.hypervisor(name === 'far' ? 2 : 1).plug(vm, portOf(name).id);
  }
  for (const name of Object.keys(ports)) await cloud.status(portOf(name), 'ACTIVE');
  await vmOf('near').ping('10.0.0.3');
});
afterAll(() => cloud.stop());

describe.each([
  ['a port', 'plain', 'plain', KINDS_OF_GUEST],
  ['a subport', 'subPort', 'parent', KINDS_OF_GUEST],
  ['a port that may send from all addresses', 'ranger', 'ranger', KINDS_OF_RANGER],
] as const)('%s', (_, name, vm, kinds) => {
  it(`reaches nobody with ${ATTACK_COUNT} random attacks, each counted under its reason`, async () => {
    const all = attacks(PEOPLE[name], VICTIMS, kinds, ATTACK_COUNT, 7);
    const before = await counters();
    const seen = await heard(vm, all);
    expect(seen).toEqual([]);
    expect(difference(await counters(), before)).toEqual(tally(all));
  });

  it('passes everything that an honest guest sends', async () => {
    const before = await counters();
    const frames = honest(PEOPLE[name]);
    const captures = await capture(['near', 'far']);
    for (const [at, frame] of Object.values(frames).entries())
      await vmOf(vm).send(Buffer.concat([frame, Buffer.from(`honest ${at}.`)]));
    await cloud.lab.quiet();
    for (const { recording } of captures) {
      const arrived = await recording.finish();
      const counts = Object.keys(frames).map((what, at) => {
        const copies = arrived.filter((frame) => Buffer.from(frame).includes(`honest ${at}.`)).length;
        return `${what}: ${copies}`;
      });
      expect(counts).toEqual(Object.keys(frames).map((what) => `${what}: 1`));
    }
    expect(difference(await counters(), before)).toEqual({});
  });

  it('reaches nobody with attacks right after honest packets either, whose decisions the switch has cached', async () => {
    const all = attacks(PEOPLE[name], VICTIMS, kinds, ATTACK_COUNT / 4, 8);
    for (const frame of Object.values(honest(PEOPLE[name]))) await vmOf(vm).send(frame);
    await cloud.lab.quiet();
    const before = await counters();
    expect(await heard(vm, all)).toEqual([]);
    expect(difference(await counters(), before)).toEqual(tally(all));
  });
});

describe('a port that may send from all addresses', () => {
  it('sends from any address, and may claim those that nobody has', async () => {
    const { mac } = PEOPLE.ranger;
    const frames = [
      frameOf(
        PEOPLE.ranger,
        'ipv4',
        udp({ src: '10.0.0.2', dst: '10.0.0.3', srcPort: 1, dstPort: 2 }, NOTHING),
      ),
      frameOf(
        PEOPLE.ranger,
        'arp',
        arp({ operation: 2, senderMac: mac, senderIp: '10.0.0.200', targetIp: '10.0.0.2' }),
      ),
      frameOf(PEOPLE.ranger, 'ipv6', neighbourAdvert({ src: 'fd00::6', dst: 'ff02::1' }, 'fd00::200', mac)),
    ];
    const passed = frames.map((frame) => ({
      reason: 'claimed' as const,
      frame: Buffer.concat([frame, MARK]),
    }));
    expect(await heard('ranger', passed)).toEqual(hearers('ranger', passed.length));
  });
});

describe('a port without port security', () => {
  it('may send from any address, but with no tag', async () => {
    const all = attacks(PEOPLE.open, VICTIMS, KINDS_OF_GUEST, 200, 9);
    const isTag = ({ reason }: Attack) => reason === 'unknown-vlan' || reason === 'second-tag';
    // Forged questions for a neighbour are answered, and so not heard by all.
    const isQuestion = ({ reason }: Attack) => reason === 'foreign-arp' || reason === 'foreign-option';
    const toAll = all.filter((each) => !isTag(each) && !isQuestion(each) && each.frame[0] === 0xff);
    expect(toAll.length).toBeGreaterThan(20);
    expect(await heard('open', toAll)).toEqual(hearers('open', toAll.length));
    expect(await heard('open', all.filter(isTag))).toEqual([]);
  });
});

describe('what a port may send from', () => {
  it('includes MAC addresses of its pairs, by which it is reached, too', async () => {
    // A virtual router's (RFC 5798, 7.3), which the routers hand on among themselves.
    const virtual = { ...PEOPLE.plain, mac: '00:00:5e:00:01:07', ip: '10.0.0.99' };
    const announced = arp({
      operation: 2,
      senderMac: virtual.mac,
      senderIp: virtual.ip,
      targetIp: virtual.ip,
    });
    const reply = ethernet(
      { src: PEOPLE.far.mac, dst: virtual.mac, type: ETHERTYPE.ipv4 },
      udp({ src: PEOPLE.far.ip, dst: virtual.ip, srcPort: 1, dstPort: 2 }, NOTHING),
    );
    const announce = {
      reason: 'sender',
      frame: Buffer.concat([frameOf(virtual, 'arp', announced), MARK]),
    } as const;
    const answer = { reason: 'sender', frame: Buffer.concat([reply, MARK]) } as const;
    expect(await heard('plain', [announce])).toEqual([]);
    expect(await heard('far', [answer])).toEqual([]);
    const pairs = [{ mac_address: virtual.mac, ip_address: virtual.ip }];
    await cloud.controller.rest.update('port', portOf('plain').id, { allowed_address_pairs: pairs });
    for (const hypervisor of cloud.hypervisors)
      await waitFor(
        async () => (await hypervisor.dumpFlows()).some((flow) => flow.includes(`dl_dst=${virtual.mac}`)),
        { what: 'the flows to follow' },
      );
    await cloud.caughtUp();
    expect(await heard('plain', [announce])).toEqual(hearers('plain', 1));
    expect(await heard('far', [answer])).toContain('plain');
    await cloud.controller.rest.update('port', portOf('plain').id, { allowed_address_pairs: [] });
  });

  it('follows its allowed address pairs and its port security', async () => {
    const { mac } = PEOPLE.plain;
    const packet = udp({ src: '10.0.0.99', dst: '10.0.0.3', srcPort: 1, dstPort: 2 }, NOTHING);
    const frame = Buffer.concat([frameOf(PEOPLE.plain, 'ipv4', packet), MARK]);
    const isHeard = async () => (await heard('plain', [{ reason: 'foreign-ipv4', frame }])).length > 0;
    const change = async (attributes: object, isThere: boolean) => {
      await cloud.controller.rest.update('port', portOf('plain').id, attributes);
      const ofPair = (flow: string) => flow.includes(`dl_src=${mac},nw_src=10.0.0.99`);
      await waitFor(async () => (await cloud.hypervisor(1).dumpFlows()).some(ofPair) === isThere, {
        what: 'the flows to follow',
      });
      await cloud.caughtUp();
    };
    expect(await isHeard()).toBe(false);
    await change({ allowed_address_pairs: [{ ip_address: '10.0.0.99' }] }, true);
    expect(await isHeard()).toBe(true);
    await change({ allowed_address_pairs: [] }, false);
    expect(await isHeard()).toBe(false);
    await change({ port_security_enabled: false, security_groups: [] }, false);
    await waitFor(isHeard, { what: 'the guard to be gone' });
  });
});

const MARK = Buffer.from(ATTACK_MARK);
const NOTHING = new Uint8Array();

function person(number: number): Person {
  return { mac: macOf(number), ip: `10.0.0.${number}`, ip6: `fd00::${number}` };
}

/** What a guest sends while it starts, asks and answers, each to everybody. */
function honest(me: Person): Readonly<Record<string, Uint8Array>> {
  const { mac, ip, ip6 } = me;
  const local = linkLocalOf(mac);
  const request = (senderIp: string, targetIp: string) =>
    frameOf(me, 'arp', arp({ operation: 1, senderMac: mac, senderIp, targetIp }));
  const ipv4 = (packet: Uint8Array) => frameOf(me, 'ipv4', packet);
  const ipv6 = (packet: Uint8Array) => frameOf(me, 'ipv6', packet);
  const solicitBody = [0, 0, 0, 0];
  const listenerBody = [0, 0, 0, 0];
  return {
    'DHCP discover': ipv4(udp({ src: '0.0.0.0', dst: '255.255.255.255', srcPort: 68, dstPort: 67 }, NOTHING)),
    'DHCP renewal': ipv4(udp({ src: ip, dst: '255.255.255.255', srcPort: 68, dstPort: 67 }, NOTHING)),
    'ARP probe': request('0.0.0.0', ip),
    'gratuitous ARP request': request(ip, ip),
    'gratuitous ARP answer': frameOf(
      me,
      'arp',
      arp({ operation: 2, senderMac: mac, senderIp: ip, targetIp: ip }),
    ),
    'ARP request': request(ip, '10.0.0.240'),
    'IPv4 broadcast': ipv4(udp({ src: ip, dst: '10.0.0.255', srcPort: 9, dstPort: 9 }, NOTHING)),
    'duplicate address detection': ipv6(neighbourSolicit({ src: '::', dst: 'ff02::1' }, ip6)),
    'the same of its link-local address': ipv6(neighbourSolicit({ src: '::', dst: 'ff02::1' }, local)),
    'neighbour solicitation': ipv6(neighbourSolicit({ src: ip6, dst: 'ff02::1' }, 'fd00::240', mac)),
    'the same without its MAC address': ipv6(neighbourSolicit({ src: local, dst: 'ff02::1' }, 'fd00::240')),
    'neighbour advertisement': ipv6(neighbourAdvert({ src: ip6, dst: 'ff02::1' }, ip6, mac)),
    'the same from its link-local address': ipv6(neighbourAdvert({ src: local, dst: 'ff02::1' }, ip6)),
    'router solicitation': ipv6(
      icmpv6({ src: local, dst: 'ff02::2' }, ICMPV6_TYPE.routerSolicit, solicitBody),
    ),
    'the same without an address': ipv6(
      icmpv6({ src: '::', dst: 'ff02::2' }, ICMPV6_TYPE.routerSolicit, solicitBody),
    ),
    'multicast listener report': ipv6(
      icmpv6({ src: '::', dst: 'ff02::16' }, ICMPV6_TYPE.listenerReport2, listenerBody),
    ),
    'DHCPv6 solicit': ipv6(udp6({ src: local, dst: 'ff02::1:2', srcPort: 546, dstPort: 547 }, NOTHING)),
    'IPv6 multicast': ipv6(udp6({ src: ip6, dst: 'ff02::1', srcPort: 9, dstPort: 9 }, NOTHING)),
    'a protocol of its own': frameOf(me, 'experiment', NOTHING),
  };
}

/** A frame to everybody. */
function frameOf({ mac, vlan }: Person, type: keyof typeof ETHERTYPE, packet: Uint8Array): Uint8Array {
  const vlans = vlan === undefined ? [] : [{ vid: vlan }];
  return ethernet({ src: mac, dst: BROADCAST, vlans, type: ETHERTYPE[type] }, packet);
}

/** Names of the guests that hear these frames, once for each that they hear. */
async function heard(from: string, frames: readonly Attack[]): Promise<readonly string[]> {
  const captures = await capture(Object.keys(vms));
  for (const [at, { frame }] of frames.entries()) {
    await vmOf(from).send(frame);
    // The switch need not have room for more than some hundred that it has not read.
    if (at % 100 === 99) await cloud.lab.quiet();
  }
  await cloud.lab.quiet();
  const seen: string[] = [];
  for (const { name, recording } of captures)
    for (const bytes of await recording.finish()) if (Buffer.from(bytes).includes(MARK)) seen.push(name);
  return seen.sort();
}

/** What `heard` gives when everybody else hears all of `count` frames, the subport's parent as both. */
function hearers(from: string, count: number): readonly string[] {
  const others = [...Object.keys(vms), 'parent'].filter((name) => name !== from);
  return others.flatMap((name) => Array.from({ length: count }, () => name)).sort();
}

async function capture(names: readonly string[]): Promise<{ name: string; recording: Capture }[]> {
  return Promise.all(names.map(async (name) => ({ name, recording: await vmOf(name).capture() })));
}

/** Packets that hypervisor 1 has dropped, by reason. */
function counters(): Promise<Readonly<Record<string, number>>> {
  return dropCounts(cloud.hypervisor(1), REASONS);
}

function tally(all: readonly Attack[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { reason } of all) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

async function createPort(name: string, number: number, attributes: object = {}): Promise<void> {
  const { ip, ip6 } = person(number);
  const fixed = { fixed_ips: [{ ip_address: ip }, { ip_address: ip6 }], security_groups: [anything.id] };
  ports[name] = await cloud.createPort(network, number, { ...fixed, ...attributes });
}

function portOf(name: string): Resource {
  const port = ports[name];
  if (!port) throw new Error(`no port ${name}`);
  return port;
}

function vmOf(name: string): Vm {
  const vm = vms[name];
  if (!vm) throw new Error(`no VM ${name}`);
  return vm;
}

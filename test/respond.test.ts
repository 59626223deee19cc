import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  arp,
  BROADCAST,
  type Capture,
  ETHERTYPE,
  ethernet,
  ICMPV6_TYPE,
  linkLocalOf,
  neighbourAdvert,
  neighbourSolicit,
  type Resource,
  readEthernet,
  solicitedGroup,
  type Vm,
} from '#lab';
import { Cloud, macOf } from './cloud.ts';

/** Who is asked for by all is answered by the asker's own switch, byte by byte as the owner would have. */
let cloud: Cloud;
let network: Resource;
const vms: Record<string, Vm> = {};

/** All on hypervisor 1 but `far` and `openFar`. The number gives the addresses. */
const NUMBERS = { asker: 1, near: 2, far: 3, parent: 4, sharer: 6, open: 7, openFar: 8 } as const;
const FAR: readonly string[] = ['far', 'openFar'];
const SUBPORT = { number: 5, vlan: 100 };
const UNPLUGGED = 9;
/** Allowed to `sharer` besides its own, and not fixed. */
const SHARED = '10.0.0.50';
/** What Neutron's DHCP ports answer for; nobody's fixed address. */
const METADATA = '169.254.169.254';

beforeAll(async () => {
  cloud = await Cloud.create(2);
  network = await cloud.network('asked');
  const { rest } = cloud.controller;
  await rest.create('subnet', {
    network_id: network.id,
    ip_version: 6,
    cidr: 'fd00::/64',
    enable_dhcp: false,
  });
  const open = { port_security_enabled: false, security_groups: [] };
  const attributes: Readonly<Record<string, object>> = {
    sharer: { allowed_address_pairs: [{ ip_address: SHARED }] },
    open,
    openFar: open,
  };
  const ports: Record<string, Resource> = {};
  for (const [name, number] of Object.entries(NUMBERS))
    ports[name] = await createPort(number, attributes[name]);
  await createPort(UNPLUGGED);
  const subPort = await createPort(SUBPORT.number);
  await rest.create('trunk', {
    port_id: ports.parent?.id,
    sub_ports: [{ port_id: subPort.id, segmentation_type: 'vlan', segmentation_id: SUBPORT.vlan }],
  });
  for (const [name, number] of Object.entries(NUMBERS)) {
    const vm = await cloud.createVm(number);
    vms[name] = vm;
    await cloud.hypervisor(FAR.includes(name) ? 2 : 1).plug(vm, ports[name]?.id ?? '');
    await vm.exec(['ip', '-6', 'addr', 'add', `${ip6(number)}/64`, 'dev', 'v0', 'nodad']);
  }
  for (const port of [...Object.values(ports), subPort]) await cloud.status(port, 'ACTIVE');
  await vmOf('sharer').exec(['ip', 'addr', 'add', `${SHARED}/32`, 'dev', 'v0']);
  await vmOf('open').exec(['ip', 'addr', 'add', `${METADATA}/32`, 'dev', 'v0']);
  await vmOf('asker').ping('10.0.0.3');
});
afterAll(() => cloud.stop());

describe('an ARP request to everybody', () => {
  it.each(['near', 'far', 'open', 'openFar'] as const)(
    'for %s is answered, and nobody hears of it',
    async (name) => {
      const number = NUMBERS[name];
      const { answers, hearers } = await ask('asker', arpRequest(1, ip(number)));
      expect(hearers).toEqual([]);
      expect(answers).toEqual([arpAnswer(number, 1)]);
    },
  );

  it('is answered to a subport with its tag, and for a subport', async () => {
    const toSubPort = await ask('parent', tagged(arpRequest(SUBPORT.number, ip(3))));
    expect(toSubPort).toEqual({ answers: [tagged(arpAnswer(3, SUBPORT.number))], hearers: [] });
    const forSubPort = await ask('asker', arpRequest(1, ip(SUBPORT.number)));
    expect(forSubPort).toEqual({ answers: [arpAnswer(SUBPORT.number, 1)], hearers: [] });
    const ofItsParent = await ask('parent', tagged(arpRequest(SUBPORT.number, ip(4))));
    expect(ofItsParent).toEqual({ answers: [tagged(arpAnswer(4, SUBPORT.number))], hearers: [] });
  });

  it('that probes for somebody’s address is answered, and one for the asker’s own is not', async () => {
    const taken = await ask('asker', arpRequest(1, ip(3), '0.0.0.0'));
    expect(taken).toEqual({ answers: [arpAnswer(3, 1, '0.0.0.0')], hearers: [] });
    const own = await ask('asker', arpRequest(1, ip(1), '0.0.0.0'));
    expect(own).toEqual({ answers: [], hearers: everybodyBut('asker') });
    const announced = await ask('asker', arpRequest(1, ip(1)));
    expect(announced).toEqual({ answers: [], hearers: everybodyBut('asker') });
  });

  it('for an address that is nobody’s, or of a port that is not plugged in, is heard by all', async () => {
    for (const target of ['10.0.0.200', ip(UNPLUGGED)]) {
      const { answers, hearers } = await ask('asker', arpRequest(1, target));
      expect({ answers, hearers }).toEqual({ answers: [], hearers: everybodyBut('asker') });
    }
  });

  it.each([
    ['a shared address', SHARED, NUMBERS.sharer],
    ['an address that is in no fixed_ips', METADATA, NUMBERS.open],
  ])('for %s reaches who has it, and is answered by that', async (_, target, number) => {
    const { answers, hearers } = await ask('asker', arpRequest(1, target));
    expect(hearers).toEqual(everybodyBut('asker'));
    expect(answers).toEqual([arpAnswer(number, 1, ip(1), target)]);
  });
});

describe('a question to one', () => {
  it('reaches that one alone, so that it is known to be there', async () => {
    const packet = arp({ operation: 1, senderMac: macOf(1), senderIp: ip(1), targetIp: ip(3) });
    const frame = ethernet({ src: macOf(1), dst: macOf(3), type: ETHERTYPE.arp }, packet);
    const { answers, hearers } = await ask('asker', hex(frame));
    expect(hearers).toEqual(['far']);
    // By its own kernel.
    expect(answers).toEqual([arpAnswer(3, 1)]);
  });
});

describe('a neighbour solicitation to everybody', () => {
  it.each(['near', 'far'] as const)('for %s is answered, and nobody hears of it', async (name) => {
    const number = NUMBERS[name];
    const { answers, hearers } = await ask('asker', solicitation(1, ip6(number)));
    expect(hearers).toEqual([]);
    expect(answers).toEqual([advertisement(number, 1)]);
  });

  it('is answered to a subport with its tag', async () => {
    const { answers, hearers } = await ask('parent', tagged(solicitation(SUBPORT.number, ip6(3))));
    expect({ answers, hearers }).toEqual({
      answers: [tagged(advertisement(3, SUBPORT.number))],
      hearers: [],
    });
  });

  it.each(['open', 'openFar'] as const)('for %s, which may be a router, reaches it alone', async (name) => {
    const { hearers } = await ask('asker', solicitation(1, ip6(NUMBERS[name])));
    expect(hearers).toEqual([name]);
  });

  it('for the asker’s own address (duplicate address detection), or for nobody’s, is heard by all', async () => {
    const own = neighbourSolicit({ src: '::', dst: solicitedGroup(ip6(1)).ip }, ip6(1));
    expect((await ask('asker', toGroup(1, ip6(1), own))).hearers).toEqual(everybodyBut('asker'));
    expect((await ask('asker', solicitation(1, ip6(200)))).hearers).toEqual(everybodyBut('asker'));
  });

  it('of a guest’s own kernel is answered so that it believes it', async () => {
    const captures = await record(['far', 'near']);
    const pings = await vmOf('asker').ping(ip6(3), { count: 3 });
    expect(pings.lost).toEqual([]);
    const heard = await Promise.all(captures.map(async ({ recording }) => recording.finish()));
    const asked = heard.flat().filter((frame) => isQuestionFrom(frame, macOf(1)) && isToMany(frame));
    expect(asked).toEqual([]);
  });
});

describe('the flows that answer', () => {
  it('are found as they are by a controller that starts again', async () => {
    await cloud.controller.restart();
    await cloud.steady();
    const log = cloud.controller.log().filter(({ msg }) => msg === 'switch read back');
    expect(log.slice(-2).map(({ changes }) => changes)).toEqual([0, 0]);
  });
});

/** Sends a frame; gives what comes back to its sender (of ARP and neighbour discovery), and who else hears it. */
async function ask(from: string, frame: string): Promise<{ answers: string[]; hearers: string[] }> {
  const captures = await record(Object.keys(vms));
  await vmOf(from).send(Buffer.from(frame, 'hex'));
  await cloud.lab.quiet();
  const answers: string[] = [];
  const hearers: string[] = [];
  for (const { name, recording } of captures) {
    for (const bytes of await recording.finish()) {
      const { payload, vlans, src } = readEthernet(bytes) ?? {};
      const isSame = payload !== undefined && frame.endsWith(hex(payload));
      if (isSame && src === readEthernet(Buffer.from(frame, 'hex'))?.src)
        hearers.push([name, ...(vlans?.map(({ vid }) => vid) ?? [])].join('.'));
      else if (name === from && isAnswer(bytes)) answers.push(hex(bytes));
    }
  }
  return { answers, hearers: hearers.sort() };
}

/** Everybody that hears a broadcast, the subport of `parent` by its tag. */
function everybodyBut(from: string): string[] {
  return [...Object.keys(vms), `parent.${SUBPORT.vlan}`].filter((name) => name !== from).sort();
}

async function record(names: readonly string[]): Promise<{ name: string; recording: Capture }[]> {
  return Promise.all(names.map(async (name) => ({ name, recording: await vmOf(name).capture() })));
}

function arpRequest(asker: number, targetIp: string, senderIp = ip(asker)): string {
  const packet = arp({ operation: 1, senderMac: macOf(asker), senderIp, targetIp });
  return hex(ethernet({ src: macOf(asker), dst: BROADCAST, type: ETHERTYPE.arp }, packet));
}

function arpAnswer(owner: number, asker: number, targetIp = ip(asker), senderIp = ip(owner)): string {
  const [senderMac, targetMac] = [macOf(owner), macOf(asker)];
  const packet = arp({ operation: 2, senderMac, senderIp, targetMac, targetIp });
  return hex(ethernet({ src: senderMac, dst: targetMac, type: ETHERTYPE.arp }, packet));
}

function solicitation(asker: number, target: string): string {
  const ends = { src: linkLocalOf(macOf(asker)), dst: solicitedGroup(target).ip };
  return toGroup(asker, target, neighbourSolicit(ends, target, macOf(asker)));
}

function toGroup(asker: number, target: string, packet: Uint8Array): string {
  return hex(ethernet({ src: macOf(asker), dst: solicitedGroup(target).mac, type: ETHERTYPE.ipv6 }, packet));
}

function advertisement(owner: number, asker: number): string {
  const ends = { src: ip6(owner), dst: linkLocalOf(macOf(asker)) };
  const packet = neighbourAdvert(ends, ip6(owner), macOf(owner));
  return hex(ethernet({ src: macOf(owner), dst: macOf(asker), type: ETHERTYPE.ipv6 }, packet));
}

/** The same frame as the subport sends and gets it. */
function tagged(frame: string): string {
  return `${frame.slice(0, 24)}8100${SUBPORT.vlan.toString(16).padStart(4, '0')}${frame.slice(24)}`;
}

function isAnswer(frame: Uint8Array): boolean {
  const { type, payload = new Uint8Array() } = readEthernet(frame) ?? {};
  if (type === ETHERTYPE.arp) return payload[7] === 2;
  return type === ETHERTYPE.ipv6 && payload[6] === 58 && payload[40] === ICMPV6_TYPE.neighbourAdvert;
}

function isQuestionFrom(frame: Uint8Array, mac: string): boolean {
  const { src, payload } = readEthernet(frame) ?? {};
  return src === mac && payload?.[6] === 58 && payload[40] === ICMPV6_TYPE.neighbourSolicit;
}

function isToMany(frame: Uint8Array): boolean {
  return ((frame[0] ?? 0) & 1) === 1;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function ip(number: number): string {
  return `10.0.0.${number}`;
}

function ip6(number: number): string {
  return `fd00::${number}`;
}

function createPort(number: number, attributes: object = {}): Promise<Resource> {
  const fixed = { fixed_ips: [{ ip_address: ip(number) }, { ip_address: ip6(number) }] };
  return cloud.createPort(network, number, { ...fixed, ...attributes });
}

function vmOf(name: string): Vm {
  const vm = vms[name];
  if (!vm) throw new Error(`no VM ${name}`);
  return vm;
}

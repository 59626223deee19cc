import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Drift } from '#controller/reconciler/audit/drift';
import {
  arp,
  BROADCAST,
  ETHERTYPE,
  ethernet,
  type Hypervisor,
  type Resource,
  udp,
  type VlanTag,
  waitFor,
} from '#lab';
import { Cloud, type Guest, macOf } from './cloud.ts';

/** A guest that sends to everybody is held to its limit, by a meter that outlives what happens to controllers and flows. */
let cloud: Cloud;
let host: Hypervisor;
let network: Resource;
let limited: Guest;
let free: Guest;
let far: Guest;

/** So slow that hardly more than the burst passes while frames are sent. */
const [RATE, BURST] = [1, 20];
const FRAMES = 200;

beforeAll(async () => {
  const args = ['--broadcast-limit', `${RATE}/${BURST}`, '--audit-interval', '1'];
  cloud = await Cloud.create(2, {}, { args });
  host = cloud.hypervisor(1);
  await host.ofctl('add-meter', 'br-int', 'meter=7,pktps,burst,bands=type=drop,rate=5,burst_size=5');
  network = await cloud.network('noisy');
  limited = await cloud.guest(network, host, 1);
  free = await cloud.guest(network, host, 2);
  far = await cloud.guest(network, cloud.hypervisor(2), 3);
  await profile(free, '0');
  // It is a DHCP server.
  const open = { port_security_enabled: false, security_groups: [] };
  await cloud.controller.rest.update('port', far.port.id, open);
  await cloud.caughtUp();
});
afterAll(() => cloud.stop());

describe('a port with a limit', () => {
  it('sends no more broadcasts than that, and all of its other packets', async () => {
    const before = await metered();
    const { broadcasts, unicasts, seconds } = await storm(limited, 1);
    expect(broadcasts).toBeGreaterThan(0);
    expect(broadcasts).toBeLessThanOrEqual(BURST + RATE * (seconds + 1));
    expect(unicasts).toBe(FRAMES);
    await waitFor(async () => (await metered()) - before === FRAMES - broadcasts, {
      what: 'each to be counted under its reason',
    });
    const metric = 'tenantflow_dropped_packets_total{app="broadcast-limit",reason="broadcast-limit"} ';
    await waitFor(async () => (await cloud.controller.metrics()).includes(metric), {
      what: 'audits to count some of them',
    });
  });

  it.each([
    ['asks for an address that nobody is known to have', question],
    ['looks for a DHCP server', discover],
  ])('is heard again when it has rested, and %s', async (_, make) => {
    await storm(limited, 1);
    const recording = await far.vm.capture();
    const wanted = make();
    await waitFor(
      async () => {
        await limited.vm.send(wanted);
        return recording.frames.some((each) => Buffer.from(each).includes(Buffer.from(wanted)));
      },
      { what: 'it to arrive' },
    );
    await recording.finish();
  });

  it('leaves a port without a limit alone', async () => {
    const { broadcasts, unicasts } = await storm(free, 2);
    expect([broadcasts, unicasts]).toEqual([FRAMES, FRAMES]);
  });
});

describe('its meter', () => {
  let before: readonly string[];
  beforeEach(async () => {
    await waitFor(async () => (await meters()).length === 1, { what: 'one meter of ours' });
    before = [...(await meters()), ...(await host.dumpFlows())];
  });
  const asBefore = (what: string) =>
    waitFor(
      async () =>
        JSON.stringify([...(await meters()), ...(await host.dumpFlows())]) === JSON.stringify(before),
      { what },
    );

  it.each([
    ['it is deleted', async () => host.ofctl('del-meter', 'br-int', `meter=${await number()}`)],
    ['it lets more pass', async () => host.ofctl('mod-meter', 'br-int', await wide())],
    ['another is put among ours', async () => host.ofctl('add-meter', 'br-int', await wide(1_000))],
  ])('is repaired, and with it what went along, when %s', async (_, work) => {
    await work();
    expect([...(await meters()), ...(await host.dumpFlows())]).not.toEqual(before);
    await asBefore('meters and flows to be repaired');
  });

  it('is reported when somebody has changed it, and foreign meters are counted', async () => {
    const { audit, foreignMeters } = (await cloud.controller.rest.request(
      'GET',
      `/v1/switches/${host.name}`,
    )) as { readonly audit: { readonly last: readonly Drift[] }; readonly foreignMeters: number };
    expect(foreignMeters).toBe(1);
    const found = audit.last.filter(({ flow }) => flow.startsWith('meter='));
    expect(found.map((drift) => `${drift.kind}: ${drift.found}`)).toEqual([
      'added: a meter of our numbers that nothing asks for',
      'changed: rate=1000000,burst_size=1000000',
      'deleted: nothing',
    ]);
    expect(found.at(-1)?.cause).toMatchObject({ app: 'broadcast-limit', kind: 'broadcastLimit' });
  });

  it('changes with the limit, and its flows stay', async () => {
    await profile(limited, '3/4');
    await waitFor(async () => /rate=3 burst_size=4/.test((await meters()).join()), { what: 'the new rate' });
    expect(await host.dumpFlows()).toEqual(before.slice(1));
    await profile(limited, `${RATE}/${BURST}`);
    await asBefore('the old rate');
  });

  it('goes on counting after the controller is restarted', async () => {
    await storm(limited, 1);
    const count = await metered();
    expect(count).toBeGreaterThan(0);
    await cloud.controller.kill();
    await cloud.controller.start();
    await cloud.steady();
    await asBefore('all to be as before');
    expect(await metered()).toBe(count);
  });

  it('goes with the port', async () => {
    await cloud.controller.rest.delete('port', limited.port.id);
    await waitFor(async () => (await meters()).length === 0, { what: 'the meter to go' });
    expect(await host.ofctl('dump-meters', 'br-int')).toContain('meter=7 ');
  });
});

it('is each subport’s own, and none of its parent’s', async () => {
  const subport = await cloud.createPort(network, 12);
  const subPort = { port_id: subport.id, segmentation_type: 'vlan', segmentation_id: 100 };
  await cloud.controller.rest.create('trunk', { port_id: free.port.id, sub_ports: [subPort] });
  await cloud.status(subport, 'ACTIVE');
  await cloud.caughtUp();
  const tagged = await storm(free, 12, [{ vid: 100 }]);
  expect(tagged.broadcasts).toBeGreaterThan(0);
  expect(tagged.broadcasts).toBeLessThanOrEqual(BURST + RATE * (tagged.seconds + 1));
  expect(tagged.unicasts).toBe(FRAMES);
  expect((await storm(free, 2)).broadcasts).toBe(FRAMES);
});

it('is refused with a precise message if the value is no limit', async () => {
  const asked = cloud.controller.rest.update('port', free.port.id, {
    'binding:profile': { 'broadcast-limit': 'many' },
  });
  await expect(asked).rejects.toThrow("broadcast-limit: 'many' is not RATE or RATE/BURST in packets");
});

async function profile({ port }: Guest, limit: string): Promise<void> {
  const binding = { 'binding:profile': { 'broadcast-limit': limit } };
  await cloud.controller.rest.update('port', port.id, binding);
  await cloud.caughtUp();
}

/** Sends frames to everybody and as many to one; tells how many of each arrived at the other hypervisor, and how long that took. */
async function storm({ vm }: Guest, number: number, vlans: readonly VlanTag[] = []) {
  const recording = await far.vm.capture();
  const begun = performance.now();
  for (let at = 0; at < FRAMES; at++) {
    await vm.send(frame(number, BROADCAST, `broadcast ${at}.`, vlans));
    await vm.send(frame(number, macOf(3), `unicast ${at}.`, vlans));
  }
  await cloud.lab.quiet();
  const seconds = (performance.now() - begun) / 1_000;
  const texts = (await recording.finish()).map((each) => Buffer.from(each).toString('latin1'));
  const count = (what: string) => texts.filter((text) => text.includes(what)).length;
  return { broadcasts: count('broadcast '), unicasts: count('unicast '), seconds };
}

function frame(number: number, dst: string, what: string, vlans: readonly VlanTag[]): Uint8Array {
  return ethernet({ src: macOf(number), dst, vlans, type: ETHERTYPE.experiment }, Buffer.from(what));
}

/** ARP for an address of the subnet that no port has. */
function question(): Uint8Array {
  const ask = arp({ operation: 1, senderMac: macOf(1), senderIp: '10.0.0.1', targetIp: '10.0.0.250' });
  return ethernet({ src: macOf(1), dst: BROADCAST, type: ETHERTYPE.arp }, ask);
}

/** From a client that has no address yet (RFC 2131, 4.1). */
function discover(): Uint8Array {
  const ends = { src: '0.0.0.0', dst: '255.255.255.255', srcPort: 68, dstPort: 67 };
  const packet = udp(ends, Buffer.from('DISCOVER'));
  return ethernet({ src: macOf(1), dst: BROADCAST, type: ETHERTYPE.ipv4 }, packet);
}

/** Our meters, one a line. */
async function meters(): Promise<readonly string[]> {
  const text = (await host.ofctl('dump-meters', 'br-int')).replaceAll('bands=\n', 'bands=');
  return text
    .split('\n')
    .filter((line) => /meter=\d{6,}/.test(line))
    .sort();
}

/** That of our meter. */
async function number(): Promise<number> {
  return Number(/meter=(\d+)/.exec((await meters()).join())?.[1]);
}

/** Our meter, or one `beyond` it, as ovs-ofctl(8) takes it, with a rate that lets everything pass. */
async function wide(beyond = 0): Promise<string> {
  return `meter=${(await number()) + beyond},pktps,burst,stats,bands=type=drop,rate=1000000,burst_size=1000000`;
}

/** Packets that meters have dropped, as the API tells it. */
async function metered(): Promise<number> {
  const rows = (await cloud.controller.rest.request('GET', `/v1/switches/${host.name}/drops`)) as readonly {
    readonly name: string;
    readonly packets: number;
  }[];
  return rows.find(({ name }) => name === 'broadcast-limit')?.packets ?? 0;
}

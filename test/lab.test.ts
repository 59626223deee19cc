import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BROADCAST,
  describeCell,
  ETHERTYPE,
  ethernet,
  explain,
  type Hypervisor,
  icmpEcho,
  Lab,
  probe,
  readEthernet,
  type Vm,
  waitFor,
} from '#lab';

/**
 * Proves the lab itself, without the controller: flows written by hand give two networks with the same addresses on
 * two hypervisors, and the lab must see what is true, also when it is not what was expected.
 */
const NETWORKS = { red: 1, blue: 2 } as const;
type Network = keyof typeof NETWORKS;

interface Guest {
  readonly vm: Vm;
  readonly group: Network;
  readonly key: number;
  readonly ofport: number;
}

let lab: Lab;
let hypervisors: readonly Hypervisor[];
const guests: Guest[] = [];

beforeAll(async () => {
  lab = await Lab.create();
  hypervisors = await Promise.all(['hv1', 'hv2'].map((name) => lab.hypervisor(name)));
  await lab.warmUp();
  await Promise.all(hypervisors.map(addBridge));
  for (const group of ['red', 'blue'] as const) {
    for (const [at, hypervisor] of hypervisors.entries()) {
      const host = at + 1;
      const vm = await lab.vm(`${group}${host}`, {
        mac: `fa:16:3e:00:00:0${host}`,
        ips: [`10.0.0.${host}/24`],
      });
      const device = await hypervisor.plug(vm, `${group}${host}`);
      guests.push({ vm, group, key: guests.length + 1, ofport: await hypervisor.ofport(device) });
    }
  }
  await Promise.all(hypervisors.map((hypervisor) => hypervisor.addFlows(referenceFlows(hypervisor))));
});

/** What one lab left, the next would begin with. */
afterAll(async () => {
  await lab.stop();
  for (const hypervisor of hypervisors) expect(existsSync(hypervisor.ovs.folder)).toBe(false);
});

describe('matrix', () => {
  it('is as expected where two networks are apart', async () => {
    const matrix = await probe(guests);
    expect(matrix.mismatches).toEqual([]);
    expect(await explain(matrix, guests)).toBe('');
    expect(matrix.cells).toHaveLength(12);
    expect(String(matrix).split('\n')).toMatchInlineSnapshot(`
      [
        "             expected       seen",
        "             red   blue     red   blue",
        "             1 2   1 2      1 2   1 2",
        "red1   hv1   - ●   · ·      - ●   · ·",
        "red2   hv2   ● -   · ·      ● -   · ·",
        "blue1  hv1   · ·   - ●      · ·   - ●",
        "blue2  hv2   · ·   ● -      · ·   ● -",
        "",
        "● reached   · nothing arrived   ✗ not as expected",
      ]
    `);
  });

  it('sees a leak, with what leaked', async () => {
    const [hv1] = hypervisors;
    const blue1 = guest('blue1');
    await hv1?.addFlows(`table=0,priority=200,in_port=${guest('red1').ofport},actions=output:${blue1.ofport},resubmit(,1)
      table=1,actions=set_field:${guest('red1').key}->reg5,write_metadata:1,goto_table:20`);
    const matrix = await probe(guests);
    await hv1?.ofctl(
      'del-flows',
      '--strict',
      'br-int',
      `table=0,priority=200,in_port=${guest('red1').ofport}`,
    );
    expect(matrix.mismatches.map(({ from, to }) => `${from} ${to}`)).toEqual(['red1 blue1']);
    expect(matrix.mismatches[0]?.seen).toMatchObject({ unicast: 0, broadcast: 1 });
    expect(matrix.mismatches[0]?.seen.stray).toBeGreaterThan(0);
  });

  it('sees what does not arrive', async () => {
    const { hypervisor } = guest('red2').vm.place;
    const mute = `table=0,priority=300,in_port=${guest('red2').ofport}`;
    await hypervisor.addFlows(`${mute},actions=drop`);
    const matrix = await probe(guests, { pings: 1, waitMs: 1_000 });
    const explanation = await explain(matrix, guests);
    await hypervisor.ofctl('del-flows', '--strict', 'br-int', mute);
    expect(matrix.mismatches.map(describeCell)).toEqual([
      'red1 to red2: expected all of it, and nothing twice; seen 0 of 1 pings, 1 unicast, 1 broadcast and 0 stray frames',
      'red2 to red1: expected all of it, and nothing twice; seen 0 of 1 pings, 0 unicast, 0 broadcast and 0 stray frames',
    ]);
    expect(explanation).toContain('2 of 12 cells are not as expected:\nred1 to red2: expected');
    expect(explanation).toMatch(
      /What hv2 does with a packet from red2 to red1:\nFlow: icmp[\s\S]*\n +drop\n/,
    );
    expect(String(matrix)).toContain('- ✗   · ·');
  });
});

describe('VM', () => {
  it('sends and captures frames as they are, tags included', async () => {
    const [red1, blue1] = [guest('red1'), guest('blue1')];
    const [hv1] = hypervisors;
    await hv1?.addFlows(
      `table=0,priority=300,in_port=${red1.ofport},dl_vlan=100,actions=output:${blue1.ofport}`,
    );
    const payload = icmpEcho(
      { src: '10.0.0.1', dst: '10.0.0.2', id: 1, sequence: 1 },
      new Uint8Array(80).fill(7),
    );
    const header = {
      src: red1.vm.mac,
      dst: BROADCAST,
      vlans: [
        { vid: 100, pcp: 3, protocol: ETHERTYPE.vlan },
        { vid: 7, pcp: 0, protocol: ETHERTYPE.vlan },
      ],
      type: ETHERTYPE.ipv4,
    };
    const frame = ethernet(header, payload);
    const capture = await blue1.vm.capture();
    await red1.vm.send(frame);
    const seen = await capture.first(
      (bytes) => readEthernet(bytes)?.vlans[0]?.vid === 100,
      'the tagged frame',
    );
    expect(Buffer.from(seen).toString('hex')).toBe(Buffer.from(frame).toString('hex'));
    expect(await capture.finish()).toContainEqual(seen);
  });

  it('says which request was lost, and only that', async () => {
    const [red1, red2] = [guest('red1'), guest('red2')];
    const running = red1.vm.startPing(red2.vm.ip, { intervalMs: 20 });
    await waitFor(() => running.received >= 5, { what: 'five replies' });
    expect(await running.stop()).toMatchObject({ lost: [], duplicates: 0 });
    const nowhere = await red1.vm.ping('10.0.0.99', { count: 2, intervalMs: 20, waitMs: 100 });
    expect(nowhere).toMatchObject({ received: 0 });
  });

  it('does not count a late reply as lost', async () => {
    const [red1, red2] = [guest('red1'), guest('red2')];
    const { pid = 0 } = red1.vm.place.hypervisor.ovs.vswitchd;
    const running = red1.vm.startPing(red2.vm.ip, { intervalMs: 20 });
    await waitFor(() => running.received >= 2, { what: 'two replies' });
    process.kill(pid, 'SIGSTOP');
    const before = await framesSentBy(red1.vm);
    await waitFor(async () => (await framesSentBy(red1.vm)) >= before + 5, { what: 'five more requests' });
    const inTime = running.received;
    const stopped = running.stop();
    process.kill(pid, 'SIGCONT');
    const { sent, lost } = await stopped;
    expect(lost).toEqual([]);
    expect(sent).toBeGreaterThanOrEqual(inTime + 5);
  });

  it('tells why a frame cannot be sent', async () => {
    const tooLong = ethernet(
      { src: guest('red1').vm.mac, dst: BROADCAST, type: ETHERTYPE.experiment },
      new Uint8Array(2000),
    );
    await expect(guest('red1').vm.send(tooLong)).rejects.toThrow('Message too long');
  });

  it('moves to another hypervisor with its addresses', async () => {
    const [hv1, hv2] = hypervisors;
    const vm = await lab.vm('mover', { mac: 'fa:16:3e:00:00:09', ips: ['10.0.0.9/24'] });
    await hv1?.plug(vm, 'mover');
    await hv1?.unplug(vm);
    expect(await hv1?.vsctl('list-ports', 'br-int')).not.toContain('tapmover');
    await hv2?.plug(vm, 'mover');
    expect(vm.place.hypervisor).toBe(hv2);
    expect(await vm.exec(['ip', '-br', 'addr', 'show', 'v0'])).toContain('10.0.0.9/24');
    await hv2?.unplug(vm);
  });
});

describe('hypervisor', () => {
  it('comes back from SIGKILL with its bridges, its address and no flows', async () => {
    const [hv1, hv2] = hypervisors;
    if (!hv1 || !hv2) throw new Error('no hypervisors');
    await hv1.kill();
    expect([hv1.ovs.database.running, hv1.ovs.vswitchd.running]).toEqual([false, false]);
    await hv1.start();
    expect(await hv1.dumpFlows()).toEqual([]);
    await hv1.addFlows(referenceFlows(hv1));
    await lab.warmUp();
    expect(await guest('red1').vm.ping(guest('red2').vm.ip)).toMatchObject({ sent: 3, received: 3 });
    expect(await hv1.trace(`in_port=${guest('red1').ofport},dl_dst=${guest('red2').vm.mac}`)).toContain(
      'tun_dst',
    );
  });

  it('shows its logs', () => {
    expect(lab.logTails()).toContain("hv1's ovs-vswitchd");
    expect(lab.logTails()).toMatch(/\d{4}-\d\d-\d\dT.*bridge br-int/);
  });
});

async function framesSentBy(vm: Vm): Promise<number> {
  return Number(await vm.exec(['cat', '/sys/class/net/v0/statistics/tx_packets']));
}

function guest(name: string): Guest {
  const found = guests.find(({ vm }) => vm.name === name);
  if (!found) throw new Error(`no guest ${name}`);
  return found;
}

async function addBridge({ ovs, address }: Hypervisor): Promise<void> {
  await ovs.vsctl(
    ...'add-br br-int -- set bridge br-int datapath_type=netdev fail_mode=secure protocols=OpenFlow13'.split(
      ' ',
    ),
    ...'-- add-port br-int vxlan0 -- set interface vxlan0 type=vxlan ofport_request=1'.split(' '),
    ...`options:remote_ip=flow options:key=flow options:local_ip=${address}`.split(' '),
  );
}

/** The pipeline in miniature: admit, forward, no way back to the sender, deliver. Registers 5 and 6: from and to. */
function referenceFlows(hypervisor: Hypervisor): string {
  const isLocal = ({ vm }: Guest) => vm.place.hypervisor === hypervisor;
  const local = guests.filter(isLocal);
  const flows = local.flatMap(({ ofport, key, group }) => [
    `table=0,priority=100,in_port=${ofport},vlan_tci=0/0x1fff,actions=set_field:${key}->reg5,write_metadata:${NETWORKS[group]},goto_table:20`,
    `table=50,priority=200,reg5=${key},reg6=${key},actions=drop`,
    `table=60,priority=100,reg6=${key},actions=output:${ofport}`,
  ]);
  for (const { vm, group, key } of guests) {
    const there = `set_field:${NETWORKS[group]}->tun_id,set_field:${vm.place.hypervisor.address}->tun_dst,output:1`;
    const actions = vm.place.hypervisor === hypervisor ? `set_field:${key}->reg6,goto_table:50` : there;
    flows.push(`table=20,priority=100,metadata=${NETWORKS[group]},dl_dst=${vm.mac},actions=${actions}`);
  }
  for (const [group, network] of Object.entries(NETWORKS)) {
    const members = guests.filter((each) => each.group === group);
    const here = members.filter(isLocal).map(({ key }) => `clone(set_field:${key}->reg6,resubmit(,50))`);
    const peers = members.filter((each) => !isLocal(each)).map(({ vm }) => vm.place.hypervisor.address);
    const there = peers.map((peer) => `set_field:${network}->tun_id,set_field:${peer}->tun_dst,output:1`);
    const flood = `metadata=${network},dl_dst=01:00:00:00:00:00/01:00:00:00:00:00`;
    flows.push(
      `table=0,priority=100,in_port=1,tun_id=${network},actions=load:1->NXM_NX_REG0[31],write_metadata:${network},goto_table:20`,
      `table=20,priority=50,reg0=0x80000000/0x80000000,${flood},actions=${here}`,
      `table=20,priority=40,${flood},actions=${[...here, ...there]}`,
    );
  }
  return [...flows, 'table=50,priority=0,actions=goto_table:60'].join('\n');
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Daemon, ETHERTYPE, ethernet, labFolder, type Resource, type Vm, waitFor } from '#lab';
import { Cloud, macOf } from './cloud.ts';
import { attacks, CLOSED_PORT, OPEN_PORT, type Piece } from './hostile-guest/attacks.ts';
import { datagram, type Ends, fragment, NEXT, oddIpv4, oddIpv6 } from './hostile-guest/packets.ts';

/**
 * A guest that nothing but the victim's security groups holds tries to get packets to it that no rule admits, by every trick
 * in the headers that we know. What arrives is judged at the victim's interface, and, of fragments, by what its kernel puts together.
 */
const ENDS4 = { src: [10, 0, 0, 2], dst: [10, 0, 0, 1] };
const ENDS6 = { src: addressOf(2), dst: addressOf(1) };

/** What the victim's rules admit. */
const HONEST = [
  {
    type: ETHERTYPE.ipv4,
    bytes: oddIpv4({ ...ENDS4, protocol: NEXT.udp }, datagram([999, OPEN_PORT], 'four')),
  },
  {
    type: ETHERTYPE.ipv6,
    bytes: oddIpv6(ENDS6, NEXT.udp, datagram([999, OPEN_PORT], 'six', { over: ENDS6 })),
  },
].map((piece) => ({ what: 'what a rule admits', passes: true as const, ...piece }));

describe.each(['learn', 'conntrack'] as const)('what no rule admits: %s', (backend) => {
  let cloud: Cloud;
  let victim: Vm;
  let attacker: Vm;
  let ears: Daemon;

  beforeAll(async () => {
    cloud = await Cloud.create(1, { 'tenantflow-firewall': backend }, { args: ['--firewall-recovery', '0'] });
    const { rest } = cloud.controller;
    const network = await rest.create('network', { name: 'shared' });
    for (const [ip_version, cidr] of [
      [4, '10.0.0.0/24'],
      [6, 'fd00::/64'],
    ])
      await rest.create('subnet', { network_id: network.id, ip_version, cidr });
    const group = await rest.create<Resource & { security_group_rules: readonly Resource[] }>(
      'security_group',
      {
        name: 'names',
      },
    );
    for (const rule of group.security_group_rules) await rest.delete('security_group_rule', rule.id);
    for (const ethertype of ['IPv4', 'IPv6'])
      await rest.create('security_group_rule', {
        ...{ security_group_id: group.id, direction: 'ingress', ethertype, protocol: 'udp' },
        ...{ port_range_min: OPEN_PORT, port_range_max: OPEN_PORT },
      });
    const guest = async (number: number, security: object) => {
      const fixed_ips = [{ ip_address: `10.0.0.${number}` }, { ip_address: `fd00::${number}` }];
      const port = await cloud.createPort(network, number, { ...security, fixed_ips });
      const vm = await cloud.lab.vm(`guest${number}`, {
        mac: macOf(number),
        ips: [`10.0.0.${number}/24`, `fd00::${number}/64`],
      });
      await cloud.hypervisor(1).plug(vm, port.id);
      await cloud.status(port, 'ACTIVE');
      return vm;
    };
    victim = await guest(1, { security_groups: [group.id] });
    attacker = await guest(2, { port_security_enabled: false, security_groups: [] });
    // It is to believe whatever it is sent, as no guest has to.
    for (const setting of [
      'all.rp_filter=0',
      'v0.rp_filter=0',
      'v0.accept_source_route=1',
      'all.accept_source_route=1',
    ])
      await victim.exec(['sysctl', '-qw', `net.ipv4.conf.${setting}`]);
    ears = new Daemon({
      name: 'ears',
      argv: [
        'python3',
        new URL('hostile-guest/ears.py', import.meta.url).pathname,
        `${OPEN_PORT}`,
        `${CLOSED_PORT}`,
      ],
      log: `${labFolder(`hostile-guest-${backend}`)}/ears.log`,
      namespace: victim.name,
    });
    ears.start();
    await waitFor(() => ears.logTail().includes('ready'), { what: 'the victim to listen' });
    await cloud.caughtUp();
  });
  afterAll(async () => {
    await ears.stop();
    await cloud.stop();
  });

  /** Sends these in their order, and returns for each whether it arrived: at the victim, or by turns from there. */
  async function arriving(pieces: readonly Piece[], isFromVictim = false): Promise<readonly boolean[]> {
    const [from, to] = isFromVictim ? [victim, attacker] : [attacker, victim];
    const [src, dst] = isFromVictim ? [macOf(1), macOf(2)] : [macOf(2), macOf(1)];
    const capture = await to.capture();
    for (const [at, { type, bytes, vlans = [], toMac = dst }] of pieces.entries()) {
      await from.send(ethernet({ src, dst: toMac, vlans, type }, Uint8Array.from(bytes)));
      // The switch need not have room for more than some hundred that it has not read.
      if (at % 100 === 99) await cloud.lab.quiet();
    }
    await cloud.lab.quiet();
    const frames = (await capture.finish()).map((frame) => Buffer.from(frame).toString('hex'));
    return pieces.map(({ bytes }) => {
      const hex = Buffer.from(bytes).toString('hex');
      return frames.some((frame) => frame.endsWith(hex));
    });
  }

  /** What the victim was handed by its kernel, by port. */
  function heard(port: number): readonly string[] {
    const lines = ears
      .logTail(10_000)
      .split('\n')
      .map((line) => JSON.parse(line));
    return lines.flatMap((line: { port?: number; text?: string }) =>
      line.port === port ? [(line.text ?? '').replace(/x{4,}$/, '')] : [],
    );
  }

  it('differs from packets that a rule admits, which arrive whole and in fragments', async () => {
    const long = datagram([999, OPEN_PORT], `long${'x'.repeat(64)}`);
    const long6 = datagram([999, OPEN_PORT], `long6${'x'.repeat(64)}`, { over: ENDS6 });
    const part = (at: number, more: boolean, payload: readonly number[]): Piece => ({
      type: ETHERTYPE.ipv4,
      bytes: oddIpv4({ ...ENDS4, protocol: NEXT.udp, fragment: { at, more }, id: 99 }, payload),
    });
    const part6 = (at: number, more: boolean, payload: readonly number[]): Piece => ({
      type: ETHERTYPE.ipv6,
      bytes: oddIpv6(ENDS6, NEXT.fragment, [...fragment(NEXT.udp, at, more, 99), ...payload]),
    });
    const came = await arriving([
      ...HONEST,
      part(0, true, long.slice(0, 32)),
      part(4, false, long.slice(32)),
      part6(0, true, long6.slice(0, 32)),
      part6(4, false, long6.slice(32)),
    ]);
    expect(came).toEqual(came.map(() => true));
    const all = ['four', 'six', 'long', 'long6'];
    await waitFor(() => all.every((each) => heard(OPEN_PORT).includes(each)), {
      what: 'the victim to hear it',
      timeoutMs: 20_000,
    }).catch(() => undefined);
    expect(heard(OPEN_PORT)).toEqual(expect.arrayContaining(all));
  });
  it('does not arrive right after admitted packets, nor is it reassembled from their fragments', async () => {
    const pieces = tried(ENDS4, ENDS6).flatMap((piece) => [...HONEST, piece]);
    const came = await arriving(pieces);
    const wrong = pieces.flatMap(({ what, passes = false }, at) => (came[at] === passes ? [] : [what]));
    expect(wrong).toEqual([]);
    // Nothing of this can be late: what the kernel waits for, it waits for in vain.
    expect(heard(CLOSED_PORT)).toEqual([]);
  });

  it('is not sent by the victim either, when an attacker has taken it over', async () => {
    const turned = ({ src, dst }: Ends) => ({ src: dst, dst: src });
    // Later fragments may belong to an answer, as far as can be seen of them.
    const pieces = tried(turned(ENDS4), turned(ENDS6)).filter(({ passes }) => !passes);
    const came = await arriving(pieces, true);
    expect(pieces.flatMap(({ what }, at) => (came[at] ? [what] : []))).toEqual([]);
  });
});

/** What is tried, piece by piece. */
function tried(v4: Ends, v6: Ends): readonly (Piece & { readonly what: string })[] {
  return attacks(v4, v6).flatMap(([what, make], at) => make(`#${at}#`).map((piece) => ({ what, ...piece })));
}

function addressOf(number: number): number[] {
  return [0xfd, ...Array<number>(14).fill(0), number];
}

import { decodeInstructions, decodeMatch, type FlowMod, flowMod } from 'openflow-codec';
import { edgePipeline } from '#apps';
import { Model } from '#controller/model/model';
import { TUNNEL_TYPES } from '#controller/store/records';
import {
  sampleChassis,
  sampleNetwork,
  samplePort,
  sampleTrunk,
  sampleVif,
} from '#controller/store/sample-records';
import type { Change } from '#controller/store/store';
import { arp, BROADCAST, ETHERTYPE, ethernet, udp } from '#lab';
import { type Flow, printFlow } from '#pipeline';
import { findOverlaps, type Packet } from '#pipeline/simulator';
import type { Random } from '../codec-switch/random.ts';
import { PLAIN_PORTS, POOL } from './pools.ts';
import { randomFirewall } from './random-firewall.ts';
import { randomPacket } from './random-packet.ts';

const HERE = 'hv-1';
const HYPERVISORS = [HERE, 'hv-2', 'hv-3'] as const;
const NETWORK_TYPES = ['vxlan', 'vlan', 'geneve', 'gre', 'local', 'flat'] as const;
const PORT_COUNT = 10;
/** Port 14 leads to the physical network. */
const PHYSICAL_PORT = PLAIN_PORTS[3];
const GUEST_PORTS = PLAIN_PORTS.slice(0, 3);

/** The flows that one switch of a random cloud has: what the model and all our apps make of it, and of a firewall. */
export function randomCloudFlows(random: Random): readonly Flow[] {
  const model = new Model();
  model.apply(randomCloud(random));
  const facts = [...model.facts(HERE)];
  const ports = facts.filter((fact) => fact.kind === 'localPort');
  const all = [...facts, ...randomFirewall(ports, random)];
  return [...PIPELINE.base, ...all.flatMap((fact) => PIPELINE.compile(fact))];
}

const PIPELINE = edgePipeline();

/** Flows as messages that add them. */
export function asFlowMods(flows: readonly Flow[]): FlowMod[] {
  return flows.map(({ tableId, priority, cookieHi, cookieLo, match, instructions }, index) =>
    flowMod({
      xid: index + 1,
      tableId,
      priority,
      cookie: (BigInt(cookieHi) << 32n) | BigInt(cookieLo),
      match: decodeMatch(match),
      instructions: decodeInstructions(instructions),
    }),
  );
}

/** Flows of which it is open which one a packet hits, as text. */
export function overlapsOf(flows: readonly Flow[]): readonly string[] {
  return findOverlaps(flows).map((pair) => pair.map((flow) => printFlow(flow, PIPELINE.layout)).join(' | '));
}

/** A packet that may be from or for one of the cloud's ports: every other one is what an honest guest would send. */
export function randomCloudPacket(random: Random): Packet {
  const packet = randomPacket(random);
  const inPort = packet.inPort;
  const own = packet.tunnel ? random.between(1, PORT_COUNT) : inPort - PLAIN_PORTS[0] + 1;
  const other = random.between(1, PORT_COUNT);
  if (random.oneIn(2)) return { ...packet, bytes: honestFrame(own, other, random) };
  const bytes = packet.bytes.slice();
  bytes.set(macBytes(random.oneIn(4) ? other : own), 6);
  const target = random.below(4);
  if (target > 1) bytes.set(macBytes(other), 0);
  else if (target > 0) bytes.fill(0xff, 0, 6);
  return { ...packet, bytes };
}

/** What port `from` sends to port `to`: a question for its address, or something for it. */
function honestFrame(from: number, to: number, random: Random): Uint8Array {
  const vlans = random.oneIn(4) ? [{ vid: random.pick(POOL.vid) }] : [];
  const [src, dst] = [macText(from), random.oneIn(3) ? BROADCAST : macText(to)];
  const [senderIp, targetIp] = [`10.0.0.${from}`, `10.0.0.${to}`];
  if (random.oneIn(3)) {
    const question = arp({ operation: 1, senderMac: src, senderIp, targetIp });
    return ethernet({ src, dst: BROADCAST, vlans, type: ETHERTYPE.arp }, question);
  }
  const ends = { src: senderIp, dst: targetIp };
  const datagram = udp({ ...ends, srcPort: 1024, dstPort: random.pick(POOL.port) }, new Uint8Array(8));
  return ethernet({ src, dst, vlans, type: ETHERTYPE.ipv4 }, datagram);
}

function macBytes(last: number): number[] {
  return [0xfa, 0x16, 0x3e, 0, 0, last];
}

function macText(last: number): string {
  return macBytes(last)
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join(':');
}

/** Networks of every type, ports here and elsewhere, and trunks. */
function randomCloud(random: Random): Change[] {
  const networks = NETWORK_TYPES.map((type, index) =>
    sampleNetwork(`net-${index}`, {
      key: index + 1,
      type,
      segmentationId: 77 + index,
      // Some are wired by port 14, some not at all.
      physicalNetwork: type === 'flat' || type === 'vlan' ? random.pick(['physnet1', 'physnet2']) : null,
      qinq: random.oneIn(4),
      adminStateUp: !random.oneIn(10),
      vlanTransparent: random.oneIn(5),
    }),
  );
  const ports = Array.from({ length: PORT_COUNT }, (_, index) =>
    samplePort(`port-${index}`, {
      key: 100 + index,
      // Most in two networks, so that they have somebody to talk to.
      networkId: random.pick(random.oneIn(3) ? networks : networks.slice(0, 2)).id,
      macAddress: macText(index + 1),
      fixedIps: [{ subnetId: 's', ipAddress: `10.0.0.${index + 1}` }],
      adminStateUp: !random.oneIn(10),
      portSecurityEnabled: random.oneIn(2),
    }),
  );
  const chassis = HYPERVISORS.map((id, index) =>
    sampleChassis(id, {
      hostname: id,
      encapIps: random.pick([
        [`172.31.0.${index + 1}`],
        [`fd31::${index + 1}`],
        [`172.31.0.${index + 1}`, `fd31::${index + 1}`],
      ]),
      encapTypes: [...TUNNEL_TYPES],
      peerKeys: Object.fromEntries(TUNNEL_TYPES.map((type, at) => [type, 1000 + 10 * index + at])),
      tunnelPorts: { vxlan: 1, gre: 2, geneve: 3 },
      physicalNetworks: [{ name: 'physnet1', bridge: 'br-ex', ofport: PHYSICAL_PORT, key: 900 + index }],
    }),
  );
  const vifs = [
    // Guest n is at port 10 + n.
    ...GUEST_PORTS.map((ofport) =>
      sampleVif(HERE, `port-${ofport - PLAIN_PORTS[0]}`, { ofport, claim: ofport }),
    ),
    sampleVif('hv-2', 'port-3', { claim: 20 }),
    sampleVif('hv-2', 'port-4', { claim: 21 }),
    sampleVif('hv-3', 'port-5', { claim: 22 }),
  ];
  const parents = random.some([0, 1, 2, 3, 4], random.below(3));
  const trunks = parents.map((parent, index) =>
    sampleTrunk(`trunk-${index}`, {
      portId: `port-${parent}`,
      subPorts: random.some([6 + 2 * index, 7 + 2 * index], 2).map((port, at) => ({
        portId: `port-${port}`,
        segmentationType: 'vlan' as const,
        segmentationId: POOL.vid[at] ?? 1,
      })),
    }),
  );
  return [
    ...networks.map((after): Change => ({ collection: 'networks', id: after.id, after })),
    ...ports.map((after): Change => ({ collection: 'ports', id: after.id, after })),
    ...trunks.map((after): Change => ({ collection: 'trunks', id: after.id, after })),
    ...chassis.map((after): Change => ({ collection: 'chassis', id: after.id, after })),
    ...vifs.map((after): Change => ({ collection: 'vifs', id: after.id, after })),
  ];
}

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
import { type Flow, printFlow } from '#pipeline';
import { findOverlaps, type Packet } from '#pipeline/simulator';
import type { Random } from '../codec-switch/random.ts';
import { PLAIN_PORTS, POOL } from './pools.ts';
import { randomPacket } from './random-packet.ts';

const HERE = 'hv-1';
const HYPERVISORS = [HERE, 'hv-2', 'hv-3'] as const;
const NETWORK_TYPES = [...TUNNEL_TYPES, 'vxlan', 'local', 'vlan', 'flat'] as const;
const PORT_COUNT = 10;

/** The flows that one switch of a random cloud has: what the model and all our apps make of it. */
export function randomCloudFlows(random: Random): readonly Flow[] {
  const model = new Model();
  model.apply(randomCloud(random));
  return [...PIPELINE.base, ...[...model.facts(HERE)].flatMap((fact) => PIPELINE.compile(fact))];
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

/** A packet that may be from or for one of the cloud's ports. */
export function randomCloudPacket(random: Random): Packet {
  const packet = randomPacket(random);
  const bytes = packet.bytes.slice();
  const mac = (last: number) => [0xfa, 0x16, 0x3e, 0, 0, last];
  const own = packet.inPort - PLAIN_PORTS[0] + 1;
  bytes.set(mac(random.oneIn(4) || packet.tunnel ? random.between(1, PORT_COUNT) : own), 6);
  const target = random.below(4);
  if (target > 1) bytes.set(mac(random.between(1, PORT_COUNT)), 0);
  else if (target > 0) bytes.fill(0xff, 0, 6);
  return { ...packet, bytes };
}

/** Networks of every type, ports here and elsewhere, and trunks. */
function randomCloud(random: Random): Change[] {
  const networks = NETWORK_TYPES.map((type, index) =>
    sampleNetwork(`net-${index}`, {
      key: index + 1,
      type: random.pick([type, 'vxlan']),
      segmentationId: 77 + index,
      physicalNetwork: null,
      adminStateUp: !random.oneIn(10),
      vlanTransparent: random.oneIn(5),
    }),
  );
  const ports = Array.from({ length: PORT_COUNT }, (_, index) =>
    samplePort(`port-${index}`, {
      key: 100 + index,
      networkId: random.pick(networks).id,
      macAddress: `fa:16:3e:00:00:${(index + 1).toString(16).padStart(2, '0')}`,
      fixedIps: [{ subnetId: 's', ipAddress: `10.0.0.${index + 1}` }],
      adminStateUp: !random.oneIn(10),
      portSecurityEnabled: random.oneIn(2),
    }),
  );
  const chassis = HYPERVISORS.map((id, index) =>
    sampleChassis(id, {
      hostname: id,
      encapIps: [`172.31.0.${index + 1}`],
      encapTypes: [...TUNNEL_TYPES],
      peerKeys: Object.fromEntries(TUNNEL_TYPES.map((type, at) => [type, 1000 + 10 * index + at])),
      tunnelPorts: { vxlan: 1, gre: 2, geneve: 3 },
    }),
  );
  const vifs = [
    ...PLAIN_PORTS.map((ofport, index) => sampleVif(HERE, `port-${index}`, { ofport, claim: index })),
    sampleVif('hv-2', 'port-4', { claim: 20 }),
    sampleVif('hv-3', 'port-5', { claim: 21 }),
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

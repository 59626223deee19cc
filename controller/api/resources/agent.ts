import type { Heartbeat } from '#controller/status/heartbeats';
import type { ChassisRecord } from '#controller/store/records';
import type { StoreView } from '#controller/store/store';
import { type Attributes, asText } from '../resource/attribute.ts';
import { boolean, nullable, toBoolean, toText } from '../resource/values.ts';

/** How a hypervisor does, besides what is stored of it. */
export interface AgentLife {
  /** Nothing if it was not at work since the controller started. */
  readonly heartbeat: Heartbeat | undefined;
  /** Whether its switch has all flows that it ought to have. */
  readonly isSynced: boolean;
}

/** A hypervisor as Neutron's clients see it. */
export interface Agent extends AgentLife {
  readonly id: string;
  readonly chassis: ChassisRecord;
}

const STRING = { type: 'string' } as const;
const BOOLEAN = { type: 'boolean' } as const;
const OBJECT = { type: 'object' } as const;
/** `2026-11-23 16:22:39`, UTC. */
const TIME = { type: ['string', 'null'] } as const;

export const agentAttributes = {
  id: { json: { type: 'string', format: 'uuid' }, view: ({ id }) => id, filter: asText, sort: true },
  agent_type: { json: STRING, view: () => 'OpenFlow controller host', filter: asText },
  binary: { json: STRING, view: () => 'tenantflow', filter: asText },
  topic: { json: STRING, view: () => 'N/A', filter: asText },
  host: { json: STRING, view: ({ chassis }) => chassis.hostname, filter: asText, sort: true },
  /** False: no new ports are bound here. */
  admin_state_up: {
    value: boolean,
    update: true,
    view: ({ chassis }) => chassis.adminStateUp,
    filter: toBoolean,
  },
  description: {
    value: nullable({ type: ['string', 'null'], maxLength: 255 }, (raw) => toText(raw, 255)),
    update: true,
    view: ({ chassis }) => chassis.description ?? null,
    filter: asText,
  },
  created_at: {
    json: TIME,
    view: ({ chassis: { createdAt } }) =>
      agentTime(createdAt === undefined ? undefined : Date.parse(createdAt)),
  },
  started_at: { json: TIME, view: ({ heartbeat }) => agentTime(heartbeat?.startedAt) },
  heartbeat_timestamp: { json: TIME, view: ({ heartbeat }) => agentTime(heartbeat?.seenAt) },
  alive: { json: BOOLEAN, view: ({ heartbeat }) => heartbeat?.isAlive ?? false, filter: toBoolean },
  resources_synced: { json: BOOLEAN, view: ({ isSynced }) => isSynced },
  availability_zone: { json: { type: 'null' }, view: () => null },
  resource_versions: { json: OBJECT, view: () => ({}) },
  configurations: { json: OBJECT, view: configurations },
} as const satisfies Attributes<Agent>;

/** What Neutron's agents tell of themselves, by the names that they use. */
function configurations({ chassis }: Agent, store: StoreView) {
  const { bridge, encapIps, encapTypes, datapathType, physicalNetworks } = chassis;
  return {
    integration_bridge: bridge,
    bridge_mappings: Object.fromEntries(physicalNetworks.map(({ name, bridge: to }) => [name, to])),
    tunnel_types: encapTypes,
    tunneling_ip: encapIps[0],
    datapath_type: datapathType,
    devices: store.count('vifs', 'chassis', chassis.id),
  };
}

/** As Neutron prints the times of agents: `2026-11-23 16:22:39`, UTC. */
function agentTime(milliseconds: number | undefined): string | null {
  if (milliseconds === undefined) return null;
  return new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ');
}

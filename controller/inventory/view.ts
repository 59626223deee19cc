import {
  type BridgeRow,
  type CacheOptions,
  type ControllerRow,
  type InterfaceRow,
  type OpenVSwitchRow,
  type OpenVSwitchTables,
  Operations,
  openVSwitch,
  type PortRow,
  type SessionLimits,
  TableCache,
  type Uuid,
} from 'ovsdb-client-ts';

/** What we watch of a hypervisor's database. No column that counts or ticks, so that silence means no change. */
const WATCHED = {
  Open_vSwitch: ['external_ids', 'other_config', 'bridges', 'manager_options'],
  Manager: ['target', 'max_backoff'],
  Bridge: [
    'name',
    'datapath_id',
    'datapath_type',
    'fail_mode',
    'protocols',
    'controller',
    'ports',
    'other_config',
    'flow_tables',
  ],
  Flow_Table: ['flow_limit', 'overflow_policy', 'groups'],
  Controller: ['target', 'type', 'max_backoff', 'connection_mode', 'external_ids'],
  Port: ['name', 'tag', 'trunks', 'vlan_mode', 'interfaces', 'external_ids'],
  Interface: ['name', 'type', 'ofport', 'options', 'external_ids', 'error'],
} as const;

/** A hypervisor may fill this much of our memory; a bridge with 10 000 ports needs about 30 MB. */
const BOUNDS: CacheOptions<OpenVSwitchTables> = { maxRows: 100_000, maxBytes: 128 * 1024 * 1024 };

/** What anybody may fill who connects: `external_ids` of a few hundred keys. */
const DOOR_BOUNDS: CacheOptions<OpenVSwitchTables> = { maxRows: 8, maxBytes: 128 * 1024 };

/** What a session may cost until its hypervisor is accepted. */
export const STRANGER_LIMITS: SessionLimits = {
  maxMessageBytes: 128 * 1024,
  maxDepth: 16,
  maxValues: 10_000,
  maxSendBytes: 256 * 1024,
};

/** What the session of an accepted hypervisor may cost: the dump of a large database is one message. */
export const HYPERVISOR_LIMITS: SessionLimits = {
  maxMessageBytes: 16 * 1024 * 1024,
  maxDepth: 64,
  maxValues: 2_000_000,
  maxSendBytes: 16 * 1024 * 1024,
};

/** Operations on a hypervisor's database. */
export const db = new Operations(openVSwitch);

export type HypervisorCache = TableCache<OpenVSwitchTables, typeof WATCHED>;

export function newHypervisorCache(): HypervisorCache {
  return new TableCache(openVSwitch, WATCHED, BOUNDS);
}

/** Holds only what says who a hypervisor is. */
export function newDoorCache() {
  return new TableCache(openVSwitch, { Open_vSwitch: ['external_ids'] } as const, DOOR_BOUNDS);
}

/** A hypervisor's database as last seen: all that planning and describing read. */
export type View = Pick<HypervisorCache, 'table'>;

type Watched<R, T extends keyof typeof WATCHED> = Pick<
  R,
  Extract<(typeof WATCHED)[T][number] | '_uuid', keyof R>
>;
export type Bridge = Watched<BridgeRow, 'Bridge'>;
export type Controller = Watched<ControllerRow, 'Controller'>;
export type Port = Watched<PortRow, 'Port'>;
export type Interface = Watched<InterfaceRow, 'Interface'>;

/** `Open_vSwitch.external_ids`; empty before the row exists. */
export function externalIds(view: {
  table(name: 'Open_vSwitch'): ReadonlyMap<Uuid, Pick<OpenVSwitchRow, 'external_ids'>>;
}): ReadonlyMap<string, string> {
  const [row] = view.table('Open_vSwitch').values();
  return row?.external_ids ?? new Map();
}

export function bridgeNamed(view: View, name: string): Bridge | undefined {
  for (const bridge of view.table('Bridge').values()) if (bridge.name === name) return bridge;
  return undefined;
}

/** The rows behind the uuids, without those that are gone. */
export function rowsAt<R>(rows: ReadonlyMap<Uuid, R>, uuids: readonly Uuid[]): readonly R[] {
  return uuids.flatMap((uuid) => rows.get(uuid) ?? []);
}

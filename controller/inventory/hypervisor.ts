import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { FIREWALLS, type Firewall, TUNNEL_TYPES, type TunnelType } from '#controller/store/records';
import { GENERATION_KEY } from './fence.ts';
import { quote, shown } from './quote.ts';

/** How a hypervisor wants to take part, from its `external_ids`. */
export interface Hypervisor {
  readonly systemId: string;
  readonly hostname: string;
  /** At least one; IPv6 as in RFC 5952. */
  readonly encapIps: readonly string[];
  readonly encapTypes: readonly TunnelType[];
  readonly bridge: string;
  /** Undefined: whatever OVS does by default. Only used when the bridge is created. */
  readonly datapathType: 'netdev' | 'system' | undefined;
  readonly firewall: Firewall;
  /** TCP port on which the bridge listens for us, when we call the hypervisor. */
  readonly openflowPort: number;
  /** Bridge by physical network. */
  readonly bridgeMappings: ReadonlyMap<string, string>;
  /** Where compute services make the vhost-user sockets of VMs; undefined: VMs are plugged by tap. */
  readonly vhostUserDir: string | undefined;
}

export type HypervisorResult =
  | { readonly ok: true; readonly hypervisor: Hypervisor }
  /** `problem` is for the operator: it names the key and what is wrong with it. */
  | { readonly ok: false; readonly systemId: string; readonly problem: string };

/** Two of them and a slash make the id of a VIF, which the store keeps to 500 characters. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9._:-]{0,239}$/;
/** Each is a flow more on every other hypervisor. */
const MOST_ADDRESSES = 8;
/** Kinds of IPv6 addresses that are not one host's, are not unique, or stand for IPv4 ones. */
const UNUSABLE: ReadonlySet<string> = new Set([
  ...['unspecified', 'loopback', 'linkLocal', 'multicast', 'ipv4Mapped', 'rfc6145'],
]);
/** Linux allows 15 characters in the name of a bridge's local interface. */
const BRIDGE = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,14}$/;

/** Whether a name from the network may become part of an id of ours: system-id, hostname, iface-id. Never has a slash. */
export function isPlainName(text: string): boolean {
  return NAME.test(text);
}

/** Reads and checks the `external_ids` of Open_vSwitch. The first thing that is wrong is the answer. */
export function readHypervisor(ids: ReadonlyMap<string, string>): HypervisorResult {
  const systemId = ids.get('system-id') ?? '';
  try {
    return {
      ok: true,
      hypervisor: {
        systemId: read(ids, 'system-id', undefined, checked(isPlainName, 'is not a plain name')),
        hostname: read(ids, 'hostname', systemId, checked(isPlainName, 'is not a plain name')),
        encapIps: read(ids, 'tenantflow-encap-ip', undefined, encapIps),
        encapTypes: read(ids, 'tenantflow-encap-type', 'vxlan', encapTypes),
        bridge: read(
          ids,
          'tenantflow-bridge',
          'br-int',
          checked((text) => BRIDGE.test(text), 'is not a bridge name'),
        ),
        datapathType: read(ids, 'tenantflow-datapath-type', '', datapathType),
        firewall: read(ids, 'tenantflow-firewall', 'learn', firewall),
        openflowPort: read(ids, 'tenantflow-openflow-port', '6653', openflowPort),
        bridgeMappings: read(ids, 'tenantflow-bridge-mappings', '', bridgeMappings),
        vhostUserDir: read(ids, 'tenantflow-vhostuser-dir', '', vhostUserDir),
      },
    };
  } catch (error) {
    if (error instanceof Wrong)
      return { ok: false, systemId: isPlainName(systemId) ? systemId : '', problem: error.message };
    throw error;
  }
}

/** A key that begins like ours and is none, such as one with a slip in it; undefined when there is none. For people. */
export function unknownKey(ids: ReadonlyMap<string, string>): string | undefined {
  const unknown = [...ids.keys()].sort().find((key) => key.startsWith(PREFIX) && !KNOWN.has(key));
  const known = KEYS.filter((key) => key.startsWith(PREFIX)).join(', ');
  return unknown && `external_ids:${shown(unknown)} means nothing: the keys are ${known}`;
}

const PREFIX = 'tenantflow-';
const KEYS = [
  ...([
    'system-id',
    'hostname',
    'tenantflow-encap-ip',
    'tenantflow-encap-type',
    'tenantflow-bridge',
  ] as const),
  ...(['tenantflow-datapath-type', 'tenantflow-bridge-mappings', 'tenantflow-firewall'] as const),
  ...(['tenantflow-openflow-port', 'tenantflow-vhostuser-dir'] as const),
] as const;
/** Those that a hypervisor may have, and the one that we write. */
const KNOWN: ReadonlySet<string> = new Set([...KEYS, GENERATION_KEY]);

class Wrong extends Error {}

function read<T>(
  ids: ReadonlyMap<string, string>,
  key: (typeof KEYS)[number],
  fallback: string | undefined,
  parse: (text: string) => T | Wrong,
): T {
  const text = ids.get(key)?.trim() ?? fallback;
  if (text === undefined) throw new Wrong(`external_ids:${key} is missing`);
  const value = parse(text);
  if (value instanceof Wrong) throw new Wrong(`external_ids:${key}=${quote(text)} ${value.message}`);
  return value;
}

function checked(test: (text: string) => boolean, message: string): (text: string) => string | Wrong {
  return (text) => (test(text) ? text : new Wrong(message));
}

function encapIps(text: string): readonly string[] | Wrong {
  const addresses = new Set<string>();
  for (const each of text.split(',')) {
    const address = hostAddress(each.trim());
    if (address === undefined)
      return new Wrong('is not a list of addresses that others reach this host by, IPv4 or IPv6');
    addresses.add(address);
  }
  if (addresses.size > MOST_ADDRESSES) return new Wrong(`has more than ${MOST_ADDRESSES} addresses`);
  return [...addresses];
}

/** An address that one host can have and others can reach, in the one form of it; nothing when it is none. */
function hostAddress(text: string): string | undefined {
  if (isIPv4(text)) {
    const first = Number(text.split('.')[0]);
    return first !== 0 && first !== 127 && first < 224 ? text : undefined;
  }
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const address = ipaddr.IPv6.parse(text);
  return UNUSABLE.has(address.range()) ? undefined : address.toRFC5952String();
}

function encapTypes(text: string): readonly TunnelType[] | Wrong {
  const types: TunnelType[] = [];
  for (const name of text.split(',')) {
    const type = TUNNEL_TYPES.find((known) => known === name.trim());
    if (type === undefined) return new Wrong(`is not a list of ${TUNNEL_TYPES.join(', ')}`);
    if (!types.includes(type)) types.push(type);
  }
  return types;
}

function datapathType(text: string): 'netdev' | 'system' | undefined | Wrong {
  if (text === '') return undefined;
  return text === 'netdev' || text === 'system' ? text : new Wrong('is neither netdev nor system');
}

function firewall(text: string): Firewall | Wrong {
  return FIREWALLS.find((known) => known === text) ?? new Wrong(`is neither ${FIREWALLS.join(' nor ')}`);
}

function openflowPort(text: string): number | Wrong {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : new Wrong('is not a port from 1 to 65535');
}

function vhostUserDir(text: string): string | undefined | Wrong {
  if (text === '') return undefined;
  return DIRECTORY.test(text)
    ? text.replace(/\/$/, '')
    : new Wrong('is not an absolute path of 90 characters at most');
}
/** With the 16 characters of a socket's name, it stays below the 107 of a Unix socket's path. */
const DIRECTORY = /^\/[a-zA-Z0-9._/-]{0,89}$/;

function bridgeMappings(text: string): ReadonlyMap<string, string> | Wrong {
  const mappings = new Map<string, string>();
  const bridges = new Set<string>();
  for (const pair of text === '' ? [] : text.split(',')) {
    const [network = '', bridge = '', ...rest] = pair.trim().split(':');
    if (!NAME.test(network) || !BRIDGE.test(bridge) || rest.length > 0) {
      return new Wrong('is not a list of PHYSICAL_NETWORK:BRIDGE');
    }
    if (mappings.has(network) || bridges.has(bridge)) return new Wrong(`names ${network} or ${bridge} twice`);
    mappings.set(network, bridge);
    bridges.add(bridge);
  }
  return mappings;
}

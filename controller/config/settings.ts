import { LARGEST_ID } from '#controller/api/settings';
import { parseDialTargets } from '#controller/dialling/target';
import { parseBroadcastLimit } from '#controller/model/broadcast-limit';
import { FOREIGN_POLICIES, type ForeignPolicy } from '#controller/reconciler/audit/foreign-policy';
import { parseAddress } from './address.ts';
import { DEFAULT_TIMEOUTS_TEXT, parseTimeouts } from './firewall-texts.ts';
import {
  DEFAULT_QUOTAS_TEXT,
  idsUpTo,
  parseIpVersion,
  parseMtu,
  parsePhysicalNetworks,
  parseQuotas,
  parseSwitch,
  parseTenantTypes,
  parseVlans,
  wholeNumber,
} from './network-texts.ts';

/** One setting: the flag, environment variable and key of the configuration file all follow from its name. */
interface SettingRow<T> {
  readonly value: string;
  readonly fallback: string;
  readonly doc: string;
  /** Throws RangeError that says what is wrong with the text. */
  readonly parse: (text: string) => T;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Every setting of `tenantflow serve`. */
export const SETTINGS = {
  'data-dir': row('DIR', './data', 'directory of the store', (text) => {
    if (text === '') throw new RangeError('must not be empty');
    return text;
  }),
  openflow: row('HOST:PORT', '0.0.0.0:6653', 'where switches connect by OpenFlow', parseAddress),
  ovsdb: row(
    'HOST:PORT',
    '0.0.0.0:6640',
    'where hypervisors connect by OVSDB (ovs-vsctl set-manager)',
    parseAddress,
  ),
  dial: row(
    'TARGETS',
    '',
    'hypervisors that the controller calls, as a comma list of tcp:HOST:PORT and ssl:HOST:PORT (ovs-vsctl set-manager ptcp:6640 or pssl:6640)',
    parseDialTargets,
  ),
  'switch-tls-cert': row(
    'FILE',
    '',
    'certificate chain towards hypervisors, PEM: lets them use ssl:',
    asItIs,
  ),
  'switch-tls-key': row('FILE', '', 'private key of it, PEM', asItIs),
  'switch-tls-ca': row('FILE', '', 'whose certificates hypervisors have to show, PEM', asItIs),
  'switch-tls-crl': row('FILE', '', 'which of these are revoked, PEM; read again on SIGHUP', asItIs),
  'require-tls': row('BOOLEAN', 'false', 'whether hypervisors may come by TLS only', parseSwitch),
  hypervisors: row(
    'FILE',
    '',
    'YAML list of the hypervisors that may take part: system-id, and certificate or address; read again on SIGHUP',
    asItIs,
  ),
  api: row('HOST:PORT', '127.0.0.1:9696', 'the Neutron v2.0 API', parseAddress),
  'api-token-file': row(
    'FILE',
    '',
    'who may use the API: YAML list of name, project, role and token; read again on SIGHUP',
    asItIs,
  ),
  insecure: row(
    'BOOLEAN',
    'false',
    'whether the API may listen beyond loopback without asking who calls',
    parseSwitch,
  ),
  'api-tls-cert': row('FILE', '', 'certificate chain of the API, PEM: makes it HTTPS', asItIs),
  'api-tls-key': row('FILE', '', 'private key of the API, PEM', asItIs),
  'api-rate': row(
    'REQUESTS',
    '6000',
    'requests a minute of one token, or of one address without; 0: any number. Not counted on loopback without tokens',
    (text) => wholeNumber(text, [0, 1_000_000], 'a number of requests a minute'),
  ),
  metrics: row('HOST:PORT', '127.0.0.1:9697', '/metrics, /healthz and /readyz', parseAddress),
  'path-mtu': row('BYTES', '1500', 'largest IP packet that the underlay carries', parseMtu),
  'overlay-ip-version': row(
    '4|6',
    '4',
    'IP version between tunnel ends: over IPv6, networks have an MTU of 20 bytes less',
    parseIpVersion,
  ),
  'tenant-network-types': row(
    'TYPES',
    'vxlan,vlan',
    'types tried in order for a network whose creator names none',
    parseTenantTypes,
  ),
  'vxlan-ids': row('RANGES', '1-16777215', 'VNIs handed out to VXLAN networks', idsUpTo(LARGEST_ID.vxlan)),
  'gre-ids': row('RANGES', '1-16777215', 'keys handed out to GRE networks', idsUpTo(LARGEST_ID.gre)),
  'geneve-ids': row('RANGES', '1-16777215', 'VNIs handed out to Geneve networks', idsUpTo(LARGEST_ID.geneve)),
  vlans: row(
    'NAME:RANGE,…',
    '',
    'physical networks that carry VLANs, and the ids handed out there: physnet1:100-199,physnet2',
    parseVlans,
  ),
  'flat-networks': row(
    'NAMES',
    '*',
    'physical networks that may carry a flat network; * is any',
    parsePhysicalNetworks,
  ),
  'vlan-transparent': row('BOOLEAN', 'true', 'whether networks may ask for vlan_transparent', parseSwitch),
  qinq: row('BOOLEAN', 'true', 'whether networks may ask for qinq', parseSwitch),
  quotas: row(
    'NAME:LIMIT,…',
    DEFAULT_QUOTAS_TEXT,
    'how many of each a project may have; -1 is without limit, and what is left out keeps its default',
    parseQuotas,
  ),
  'audit-interval': row(
    'SECONDS',
    '60',
    'how often each switch is compared with what it ought to have; 0: only when it tells that somebody changed it',
    (text) => wholeNumber(text, [0, 86_400], 'a number of seconds'),
  ),
  'foreign-flows': row(
    FOREIGN_POLICIES.join('|'),
    'leave',
    'what becomes of flows on the bridge that are not ours: left alone and counted, or removed',
    parseForeignPolicy,
  ),
  'firewall-timeouts': row(
    'NAME:SECONDS,…',
    DEFAULT_TIMEOUTS_TEXT,
    'how long learned connections are remembered without a reply: TCP, TCP after a FIN or RST, and all else',
    parseTimeouts,
  ),
  'firewall-limit': row(
    'FLOWS',
    '100000',
    'most flows by which a switch may remember connections; beyond them the port with most of them loses its idlest',
    (text) => wholeNumber(text, [1, 1_000_000], 'a number of flows'),
  ),
  'firewall-recovery': row(
    'SECONDS',
    '60',
    'how long running TCP sessions may be taken up where a switch has lost what it remembered, or a VM has come; 0: never',
    (text) => wholeNumber(text, [0, 3600], 'a number of seconds'),
  ),
  'broadcast-limit': row(
    'RATE[/BURST]',
    '0',
    'broadcast and multicast packets a second that a port may send, and at once after a rest; 0: any number. A port may have a limit of its own: broadcast-limit in binding:profile',
    parseBroadcastLimit,
  ),
  'deny-log': row(
    'RATE',
    '0',
    'of the packets that security groups deny on each switch so many a second are logged; 0: none',
    (text) => wholeNumber(text, [0, 100], 'a number of packets a second'),
  ),
  apps: row(
    'MODULES',
    '',
    'apps of others: paths that begin with . or /, or names of packages (examples/link-local)',
    (text) => text.split(',').flatMap((each) => each.trim() || []),
  ),
  'log-level': row('LEVEL', 'info', `one of ${LOG_LEVELS.join(', ')}`, parseLevel),
} as const;
export type SettingName = keyof typeof SETTINGS;
export type Settings = { readonly [K in SettingName]: ReturnType<(typeof SETTINGS)[K]['parse']> };

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

/** The environment variable of a setting: `data-dir` is TENANTFLOW_DATA_DIR. */
export function environmentName(name: SettingName): string {
  return `TENANTFLOW_${name.toUpperCase().replaceAll('-', '_')}`;
}

function row<T>(value: string, fallback: string, doc: string, parse: (text: string) => T): SettingRow<T> {
  return { value, fallback, doc, parse };
}

function parseLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((each) => each === text);
  if (!level) throw new RangeError(`'${text}' is not one of ${LOG_LEVELS.join(', ')}`);
  return level;
}

function parseForeignPolicy(text: string): ForeignPolicy {
  const policy = FOREIGN_POLICIES.find((each) => each === text);
  if (!policy) throw new RangeError(`'${text}' is not one of ${FOREIGN_POLICIES.join(', ')}`);
  return policy;
}

function asItIs(text: string): string {
  return text;
}

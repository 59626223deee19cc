import { parseAddress } from './address.ts';

/** One setting: the flag, environment variable and key of the configuration file all follow from its name. */
interface SettingRow<T> {
  readonly value: string;
  readonly fallback: string;
  readonly doc: string;
  /** Throws RangeError that says what is wrong with the text. */
  readonly parse: (text: string) => T;
}

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
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
  api: row('HOST:PORT', '127.0.0.1:9696', 'the Neutron v2.0 API', parseAddress),
  metrics: row('HOST:PORT', '127.0.0.1:9697', '/metrics, /healthz and /readyz', parseAddress),
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

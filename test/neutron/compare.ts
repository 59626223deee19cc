/** One exchange of the recording, as the client sent it and the reference server answered. */
export interface Exchange {
  /** What the user of the client typed. */
  readonly cmd: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly reqHeaders: Readonly<Record<string, string>>;
  /** A text where the client sent no JSON. */
  readonly reqBody: unknown;
  readonly status: number;
  readonly respBody: unknown;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** What no two servers give alike; only the kind of value is compared. */
const VOLATILE = new Set([
  'id',
  'created_at',
  'updated_at',
  'mac_address',
  'ip_address',
  'provider:segmentation_id',
  'segmentation_id',
  'revision_number',
  'href',
  'updated',
  'description',
]);
/** Attributes that are not compared: the reference server sends them on some answers only. */
const IGNORED = new Set(['is_default', 'standard_attr_id']);

/** Tokens of the recording (ids, MACs, addresses) and what the server under test has in their place. */
export class Tokens {
  readonly #known = new Map<string, string>();

  /** The recorded text as the server under test has to be sent it. */
  translate(text: string): string {
    // In one pass, so that what was put in is not taken for a token of the recording.
    const longestFirst = [...this.#known.keys()].sort((a, b) => b.length - a.length);
    if (longestFirst.length === 0) return text;
    const any = new RegExp(longestFirst.map((token) => token.replaceAll('.', '\\.')).join('|'), 'g');
    return text.replace(any, (token) => this.#known.get(token) ?? token);
  }

  /** Walks both bodies side by side and remembers what stands for what. */
  learn(recorded: unknown, live: unknown): void {
    if (Array.isArray(recorded) && Array.isArray(live)) {
      const others = normal(live);
      for (const [at, item] of normal(recorded).entries()) this.learn(item, others[at]);
    } else if (isObject(recorded) && isObject(live)) {
      for (const [key, value] of Object.entries(recorded)) {
        this.learn(value, live[key]);
        if (key === 'mac_address' || (key === 'ip_address' && !String(value).includes('/')))
          this.#keep(value, live[key]);
      }
    } else if (typeof recorded === 'string' && recorded.length === 36 && recorded.match(UUID))
      this.#keep(recorded, live);
  }

  #keep(recorded: unknown, live: unknown): void {
    if (typeof recorded === 'string' && typeof live === 'string' && !this.#known.has(recorded))
      this.#known.set(recorded, live);
  }
}

/** How an answer differs from the recorded one, a sentence each; empty if it doesn't. */
export function differences(exchange: Exchange, status: number, live: unknown): readonly string[] {
  const { respBody: response } = exchange;
  if (status !== exchange.status)
    return [`status ${status}, not ${exchange.status}: ${JSON.stringify(live)}`];
  if (isObject(response) && isObject(response.NeutronError)) {
    const error = isObject(live) && isObject(live.NeutronError) ? live.NeutronError : {};
    return ['type', 'message', 'detail'].flatMap((key) =>
      faceless(response.NeutronError, key) === faceless(error, key)
        ? []
        : [`${key} ${JSON.stringify(error[key])}, not ${faceless(response.NeutronError, key)}`],
    );
  }
  return isObject(response) ? compare(response, live, '') : [];
}

function compare(recorded: unknown, live: unknown, path: string): readonly string[] {
  if (Array.isArray(recorded) && Array.isArray(live)) {
    if (recorded.length !== live.length) return [`${path}: ${live.length} items, not ${recorded.length}`];
    const others = normal(live);
    return normal(recorded).flatMap((item, at) => compare(item, others[at], `${path}[${at}]`));
  }
  if (isObject(recorded) && isObject(live)) {
    const [wanted, found] = [recorded, live].map((each) =>
      Object.keys(each).filter((key) => !IGNORED.has(key)),
    );
    const missing = (wanted ?? []).filter((key) => !Object.hasOwn(live, key));
    const extra = (found ?? []).filter((key) => !Object.hasOwn(recorded, key));
    const keys = missing.length + extra.length === 0 ? [] : [`${path}: keys -${missing} +${extra}`];
    const shared = (wanted ?? []).filter((key) => Object.hasOwn(live, key));
    return [
      ...keys,
      ...shared.flatMap((key) => {
        if (!VOLATILE.has(key)) return compare(recorded[key], live[key], `${path}.${key}`);
        const same =
          typeof recorded[key] === typeof live[key] && (recorded[key] === null) === (live[key] === null);
        return same
          ? []
          : [`${path}.${key}: ${JSON.stringify(live[key])}, not ${JSON.stringify(recorded[key])}`];
      }),
    ];
  }
  if (typeof recorded === 'string' && typeof live === 'string' && recorded.match(UUID) && live.match(UUID))
    return [];
  return recorded === live ? [] : [`${path}: ${JSON.stringify(live)}, not ${JSON.stringify(recorded)}`];
}

/** A text without ids, addresses, MACs, and the commas between them. */
function faceless(error: unknown, key: string): string {
  const text = isObject(error) ? String(error[key]) : '';
  return text.replace(UUID, '').replace(/\b\d+\.\d+\.\d+\.\d+\b|([0-9a-f]{2}:){5}[0-9a-f]{2}|,+/g, '');
}

/** Objects in an order that doesn't depend on what each server gives differently. */
function normal(list: readonly unknown[]): readonly unknown[] {
  const keyed = list.map((item) => ({ item, key: isObject(item) ? `${item.name} ${steady(item)}` : '' }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ item }) => item);
}

/** Of what is given differently, the kind of value: what else is equal must not be told apart by chance. */
function steady(item: Readonly<Record<string, unknown>>): string {
  const kept = Object.entries(item).map(([key, value]) => {
    const isFree = VOLATILE.has(key) || (typeof value === 'string' && value.match(UUID));
    return [key, isFree ? (value === null ? 'null' : typeof value) : value] as const;
  });
  return JSON.stringify(kept.filter(([key]) => !IGNORED.has(key)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

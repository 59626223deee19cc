/**
 * Attributes of which hardly two objects have the same value, or long texts: not worth looking up. The others repeat:
 * twenty ports name one network.
 */
const UNSHARED: ReadonlySet<string> = new Set([
  ...['id', 'portId', 'deviceId', 'name', 'description', 'macAddress', 'ipAddress'],
]);
/** Characters; V8 itself keeps shorter ones once. */
const LONGEST_SHORT = 10;

const NO_ITEMS: readonly never[] = Object.freeze([]);
const NO_MEMBERS: Readonly<Record<string, never>> = Object.freeze({});

/** Freezes parsed JSON all through, and keeps once what values have in common: texts, and what is empty. */
export class Freezer {
  readonly #texts = new Map<string, string>();

  /** Values are a few levels deep: they come from validated records. */
  freeze<V>(value: V): V {
    return this.#settle('', value) as V;
  }

  #settle(name: string, value: unknown): unknown {
    if (typeof value === 'string') return this.#shared(name, value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) {
      if (value.length === 0) return NO_ITEMS;
      for (let at = 0; at < value.length; at++) value[at] = this.#settle(name, value[at]);
      return Object.freeze(value);
    }
    const members = value as Record<string, unknown>;
    let isEmpty = true;
    for (const key in members) {
      isEmpty = false;
      members[key] = this.#settle(key, members[key]);
    }
    return isEmpty ? NO_MEMBERS : Object.freeze(members);
  }

  #shared(name: string, text: string): string {
    if (text.length <= LONGEST_SHORT || UNSHARED.has(name)) return text;
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    this.#texts.set(text, text);
    return text;
  }
}

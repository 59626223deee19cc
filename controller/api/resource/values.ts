import { z } from 'zod';
import { formatCidr, formatIp, parseCidr, parseIp, parseMac } from '#controller/base/addresses';
import { UUID } from '#controller/base/uuid';

/** How a refusal is worded: about the attribute, by Neutron's converters, or as the value's own sentence. */
export type RefusalKind = 'attribute' | 'conversion' | 'sentence';

/** A value that is not what it should be; `message` as Neutron words it, without the full stop. */
export class Refusal extends Error {
  readonly kind: RefusalKind;

  constructor(message: string, kind: RefusalKind = 'attribute') {
    super(message);
    this.kind = kind;
  }
}

/** A schema whose leniency and wording are Neutron's; `json` describes to clients what to send. */
export function lenient<T>(json: z.GlobalMeta, convert: (raw: unknown) => T): z.ZodType<T, unknown> {
  return z
    .unknown()
    .transform((raw, context) => {
      try {
        return convert(raw);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        context.addIssue({ code: 'custom', message: error.message, params: { kind: error.kind } });
        return z.NEVER;
      }
    })
    .meta(json);
}

/** JSON schema of a list of objects that have no other keys than these, each with its schema. */
export function objectsWith(properties: Readonly<Record<string, z.GlobalMeta>>): z.GlobalMeta {
  return {
    type: 'array',
    items: { type: 'object', properties: { ...properties }, additionalProperties: false },
  };
}

/** JSON schemas of what is often in such objects. */
export const JSON_OF = {
  text: { type: 'string' },
  uuid: { type: 'string', format: 'uuid' },
  ip: { type: 'string', format: 'ip' },
  mac: { type: 'string', format: 'mac' },
  cidr: { type: 'string', format: 'cidr' },
} as const satisfies Readonly<Record<string, z.GlobalMeta>>;

/** A value as Python would print it, cut so that an answer never echoes a whole hostile body. */
export function show(raw: unknown): string {
  if (raw === null || raw === undefined) return 'None';
  if (raw === true) return 'True';
  if (raw === false) return 'False';
  if (typeof raw === 'number') return String(raw);
  const text = typeof raw === 'string' ? raw : pythonText(raw);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

/** A list, dictionary or number in Python's notation; bodies are no deeper than `parseBody` lets in. */
function pythonText(raw: unknown): string {
  if (Array.isArray(raw)) return `[${raw.map(pythonText).join(', ')}]`;
  if (typeof raw === 'object' && raw !== null) {
    const items = Object.entries(raw).map(([key, value]) => `${pythonText(key)}: ${pythonText(value)}`);
    return `{${items.join(', ')}}`;
  }
  if (typeof raw !== 'string') return show(raw);
  const quote = raw.includes("'") && !raw.includes('"') ? '"' : "'";
  const escaped = JSON.stringify(raw).slice(1, -1).replaceAll('\\"', '"');
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

export function toText(raw: unknown, longest: number): string {
  if (typeof raw !== 'string') throw new Refusal(`'${show(raw)}' is not a valid string`);
  if (raw.length > longest) throw new Refusal(`'${show(raw)}' exceeds maximum length of ${longest}`);
  return raw;
}

export function toBoolean(raw: unknown): boolean {
  const word = typeof raw === 'string' ? raw.trim().toLowerCase() : raw;
  if (word === true || word === 1 || TRUE.has(word)) return true;
  if (word === false || word === 0 || FALSE.has(word)) return false;
  throw new Refusal(`'${show(raw)}' cannot be converted to boolean`, 'conversion');
}

/** The words that Neutron takes for truth values. */
const TRUE: ReadonlySet<unknown> = new Set(['true', 't', 'yes', 'y', 'on', '1']);
const FALSE: ReadonlySet<unknown> = new Set(['false', 'f', 'no', 'n', 'off', '0']);

export function toInteger(raw: unknown): number {
  const number = typeof raw === 'string' && /^\s*[+-]?\d{1,15}\s*$/.test(raw) ? Number(raw) : raw;
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number;
  throw new Refusal(`'${show(raw)}' is not an integer`, 'conversion');
}

export function toUuid(raw: unknown): string {
  if (typeof raw === 'string' && UUID.test(raw)) return raw.toLowerCase();
  throw new Refusal(`'${show(raw)}' is not a valid UUID`);
}

export function toMac(raw: unknown): string {
  const mac = typeof raw === 'string' ? parseMac(raw) : undefined;
  if (mac === undefined) throw new Refusal(`'${show(raw)}' is not a valid MAC address`);
  return mac;
}

/** Canonical text of an IP address. */
export function toIpText(raw: unknown): string {
  const ip = typeof raw === 'string' ? parseIp(raw) : undefined;
  if (ip === undefined) throw new Refusal(`'${show(raw)}' is not a valid IP address`);
  return formatIp(ip.version, ip.bits);
}

/** Canonical text of a prefix, its host bits masked. */
function toCidrText(raw: unknown): string {
  const cidr = typeof raw === 'string' ? parseCidr(raw) : undefined;
  if (cidr === undefined) throw new Refusal(`${show(raw)} is not in a CIDR format`, 'conversion');
  return formatCidr(cidr);
}

export function toList(raw: unknown, longest: number): readonly unknown[] {
  if (!Array.isArray(raw)) throw new Refusal(`'${show(raw)}' is not a list`);
  if (raw.length > longest) throw new Refusal(`'${show(raw)}' has more than ${longest} items`);
  return raw;
}

/** A list, where Neutron says what it is of when it is none. */
export function toFormat(raw: unknown, what: string, longest: number): readonly unknown[] {
  if (!Array.isArray(raw)) throw new Refusal(`Invalid data format for ${what}: '${show(raw)}'`);
  return toList(raw, longest);
}

/** The same as toObject, where Neutron takes other keys for attributes. */
export function toKnown(raw: unknown, keys: readonly string[]): Readonly<Record<string, unknown>> {
  const others =
    typeof raw === 'object' && raw !== null && !Array.isArray(raw)
      ? Object.keys(raw).filter((key) => !keys.includes(key))
      : [];
  if (others.length > 0)
    throw new Refusal(`Unrecognized attribute(s) '${others.join(', ').slice(0, 300)}'`, 'sentence');
  return toObject(raw, keys);
}

/** An object with no other keys than these. */
export function toObject(raw: unknown, keys: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw new Refusal(`'${show(raw)}' is not a dictionary`);
  const others = Object.keys(raw).filter((key) => !keys.includes(key));
  if (others.length > 0) throw new Refusal(`Unexpected keys supplied: ${show(others.join(', '))}`);
  return Object.fromEntries(Object.entries(raw));
}

export const text = (longest: number) =>
  lenient({ type: 'string', maxLength: longest }, (raw) => toText(raw, longest));
export const boolean = lenient({ type: 'boolean' }, toBoolean);
export const integer = lenient({ type: 'integer' }, toInteger);
export const uuid = lenient({ type: 'string', format: 'uuid' }, toUuid);
export const mac = lenient({ type: 'string', format: 'mac' }, toMac);
export const cidr = lenient({ type: 'string', format: 'cidr' }, toCidrText);

/** The same, or null. */
export function nullable<T>(json: z.GlobalMeta, convert: (raw: unknown) => T): z.ZodType<T | null, unknown> {
  return lenient(json, (raw) => (raw === null ? null : convert(raw)));
}

/** One of some words or numbers. */
export function oneOf<const T extends string | number>(
  values: readonly T[],
  convert: (raw: unknown) => unknown = (raw) => raw,
): z.ZodType<T, unknown> {
  return lenient({ enum: [...values] }, (raw) => {
    const converted = convert(raw);
    const found = values.find((value) => value === converted);
    if (found === undefined) throw new Refusal(`${show(raw)} is not in valid_values`);
    return found;
  });
}

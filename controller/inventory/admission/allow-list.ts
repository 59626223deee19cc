import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { plainAddress } from 'ovsdb-client-ts';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';
import type { Origin } from '#controller/door/origin';
import { isPlainName } from '../hypervisor.ts';
import { quote } from '../quote.ts';

/** Why a hypervisor may not take part, for the operator; undefined when it may. Without a hostname that is not judged. */
export type Admit = (systemId: string, origin: Origin, hostname?: string) => string | undefined;

/** Hypervisors in one file. */
const MOST_HYPERVISORS = 100_000;

const plainName = z.string('must be text').refine(isPlainName, 'is not a plain name');
const entrySchema = z.strictObject({
  'system-id': plainName,
  hostname: plainName.optional(),
  certificate: z.string('must be text').min(1).max(1_000).optional(),
  address: z
    .string('must be text')
    .refine((text) => isIP(text) > 0, 'is not an IP address')
    .transform((text) => ipaddr.parse(text).toString())
    .optional(),
});
const fileSchema = z.array(entrySchema, 'must be a list of hypervisors').max(MOST_HYPERVISORS);

/**
 * Reads the text of a list of hypervisors: those in it may take part, with the certificate, from the address and by the
 * hostname that it says, and no others, nor by another's name, to which ports may be bound. Throws RangeError that names the entry and key which cannot be used.
 */
export function readAllowList(text: string): Admit {
  const result = fileSchema.safeParse(parseYaml(text) ?? []);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new RangeError(`${placeOf(issue?.path ?? [])}: ${issue?.message}`);
  }
  const entries = new Map<string, z.output<typeof entrySchema>>();
  const owners = new Map<string, string>();
  for (const [at, entry] of result.data.entries()) {
    if (entries.has(entry['system-id']))
      throw new RangeError(`hypervisor ${at + 1}: has the system-id of another`);
    entries.set(entry['system-id'], entry);
    owners.set(entry['system-id'], entry['system-id']);
  }
  for (const [at, { 'system-id': id, hostname }] of result.data.entries()) {
    if (hostname === undefined) continue;
    if ((owners.get(hostname) ?? id) !== id)
      throw new RangeError(`hypervisor ${at + 1}: has for its hostname a name of another`);
    owners.set(hostname, id);
  }
  return (systemId, origin, hostname) => {
    const entry = entries.get(systemId);
    if (entry === undefined) return `system-id ${systemId} is not in the list of hypervisors`;
    if (entry.certificate !== undefined && entry.certificate !== origin.certificate) {
      const shown =
        origin.certificate === undefined ? 'without a certificate' : `as ${quote(origin.certificate)}`;
      return `system-id ${systemId} has to come with the certificate of ${quote(entry.certificate)}, and came ${shown}`;
    }
    if (entry.address !== undefined && entry.address !== plainAddress(origin.address))
      return `system-id ${systemId} has to come from ${entry.address}, and came from ${origin.address}`;
    if (hostname === undefined) return undefined;
    if (entry.hostname !== undefined && entry.hostname !== hostname)
      return `system-id ${systemId} has to have the hostname ${entry.hostname}, and has ${hostname}`;
    const owner = owners.get(hostname) ?? systemId;
    if (owner !== systemId)
      return `hostname ${hostname} is that of system-id ${owner} in the list of hypervisors`;
    return undefined;
  };
}

function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof YAMLParseError) throw new RangeError(error.message.split(/:?\n/, 1)[0] ?? '');
    throw error;
  }
}

function placeOf(path: readonly PropertyKey[]): string {
  const [at, ...keys] = path;
  return typeof at === 'number' ? [`hypervisor ${at + 1}`, ...keys].join(': ') : 'top level';
}

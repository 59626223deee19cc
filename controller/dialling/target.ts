import { isIP } from 'node:net';
import { formatEndpoint, parseActiveTarget } from 'ovsdb-client-ts';

/** Somebody whom the controller calls. */
export interface DialTarget {
  readonly transport: 'tcp' | 'ssl';
  /** An IP address, or a name that is resolved anew for each call. */
  readonly host: string;
  readonly port: number;
}

/** As many as there may be hypervisors. */
const MOST_TARGETS = 2_048;
/** RFC 1123, 2.1, and underscores, which names of hosts have all the same. */
const HOST_NAME =
  /^(?=.{1,253}$)[a-zA-Z0-9_]([a-zA-Z0-9_-]*[a-zA-Z0-9_])?(\.[a-zA-Z0-9_]([a-zA-Z0-9_-]*[a-zA-Z0-9_])?)*$/;

/**
 * Reads a comma list of `tcp:HOST[:PORT]` and `ssl:HOST[:PORT]`, IPv6 in brackets, port 6640 unless another is named. Throws
 * RangeError that names the entry which cannot be used.
 */
export function parseDialTargets(text: string): readonly DialTarget[] {
  const targets = new Map<string, DialTarget>();
  for (const entry of text.split(',').flatMap((each) => each.trim() || [])) {
    const target = parseTarget(entry);
    const name = targetText(target);
    if (targets.has(name)) throw new RangeError(`'${entry}' is named twice`);
    if (targets.size === MOST_TARGETS) throw new RangeError(`there are more than ${MOST_TARGETS}`);
    targets.set(name, target);
  }
  return [...targets.values()];
}

/** In Open vSwitch's own notation: `tcp:192.0.2.11:6640`. */
export function targetText({ transport, host, port }: DialTarget): string {
  return `${transport}:${formatEndpoint(host, port)}`;
}

function parseTarget(entry: string): DialTarget {
  const target = activeTarget(entry);
  if (target === undefined || target.transport === 'unix')
    throw new RangeError(
      `'${entry}' is not tcp:HOST:PORT or ssl:HOST:PORT, with an IPv6 address in brackets`,
    );
  if (target.port === 0) throw new RangeError(`'${entry}' has no port from 1 to 65535`);
  if (entry.includes('[') ? isIP(target.host) !== 6 : !isHost(target.host))
    throw new RangeError(`'${entry}' has neither an address nor the name of a host`);
  return { transport: target.transport, host: target.host, port: target.port };
}

/** Digits and dots alone are an address, and no name. */
function isHost(text: string): boolean {
  return isIP(text) === 4 || (HOST_NAME.test(text) && !/^[0-9.]+$/.test(text));
}

function activeTarget(text: string): ReturnType<typeof parseActiveTarget> | undefined {
  try {
    return parseActiveTarget(text);
  } catch {
    return undefined;
  }
}

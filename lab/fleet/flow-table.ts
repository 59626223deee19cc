import {
  ALL_TABLES,
  CodecError,
  decodeMatch,
  type FieldMatch,
  FLOW_MOD_COMMAND,
  type FlowStatsRequest,
  type Match,
} from 'openflow-codec';

/**
 * A FLOW_MOD from its cookie on, as a string of bytes: a fleet has millions, and a string costs a third of a buffer.
 */
export type FlowModBody = string;

/** Where members stand in a FlowModBody (OF 1.3.5, 7.3.4.1). */
const AT = {
  cookie: 0,
  cookieMask: 8,
  table: 16,
  command: 17,
  idle: 18,
  priority: 22,
  flags: 36,
  match: 40,
} as const;
/** Size of ofp_flow_stats up to its match (OF 1.3.5, 7.3.5.2). */
const STATS_HEAD = 48;
/** A part of a multipart reply is begun anew beyond so many bytes. */
const PART_SIZE = 32_768;

/** The body of a whole FLOW_MOD message. Throws CodecError when it is too short or its match does not fit in it. */
export function flowModBody(bytes: Uint8Array): FlowModBody {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset + 8, bytes.length - 8).toString('latin1');
  if (body.length < AT.match + 8 || matchEnd(body) > body.length)
    throw new CodecError('OFC_SHORT', { struct: 'ofp_flow_mod', offset: 0 });
  return body;
}

/**
 * The flows of one fake switch. It keeps what it is sent, byte for byte, and judges nothing: two matches are the same
 * when their bytes are. No packet ever meets a flow, so counters stay at 0 and timeouts do not run.
 */
export class FlowTable {
  readonly #flows = new Map<string, FlowModBody>();

  get size(): number {
    return this.#flows.size;
  }

  clear(): void {
    this.#flows.clear();
  }

  /** Does what a FLOW_MOD says. */
  apply(body: FlowModBody): void {
    const key = keyOf(body);
    const old = this.#flows.get(key);
    switch (body.charCodeAt(AT.command)) {
      case FLOW_MOD_COMMAND.add:
        this.#flows.set(key, body);
        break;
      case FLOW_MOD_COMMAND.modifyStrict:
        if (old !== undefined && hasCookie(old, body)) this.#flows.set(key, withInstructions(old, body));
        break;
      case FLOW_MOD_COMMAND.deleteStrict:
        if (old !== undefined && hasCookie(old, body)) this.#flows.delete(key);
        break;
      default:
        this.#applyToAll(body);
    }
  }

  /** The bodies of multipart replies with the flows that a request selects, at least one (OF 1.3.5, 7.3.5.2). */
  *stats(request: FlowStatsRequest): Generator<Buffer> {
    const entries: Buffer[] = [];
    let size = 0;
    for (const flow of this.#select(request)) {
      const entry = statsEntry(flow);
      if (size + entry.length > PART_SIZE) {
        yield Buffer.concat(entries.splice(0));
        size = 0;
      }
      entries.push(entry);
      size += entry.length;
    }
    yield Buffer.concat(entries);
  }

  /** How many flows a request selects (OF 1.3.5, 7.3.5.3). */
  count(request: FlowStatsRequest): number {
    let count = 0;
    for (const _flow of this.#select(request)) count++;
    return count;
  }

  *#select({ tableId, cookie, cookieMask, match }: FlowStatsRequest): Generator<string> {
    const wanted = (cookie & cookieMask).toString(16);
    for (const flow of this.#flows.values()) {
      if (tableId !== ALL_TABLES && flow.charCodeAt(AT.table) !== tableId) continue;
      if (cookieMask !== 0n && (cookieOf(flow) & cookieMask).toString(16) !== wanted) continue;
      if (match.length > 0 && !isWithin(matchOf(flow), match)) continue;
      yield flow;
    }
  }

  #applyToAll(body: FlowModBody): void {
    const table = body.charCodeAt(AT.table);
    const wanted = matchOf(body);
    for (const [key, flow] of this.#flows) {
      if (table !== ALL_TABLES && flow.charCodeAt(AT.table) !== table) continue;
      if (!hasCookie(flow, body) || (wanted.length > 0 && !isWithin(matchOf(flow), wanted))) continue;
      if (body.charCodeAt(AT.command) === FLOW_MOD_COMMAND.delete) this.#flows.delete(key);
      else this.#flows.set(key, withInstructions(flow, body));
    }
  }
}

function keyOf(body: FlowModBody): string {
  return (
    body.charAt(AT.table) +
    body.substring(AT.priority, AT.priority + 2) +
    body.substring(AT.match, matchEnd(body))
  );
}

/** End of the match with its padding. */
function matchEnd(body: FlowModBody): number {
  const length = (body.charCodeAt(AT.match + 2) << 8) | body.charCodeAt(AT.match + 3);
  return AT.match + ((length + 7) & ~7);
}

function matchOf(body: FlowModBody): Match {
  const bytes = Buffer.from(body.substring(AT.match, matchEnd(body)), 'latin1');
  return decodeMatch(bytes);
}

function cookieOf(body: FlowModBody): bigint {
  return Buffer.from(body.substring(AT.cookie, AT.cookieMask), 'latin1').readBigUInt64BE();
}

/** Whether a flow's cookie is one that a command is about (OF 1.3.5, 6.4). */
function hasCookie(flow: FlowModBody, command: FlowModBody): boolean {
  for (let at = 0; at < 8; at++) {
    const mask = command.charCodeAt(AT.cookieMask + at);
    if (((flow.charCodeAt(at) ^ command.charCodeAt(at)) & mask) !== 0) return false;
  }
  return true;
}

function withInstructions(flow: FlowModBody, command: FlowModBody): FlowModBody {
  return flow.substring(0, matchEnd(flow)) + command.substring(matchEnd(command));
}

/** True when a flow takes no packet that `wanted` doesn't: a non-strict command is about it (OF 1.3.5, 6.4). */
function isWithin(match: Match, wanted: Match): boolean {
  return wanted.every((want) => {
    if (want.field === 'raw') return false;
    const found = match.find((one): one is FieldMatch => one.field === want.field);
    if (found === undefined) return false;
    const [mask, its] = [maskOf(want), maskOf(found)];
    return (its & mask) === mask && (BigInt(found.value) & mask) === (BigInt(want.value) & mask);
  });
}

/** All ones for a field without a mask, however wide it is. */
function maskOf({ mask }: FieldMatch): bigint {
  return mask === undefined ? -1n : BigInt(mask);
}

/** ofp_flow_stats of a flow (OF 1.3.5, 7.3.5.2). */
function statsEntry(body: FlowModBody): Buffer {
  const entry = Buffer.alloc(STATS_HEAD + body.length - AT.match);
  entry.writeUInt16BE(entry.length, 0);
  entry.write(body.charAt(AT.table), 2, 'latin1');
  entry.write(body.substring(AT.priority, AT.priority + 2), 12, 'latin1');
  entry.write(body.substring(AT.idle, AT.idle + 4), 14, 'latin1');
  entry.write(body.substring(AT.flags, AT.flags + 2), 18, 'latin1');
  entry.write(body.substring(AT.cookie, AT.cookie + 8), 24, 'latin1');
  entry.write(body.substring(AT.match), STATS_HEAD, 'latin1');
  return entry;
}

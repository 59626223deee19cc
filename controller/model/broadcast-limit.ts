import type { PortRecord } from '#controller/store/records';
import type { MeterRate } from '#pipeline';

/** The key of `binding:profile` by which one port has another limit than all others. */
export const BROADCAST_LIMIT_KEY = 'broadcast-limit';

const MOST = 4_294_967_295;
const FORM = /^(\d{1,10})(?:\/(\d{1,10}))?$/;

/**
 * `100/300`: packets a second, and at once after a rest; as many as in a second when that is left out. `0` is no limit.
 * Throws RangeError that says what is wrong.
 */
export function parseBroadcastLimit(text: string): MeterRate | undefined {
  const [, first = '', second = first] = FORM.exec(text) ?? [];
  const [rate, burst] = [Number(first), Number(second)];
  const isFit = rate <= MOST && burst <= MOST && ((rate > 0 && burst > 0) || text === '0');
  if (!isFit)
    throw new RangeError(`'${text}' is not RATE or RATE/BURST in packets, as 100/300; 0 is no limit`);
  return rate === 0 ? undefined : { rate, burst };
}

/** The limit of a port: its own, if it has one that can be read, or else that of all. */
export function broadcastLimitOf(
  { bindingProfile }: Pick<PortRecord, 'bindingProfile'>,
  ofAll: MeterRate | undefined,
): MeterRate | undefined {
  const own = bindingProfile[BROADCAST_LIMIT_KEY];
  if (own === undefined) return ofAll;
  try {
    return parseBroadcastLimit(String(own));
  } catch {
    // Of a store that nobody has asked about it: the API takes none such.
    return ofAll;
  }
}

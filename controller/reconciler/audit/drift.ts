import { CodecError } from 'openflow-codec';
import type { Facts } from '#apps';
import { type Flow, type FlowChange, type Meter, type Pipeline, parseCookie, printFlow } from '#pipeline';
import type { InstalledFlow } from '../reading/read-back.ts';

/** How a flow on a switch can differ from what it ought to be: gone, there for nothing, or not what it was. */
export const DRIFT_KINDS = ['deleted', 'added', 'changed'] as const;
export type DriftKind = (typeof DRIFT_KINDS)[number];

/** One flow or meter that somebody else has changed on a switch. */
export interface Drift {
  readonly kind: DriftKind;
  /** The flow or meter as it ought to be, or that ought not to be there, in the notation of ovs-ofctl. */
  readonly flow: string;
  /** What of it was found, as far as cookies tell who did it; for people. */
  readonly found: string;
  /** App and fact that the flow is of, or says that it is of. */
  readonly cause: { readonly app: string; readonly kind: string; readonly key: number } | null;
}

/** One meter that somebody else has changed on a switch, as it was and as it was found. */
export interface MeterDrift {
  readonly kind: DriftKind;
  readonly before: Meter | undefined;
  readonly found: Meter | undefined;
}

export function driftKind({ before, after }: FlowChange): DriftKind {
  if (!before) return 'deleted';
  return after ? 'changed' : 'added';
}

/** Puts a repair into words. `foreign` is a flow of another cookie that has the place of ours. */
export function explainDrift(
  change: FlowChange & { readonly before: Flow | InstalledFlow | undefined },
  pipeline: Pipeline<Facts>,
  foreign: InstalledFlow | undefined,
): Drift {
  const { before, after } = change;
  const flow = after ?? before;
  if (!flow) throw new TypeError('a change of nothing');
  const cookie = parseCookie(flow.cookieHi, flow.cookieLo);
  return {
    kind: driftKind(change),
    flow: textOf(flow, pipeline),
    found: foreign ? `a flow of cookie ${cookieText(foreign)} in its place` : foundText(change),
    cause: cookie ? { ...pipeline.describe(cookie.app, cookie.kind), key: cookie.key } : null,
  };
}

/** Puts the repair of a meter into words. */
export function explainMeterDrift({ kind, before, found }: MeterDrift, pipeline: Pipeline<Facts>): Drift {
  const meter = before ?? found;
  if (!meter) throw new TypeError('a change of nothing');
  const texts = { deleted: 'nothing', added: 'a meter of our numbers that nothing asks for' };
  return {
    kind,
    flow: meterText(meter),
    found:
      kind === 'changed' && found ? foundMeterText(found) : texts[kind === 'added' ? 'added' : 'deleted'],
    cause: pipeline.causeOfMeter(meter.number),
  };
}

function meterText({ number, rate, burst }: Meter): string {
  return `meter=${number},pktps,burst,stats,bands=type=drop,rate=${rate},burst_size=${burst}`;
}

/** A rate of 0 stands for one of another kind than ours are. */
function foundMeterText({ rate, burst }: Meter): string {
  return rate === 0 ? 'one of another kind' : `rate=${rate},burst_size=${burst}`;
}

function foundText({ before, after }: FlowChange & { readonly before: Flow | InstalledFlow | undefined }) {
  if (!before) return 'nothing';
  if (!after) return `a flow of our cookies (${cookieText(before)}) that nothing asks for`;
  const parts: string[] = [];
  if (before.cookieHi !== after.cookieHi || before.cookieLo !== after.cookieLo)
    parts.push(`cookie ${cookieText(before)}`);
  if (before.content !== after.content) parts.push('other actions');
  if ('expires' in before && before.expires) parts.push('a timeout or flag');
  return parts.join(', ');
}

function textOf(flow: Flow, pipeline: Pipeline<Facts>): string {
  try {
    return printFlow(flow, pipeline.layout);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return `table=${flow.tableId},priority=${flow.priority} (unreadable: ${error.code})`;
  }
}

function cookieText({ cookieHi, cookieLo }: Pick<Flow, 'cookieHi' | 'cookieLo'>): string {
  return `0x${((BigInt(cookieHi) << 32n) | BigInt(cookieLo)).toString(16)}`;
}

import { Header } from '../message/codec.ts';
import { FLOW_REMOVED, FlowRemovedBody, REMOVAL_REASONS } from '../message/flow.ts';

/** What is read of a flow that is gone, without its match. */
export interface RemovalView {
  readonly tableId: number;
  readonly cookieHi: number;
  readonly cookieLo: number;
}

const EVICTION = REMOVAL_REASONS.indexOf('eviction');
const header = Header.make();
const removal = FlowRemovedBody.make();

/**
 * The flow that a whole OFPT_FLOW_REMOVED tells to have been evicted from a full table, of which there may be thousands a
 * second; nothing for every other message. It is valid until this is called again, and allocates nothing.
 */
export function evictionOf(bytes: Uint8Array): RemovalView | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < Header.size + FlowRemovedBody.size) return undefined;
  Header.read(view, 0, header);
  if (header.type !== FLOW_REMOVED) return undefined;
  FlowRemovedBody.read(view, Header.size, removal);
  return removal.reason === EVICTION ? removal : undefined;
}

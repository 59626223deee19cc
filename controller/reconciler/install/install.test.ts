import { decode, encodeToBytes, Framer, type Message, Writer } from 'openflow-codec';
import { describe, expect, it } from 'vitest';
import type { Connection } from '#controller/channel/connection';
import { type RawMessage, rawMessage } from '#controller/channel/raw-message';
import { type FlowChange, makeFlow } from '#pipeline';
import { Turns } from '../turns.ts';
import { install } from './install.ts';

const FLOWS = [1, 2, 3].map(comes);
const BAD_PORT = { change: FLOWS[1], error: 'OFPBAC_BAD_OUT_PORT' };

describe('install', () => {
  it('takes one round trip, also when the switch refuses a flow on its way into the bundle', async () => {
    const all = ['openRequest', 'add 1', 'add 2', 'add 3', 'commitRequest', 'barrier'];
    const willing = new Peer();
    expect(await push(willing)).toEqual([]);
    expect(willing.told).toEqual(all);
    const picky = new Peer({ atAdd: 2 });
    expect(await push(picky)).toEqual([BAD_PORT]);
    expect(picky.told).toEqual(all);
  });

  it('needs no bundle for a single change', async () => {
    const [only = comes(1)] = FLOWS;
    const willing = new Peer();
    expect(await push(willing, [only])).toEqual([]);
    expect(willing.told).toEqual(['flow 1', 'barrier']);
    const picky = new Peer({ atAdd: 1 });
    expect(await push(picky, [only])).toEqual([{ change: only, error: 'OFPBAC_BAD_OUT_PORT' }]);
    await expect(push(new Peer({ asSlave: true }), [only])).rejects.toMatchObject({ code: 'RECO_BUNDLE' });
  });

  it('tries again without what the switch refused when it refused the commit, too', async () => {
    const peer = new Peer({ atAdd: 2, atCommit: 3 });
    expect(await push(peer)).toEqual([BAD_PORT, { change: FLOWS[2], error: 'OFPFMFC_TABLE_FULL' }]);
    expect(peer.told.slice(6)).toEqual(['openRequest', 'add 1', 'commitRequest', 'barrier']);
  });

  it('halves what a switch without room refuses flow by flow, instead of sending all again for each', async () => {
    const peer = new Peer({ isFull: true });
    const flows = Array.from({ length: 64 }, (_, at) => comes(at + 1));
    const refusals = await push(peer, flows);
    expect(new Set(refusals.map(({ change }) => change))).toEqual(new Set(flows));
    expect(new Set(refusals.map(({ error }) => error))).toEqual(new Set(['OFPFMFC_TABLE_FULL']));
    // 64 + 63 + … + 1 would be 2080.
    expect(peer.told.filter((each) => /^(add|flow) /.test(each)).length).toBeLessThan(1_000);
  });

  it('does not know what a switch has that refuses the bundle itself', async () => {
    await expect(push(new Peer({ opening: true }))).rejects.toMatchObject({ code: 'RECO_BUNDLE' });
  });
});

function push({ connection }: Peer, changes: readonly FlowChange[] = FLOWS) {
  let id = 0;
  return install(connection, () => ++id, new Turns(), changes);
}

/** Flows that are told apart by their priority. */
function comes(priority: number): FlowChange {
  return { before: undefined, after: makeFlow(200 - priority, priority, { hi: 0, lo: 0 }, [], []) };
}

interface Refusals {
  readonly opening?: boolean;
  readonly asSlave?: boolean;
  /** Priorities of flows. */
  readonly atAdd?: number;
  readonly atCommit?: number;
  /** Its tables have no room: it refuses the first flow of each commit. */
  readonly isFull?: boolean;
}

/** A switch that answers nothing before it is asked for a barrier: what waits for an answer before waits for ever. */
class Peer {
  readonly told: string[] = [];
  readonly #refuses: Refusals;
  readonly #held: (() => void)[] = [];
  readonly #flows = new Map<number, number>();
  #take: (message: RawMessage) => boolean = () => false;
  #xid = 0;

  constructor(refuses: Refusals = {}) {
    this.#refuses = refuses;
  }

  /** As much of a connection as a bundle uses. */
  readonly connection = {
    congested: false,
    nextXid: () => ++this.#xid,
    nextXids: (count: number) => {
      this.#xid += count;
      return this.#xid - count + 1;
    },
    listen: (take: (message: RawMessage) => boolean) => {
      this.#take = take;
      return () => undefined;
    },
    write: (put: (writer: Writer) => void) => {
      const writer = new Writer();
      put(writer);
      new Framer().push(writer.bytes().slice(), (bytes) => this.#add(decode(bytes)));
    },
    request: (message: Message & { readonly type: 'bundleControl' }) => {
      this.told.push(message.control);
      const xid = this.connection.nextXid();
      return new Promise((answer) => this.#held.push(() => answer(this.#control(message, xid))));
    },
    barrier: async () => {
      this.told.push('barrier');
      await Promise.resolve();
      for (const answer of this.#held.splice(0)) answer();
    },
  } as unknown as Connection;

  #add(message: Message): void {
    const { xid } = message;
    const flowMod = message.type === 'bundleAdd' ? message.message : message;
    if (flowMod.type !== 'flowMod') return;
    const { priority } = flowMod;
    this.told.push(message.type === 'bundleAdd' ? `add ${priority}` : `flow ${priority}`);
    // OFPBRC_IS_SLAVE (OF 1.3.5, 7.4.4.2).
    if (this.#refuses.asSlave) this.#held.push(() => this.#take(wire(error(xid, 1, 10))));
    // OFPBAC_BAD_OUT_PORT (OF 1.3.5, 7.4.4.3).
    else if (this.#refuses.atAdd === priority) this.#held.push(() => this.#take(wire(error(xid, 2, 4))));
    else if (this.#refuses.isFull && message.type === 'flowMod')
      this.#held.push(() => this.#take(wire(error(xid, 5, 1))));
    else this.#flows.set(priority, xid);
  }

  #control(message: Message & { readonly type: 'bundleControl' }, xid: number): Message {
    const [first] = this.#flows.values();
    const full = this.#refuses.isFull ? first : this.#flows.get(this.#refuses.atCommit ?? 0);
    const isOpening = message.control === 'openRequest';
    // OFPBFC_OUT_OF_BUNDLES, OFPBFC_MSG_FAILED (ONF EXT-230).
    if (isOpening && this.#refuses.opening) return decode(encodeToBytes(error(xid, 0xffff, 2304)));
    if (isOpening || full === undefined) return { ...message, xid };
    this.#flows.clear();
    // OFPFMFC_TABLE_FULL (OF 1.3.5, 7.4.4.4).
    this.#take(wire(error(full, 5, 1)));
    return decode(encodeToBytes(error(xid, 0xffff, 2312)));
  }
}

function error(xid: number, errorType: number, errorCode: number): Message {
  const experimenter = errorType === 0xffff ? { experimenter: 0x4f4e4600 } : {};
  return { type: 'error', xid, errorType, errorCode, name: '', data: new Uint8Array(), ...experimenter };
}

function wire(message: Message): RawMessage {
  return rawMessage(encodeToBytes(message));
}

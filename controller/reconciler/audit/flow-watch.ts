import { decode, FLOW_MONITOR_FLAG, isAbbreviatedUpdate } from 'openflow-codec';
import type { Connection } from '#controller/channel/connection';
import { OFPT, type RawMessage } from '#controller/channel/raw-message';
import type { Layout } from '#pipeline';
import type { Suspicion } from './suspicion.ts';

const ANY_PORT = 0xffffffff;
const { add, delete: gone, modify } = FLOW_MONITOR_FLAG;

/**
 * Has a switch tell when somebody else changes flows (ovs-ofctl(8), monitor watch:), and raises a suspicion when
 * it does, for as long as its connection lasts; while that is raised, what the switch tells is not even read.
 */
export class FlowWatch {
  readonly #tableIds: readonly number[];
  readonly #suspicion: Suspicion;
  #connection: Connection | undefined;
  #stopListening: () => void = () => undefined;
  /** Of what the switch watches. */
  #ids: readonly number[] = [];

  constructor({ tables }: Layout, suspicion: Suspicion) {
    // What flows learn is in the tables aside, and would be told one by one.
    this.#tableIds = tables.filter(({ table }) => table.stage !== 'aside').map(({ id }) => id);
    this.#suspicion = suspicion;
  }

  /**
   * Begins, unless it is under way on this connection. Resolves with false when the switch does not do that. Rejects as
   * `Connection.request` does.
   */
  async begin(connection: Connection): Promise<boolean> {
    if (this.#connection === connection) return true;
    this.#connection = connection;
    this.#ids = [];
    // Of one connection, no two may be the same: Open vSwitch refuses that in a message of OpenFlow 1.0.
    const body = this.#tableIds.map((tableId) => ({
      ...{ id: connection.nextXid(), tableId, match: [] },
      ...{ flags: add | gone | modify, outPort: ANY_PORT },
    }));
    this.#stopListening();
    this.#stopListening = connection.listen((message) => this.#take(message));
    const answer = await connection.request({
      ...{ type: 'multipartRequest', part: 'flowMonitor', more: false, body },
    });
    const isWatched = answer.type === 'multipartReply';
    if (isWatched && this.#connection === connection) this.#ids = body.map(({ id }) => id);
    return isWatched;
  }

  /** Ends it: the switch would tell of each flow-mod of ours, too. */
  end(): void {
    this.#stopListening();
    for (const id of this.#ids) this.#connection?.send({ type: 'flowMonitorCancel', id });
    this.#ids = [];
    this.#connection = undefined;
  }

  #take(message: RawMessage): boolean {
    // What is told of monitors answers no request: its xid is 0.
    if (message.type !== OFPT.multipartReply || message.xid !== 0) return false;
    // Our own changes come abbreviated.
    if (this.#suspicion.isRaised || isAbbreviatedUpdate(message.bytes)) return true;
    const told = decode(message.bytes);
    if (told.type !== 'multipartReply' || told.part !== 'flowMonitor') return false;
    if (told.body.some(({ event }) => event !== 'abbreviated')) this.#suspicion.raise();
    return true;
  }
}

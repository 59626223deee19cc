import { decode, FLOW_MONITOR_FLAG, isAbbreviatedUpdate } from 'openflow-codec';
import type { Connection } from '#controller/channel/connection';
import { OFPT, type RawMessage } from '#controller/channel/raw-message';
import type { Layout } from '#pipeline';
import type { Suspicion } from './suspicion.ts';

const ANY_PORT = 0xffffffff;
const { add, delete: gone, modify } = FLOW_MONITOR_FLAG;

/**
 * Asks a switch to tell when somebody else changes its flows (ovs-ofctl(8), monitor watch:), for as long as the connection
 * lasts, and raises a suspicion each time. While one is raised, further news is not even decoded.
 */
export class FlowWatch {
  readonly #tableIds: readonly number[];
  readonly #suspicion: Suspicion;
  #connection: Connection | undefined;
  #stopListening: () => void = () => undefined;
  /** Of what the switch watches. */
  #ids: readonly number[] = [];

  constructor({ tables }: Layout, suspicion: Suspicion) {
    // Tables aside hold what flows learn: each connection of a guest would be news.
    this.#tableIds = tables.filter(({ table }) => table.stage !== 'aside').map(({ id }) => id);
    this.#suspicion = suspicion;
  }

  /**
   * Begins to watch, unless this connection is watched already. Resolves with false when the switch has no flow monitors.
   * Rejects as `Connection.request` does.
   */
  async begin(connection: Connection): Promise<boolean> {
    if (this.#connection === connection) return true;
    this.#connection = connection;
    this.#ids = [];
    // Monitor ids must differ within a connection: Open vSwitch refuses a second one, and that in a message of OpenFlow 1.0.
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
    // News of a monitor answers no request: its xid is 0.
    if (message.type !== OFPT.multipartReply || message.xid !== 0) return false;
    // Our own changes come abbreviated.
    if (this.#suspicion.isRaised || isAbbreviatedUpdate(message.bytes)) return true;
    const told = decode(message.bytes);
    if (told.type !== 'multipartReply' || told.part !== 'flowMonitor') return false;
    if (told.body.some(({ event }) => event !== 'abbreviated')) this.#suspicion.raise();
    return true;
  }
}

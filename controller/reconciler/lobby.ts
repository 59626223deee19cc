import { type Places, tooMany } from '#controller/base/crowd';
import type { Connection } from '#controller/channel/connection';
import { ChannelError } from '#controller/channel/errors';

/** Bounds of the lobby. */
export interface LobbyLimits {
  /** Connections that wait at a time. After a start of the controller, all switches may. */
  readonly places: Places;
  /** Milliseconds that one may wait. */
  readonly patienceMs: number;
}

const LOBBY_LIMITS: LobbyLimits = { places: { all: 2_048, each: 1_024 }, patienceMs: 60_000 };

/**
 * Where connections wait, their handshake done, until a hypervisor's database says that the switch is its own. Anybody
 * can claim any datapath id, so connections that claim the same one from different origins wait side by side.
 */
export class Lobby {
  readonly #limits: LobbyLimits;
  /** In order of arrival, each with the timer that ends its wait. */
  readonly #waiting = new Map<Connection, NodeJS.Timeout>();

  constructor(limits: LobbyLimits = LOBBY_LIMITS) {
    this.#limits = limits;
  }

  /** Lets a connection wait in place of an older one of the same switch from the same origin. */
  enter(connection: Connection): void {
    for (const other of this.claiming(connection.datapathId)) {
      if (other.origin === connection.origin) other.close(new ChannelError('OFCH_REPLACED'));
    }
    const timer = setTimeout(
      () => connection.close(new ChannelError('OFCH_UNCLAIMED', connection.datapathId)),
      this.#limits.patienceMs,
    );
    this.#waiting.set(connection, timer.unref());
    tooMany(this.#waiting.keys(), this.#limits.places)?.close(new ChannelError('OFCH_LIMIT'));
  }

  /** Takes a connection out: it was claimed, or has ended. */
  leave(connection: Connection): void {
    clearTimeout(this.#waiting.get(connection));
    this.#waiting.delete(connection);
  }

  /** Those that wait and claim to be this switch. */
  claiming(datapathId: string): readonly Connection[] {
    return [...this.#waiting.keys()].filter((each) => each.datapathId === datapathId);
  }
}

import { Intruder } from './intruder.ts';
import type { Random } from './random.ts';

/** The life of one hostile connection. */
export type Attack = (intruder: Intruder, random: Random) => Promise<void>;

/** A port to attack: where, from which address, and how. */
export interface Front {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly attacks: readonly Attack[];
  /** Connections at a time. */
  readonly width: number;
}

/** What one front did. */
export interface Tally {
  connections: number;
  bytes: number;
  /** Peers whose connection the controller ended. */
  readonly refused: string[];
}

/** Attacks until `until` (as of performance.now()), with connection after connection. */
export async function attack(front: Front, random: Random, until: number): Promise<Tally> {
  const tally: Tally = { connections: 0, bytes: 0, refused: [] };
  const worker = async (): Promise<void> => {
    while (performance.now() < until) {
      const intruder = await Intruder.dial(front.from, front.to, front.port);
      if (!intruder) continue;
      tally.connections += 1;
      await random.pick(front.attacks)(intruder, random);
      await intruder.leave();
      tally.bytes += intruder.socket.bytesWritten;
      if (intruder.refused) tally.refused.push(intruder.peer);
    }
  };
  await Promise.all(Array.from({ length: front.width }, worker));
  return tally;
}

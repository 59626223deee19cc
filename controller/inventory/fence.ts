import { type Operation, openVSwitch, type RemoteError, type Session } from 'ovsdb-client-ts';
import { isPlausible } from '#controller/generation';
import { db } from './view.ts';

/** The key of `Open_vSwitch.external_ids` under which a database names its master: its generation, in decimal. */
export const GENERATION_KEY = 'tenantflow-generation';

/** What became of a transaction. `outranked`: nothing, since the database names another master. */
export type Outcome =
  | { readonly result: 'written' }
  | { readonly result: 'outranked' }
  | { readonly result: 'refused'; readonly error: RemoteError; readonly operation: Operation | undefined };

/**
 * The one way to write to a hypervisor's database: each transaction begins with the condition that it names this controller's
 * generation, so that a database which has another master by now refuses it as a whole, whatever we believe.
 */
export class Fence {
  readonly #session: Session;
  readonly #generation: bigint;
  readonly #ours: ReadonlyMap<string, string>;
  readonly #condition: Operation;

  /** Of the controller of this generation. */
  constructor(session: Session, generation: bigint) {
    this.#session = session;
    this.#generation = generation;
    this.#ours = new Map([[GENERATION_KEY, String(generation)]]);
    // Without time to wait it fails at once when it does not hold (RFC 7047, 5.2.6).
    this.#condition = db.wait('Open_vSwitch', [['external_ids', 'includes', this.#ours]], '!=', [], {
      columns: ['external_ids'],
      timeout: 0,
    });
  }

  /** Whether these `external_ids` name this controller. */
  isOurs(ids: ReadonlyMap<string, string>): boolean {
    return ids.get(GENERATION_KEY) === this.#ours.get(GENERATION_KEY);
  }

  /** Does this if the database names this controller. Rejects as `Session.transact` does. */
  write(operations: readonly Operation[]): Promise<Outcome> {
    return this.#transact([this.#condition, ...operations]);
  }

  /**
   * Has the database name this controller in place of whom the `external_ids` name, if that stands there still, and does this.
   * A newer master stays: one may have come while we looked at something else.
   */
  async takeOver(ids: ReadonlyMap<string, string>, operations: readonly Operation[]): Promise<Outcome> {
    if ((masterIn(ids, Date.now()) ?? 0n) > this.#generation) return { result: 'outranked' };
    const found = ids.get(GENERATION_KEY);
    const insert = ['external_ids', 'insert', this.#ours] as const;
    // A pair is only deleted if it is that one, and only inserted if there is none of its key (RFC 7047, 5.1).
    const replace = db.mutate(
      'Open_vSwitch',
      [],
      found === undefined
        ? [insert]
        : [['external_ids', 'delete', new Map([[GENERATION_KEY, found]])], insert],
    );
    return await this.#transact([replace, this.#condition, ...operations]);
  }

  async #transact(operations: readonly Operation[]): Promise<Outcome> {
    const reply = await this.#session.transact(openVSwitch, operations);
    if (reply.ok) return { result: 'written' };
    const operation = operations[reply.operation];
    if (operation === this.#condition && reply.error.name === 'timedOut') return { result: 'outranked' };
    return { result: 'refused', error: reply.error, operation };
  }
}

/** The generation of the master that `external_ids` name; undefined when they name none that a controller can have begun. */
export function masterIn(ids: ReadonlyMap<string, string>, now: number): bigint | undefined {
  const text = ids.get(GENERATION_KEY);
  if (text === undefined || !DECIMAL.test(text)) return undefined;
  const generation = BigInt(text);
  return isPlausible(generation, now) ? generation : undefined;
}

/** What 64 bits may hold has 20 digits at most, and one way to be written. */
const DECIMAL = /^(0|[1-9][0-9]{0,19})$/;

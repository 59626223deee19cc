import type { Connection } from '#controller/channel/connection';
import { type Mastership, onRoleLost, takeRole } from './role.ts';
import type { SwitchOptions } from './switch-options.ts';

type RankOptions = Pick<SwitchOptions, 'mastership' | 'log' | 'onMaster'>;

/** What this controller is to one switch: what it wants to be, to whom it yields, and what the switch has granted. */
export class Rank {
  readonly #log: RankOptions['log'];
  readonly #onMaster: RankOptions['onMaster'];
  #mastership: Mastership;
  /** The master above us that the hypervisor's database names. */
  #yieldsTo: bigint | undefined;
  /** The master above us of which the switch has told on the present connection. */
  #told: bigint | undefined;
  #granted: Mastership['role'] | 'unknown' = 'unknown';

  constructor({ mastership, log, onMaster }: RankOptions) {
    this.#mastership = mastership;
    this.#log = log;
    this.#onMaster = onMaster;
  }

  /** What the switch has granted on the present connection. */
  get granted(): Mastership['role'] | 'unknown' {
    return this.#granted;
  }

  /** The generation of the master above us of which the switch has told; undefined when it told of none, or is not connected. */
  get told(): bigint | undefined {
    return this.#told;
  }

  /** The generation of the master above us, whoever told; undefined when there is none. */
  get outrankedBy(): bigint | undefined {
    return this.#yieldsTo ?? this.#told;
  }

  /** Takes another role or generation from now on. */
  assume(mastership: Mastership): void {
    this.#mastership = mastership;
    this.forget();
  }

  /** Wants to be no more than a slave while there is such a master. Returns whether that is news. */
  yieldTo(master: bigint | undefined): boolean {
    if (this.#yieldsTo === master) return false;
    const isOther = (this.#yieldsTo === undefined) !== (master === undefined);
    this.#yieldsTo = master;
    if (isOther) this.forget();
    return isOther;
  }

  /** What the switch has granted must be asked anew. */
  forget(): void {
    this.#granted = 'unknown';
  }

  /** The connection is gone, and what it told. */
  detach(): void {
    this.forget();
    this.#tell(undefined);
  }

  /**
   * Asks the switch for the role that we want, and keeps the answer, unless by then we want another one or `isPresent` no longer
   * holds. Rejects as `takeRole` does.
   */
  async take(connection: Connection, isPresent: () => boolean): Promise<void> {
    const [wanted, yieldsTo] = [this.#mastership, this.#yieldsTo];
    const role = yieldsTo === undefined ? wanted.role : 'slave';
    const newer = await takeRole(connection, { role, generation: wanted.generation });
    const isStale =
      wanted !== this.#mastership || (yieldsTo === undefined) !== (this.#yieldsTo === undefined);
    if (!isPresent() || isStale) return;
    this.#granted = newer === undefined ? role : 'slave';
    if (newer !== undefined && newer !== this.#told && yieldsTo === undefined)
      this.#log.error({ generation: wanted.generation, newer }, 'another controller is this switch’s master');
    this.#tell(newer);
  }

  /** Calls `lost` when the switch has made another controller its master (ONF EXT-191). What is sent after that it refuses. */
  watch(connection: Connection, lost: () => unknown): void {
    onRoleLost(connection, () => {
      if (this.#granted === 'master') lost();
    });
  }

  #tell(master: bigint | undefined): void {
    if (this.#told === master) return;
    this.#told = master;
    this.#onMaster?.(master);
  }
}

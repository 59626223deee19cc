import type { MeterConfig, MeterMod, Role } from 'openflow-codec';
import { type FlowModBody, FlowTable } from './flow-table.ts';

/** What a controller's connection is to a switch; the switch changes it when another becomes master. */
export interface Controlled {
  role: Exclude<Role, 'noChange'>;
}

/** What a fake switch holds, whichever controllers are connected to it. */
export class Datapath {
  readonly id: bigint;
  readonly flows = new FlowTable();
  /** By number. They limit nothing. */
  readonly meters = new Map<number, MeterConfig>();
  /** OFPC_FRAG_* and the rest of ofp_switch_config (OF 1.3.5, 7.3.2). */
  config = { flags: 0, missSendLength: 128 };
  /** When a barrier last confirmed a change of flows, on `now`. */
  confirmedAt = 0;
  /** Flow-mods that were done. */
  changes = 0;
  readonly #links = new Set<Controlled>();
  readonly #onConfirmed: (datapath: Datapath) => void;
  #generation: bigint | undefined;
  #isConfirmed = true;

  constructor(id: bigint, onConfirmed: (datapath: Datapath) => void) {
    this.id = id;
    this.#onConfirmed = onConfirmed;
  }

  join(link: Controlled): void {
    this.#links.add(link);
  }

  leave(link: Controlled): void {
    this.#links.delete(link);
  }

  /** Does flow-mods, all in one piece. */
  apply(flowMods: readonly FlowModBody[]): void {
    for (const body of flowMods) this.flows.apply(body);
    this.changes += flowMods.length;
    if (flowMods.length > 0) this.#isConfirmed = false;
  }

  /** Adds, changes or deletes a meter (OF 1.3.5, 7.3.4.4). Flows that need one are not looked at. */
  applyMeter({ command, flags, meter, bands }: MeterMod): void {
    if (command === 'delete') this.meters.delete(meter);
    else this.meters.set(meter, { flags, meter, bands });
  }

  /** All flows are gone and so is the configuration, as after a restart of Open vSwitch. */
  reset(): void {
    this.flows.clear();
    this.meters.clear();
    this.config = { flags: 0, missSendLength: 128 };
    this.#generation = undefined;
  }

  /** A barrier was answered. */
  confirm(): void {
    if (this.#isConfirmed) return;
    this.#isConfirmed = true;
    this.confirmedAt = now();
    this.#onConfirmed(this);
  }

  /** OFPT_ROLE_REQUEST (OF 1.3.5, 6.3.6); false when the generation is stale. */
  take(link: Controlled, role: Role, generation: bigint): boolean {
    if (role === 'master' || role === 'slave') {
      const distance = BigInt.asIntN(64, generation - (this.#generation ?? generation));
      if (distance < 0n) return false;
      this.#generation = generation;
    }
    if (role === 'master') for (const other of this.#links) if (other.role === 'master') other.role = 'slave';
    if (role !== 'noChange') link.role = role;
    return true;
  }

  get generation(): bigint {
    return this.#generation ?? 0xffff_ffff_ffff_ffffn;
  }
}

/** Milliseconds of the machine's monotonic clock, which all its processes share. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

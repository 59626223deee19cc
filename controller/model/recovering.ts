import { addTo, removeFrom } from './set-map.ts';

/** Where connections are known to have been forgotten: who tells when that begins and ends has a clock, facts have none. */
export class Recovering {
  readonly #switches = new Set<string>();
  /** Port id → ids of the chassis where it came from another. */
  readonly #ports = new Map<string, Set<string>>();

  isSwitch(chassisId: string): boolean {
    return this.#switches.has(chassisId);
  }

  isPort(portId: string, chassisId: string): boolean {
    return this.#ports.get(portId)?.has(chassisId) ?? false;
  }

  setSwitch(chassisId: string, isRecovering: boolean): void {
    if (isRecovering) this.#switches.add(chassisId);
    else this.#switches.delete(chassisId);
  }

  setPort(portId: string, chassisId: string, isRecovering: boolean): void {
    if (isRecovering) addTo(this.#ports, portId, chassisId);
    else removeFrom(this.#ports, portId, chassisId);
  }
}

import type { SwitchView } from './port-problem.ts';

/** A switch that confirms what it is told to confirm. */
export class ScriptedSwitch implements SwitchView {
  connection: SwitchView['connection'] = {} as NonNullable<SwitchView['connection']>;
  state: SwitchView['state'] = 'steady';
  settled = Number.POSITIVE_INFINITY;
  faulty = new Set<string>();
  get isWorking() {
    return this.connection !== undefined && this.state !== 'retrying';
  }
  get hasFaults() {
    return this.faulty.size > 0;
  }
  isSettled(revision: number) {
    return this.settled >= revision;
  }
  isFaulty(kind: string, key: number) {
    return this.faulty.has(`${kind} ${key}`);
  }
}

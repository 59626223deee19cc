/** Every mistake the simulator can find in what it is given. The code is public contract. */
export const SIMULATOR_CODES = {
  SIM_UNSUPPORTED: 'the simulator does not model this, and does not guess',
  SIM_GOTO_BACK: 'goto_table must move forward',
  SIM_OVERLAP: 'the flow asked for check_overlap, and another of its priority overlaps it',
  SIM_GROUP_EXISTS: 'the group is there already',
  SIM_GROUP_UNKNOWN: 'there is no such group',
  SIM_TIME: 'time does not run backwards',
} as const;
export type SimulatorCode = keyof typeof SIMULATOR_CODES;

/** Flows, groups or packets that the simulator cannot take; nothing has been changed by them. */
export class SimulatorError extends Error {
  readonly code: SimulatorCode;
  /** What the code is about, by name: action, field, table… */
  readonly at: Readonly<Record<string, unknown>>;

  constructor(code: SimulatorCode, at: Readonly<Record<string, unknown>> = {}) {
    super(`${code}: ${SIMULATOR_CODES[code]} (${JSON.stringify(at)})`);
    this.name = 'SimulatorError';
    this.code = code;
    this.at = at;
  }
}

export { Conntrack, CT_STATE, type Tracked } from './conntrack.ts';
export { SIMULATOR_CODES, type SimulatorCode, SimulatorError } from './errors.ts';
export { explain } from './explain.ts';
export { findOverlaps } from './find-overlaps.ts';
export {
  type ControllerOutput,
  NOTES,
  type Note,
  type Outcome,
  type Output,
  type Packet,
  type Step,
  type TranslationError,
  type Tunnel,
} from './outcome.ts';
export { type SimulatedFlow, Simulator, type SimulatorOptions } from './simulator.ts';
export type { Group, TunnelPort } from './switch-state.ts';

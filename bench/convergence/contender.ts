import type { DummySwitch } from '../../lab/fleet/dummy-switch.ts';

/** What both sides are asked for: ports on networks, all of them in one security group. */
export interface Demand {
  readonly ports: number;
  readonly networks: number;
  /** How often each thing is measured. */
  readonly restarts: number;
  readonly additions: number;
}

/** What was found; times are milliseconds, one for each measurement. */
export interface Findings {
  readonly flows: number;
  /** Started with an empty switch, to the last flow. */
  readonly cold: readonly number[];
  /** The same with a switch that has all its flows, and how many flows came through it untouched, of 1. */
  readonly restart: readonly number[];
  readonly kept: number;
  /** From the command to the last flow that changed. */
  readonly portAdded: readonly number[];
  readonly ruleAdded: readonly number[];
  /** Flows that one of these changes. */
  readonly flowsOfPort: number;
  readonly flowsOfRule: number;
}

/** A controller with one switch, as it is measured. */
export interface Contender {
  readonly switch: DummySwitch;
  /** Starts everything and makes what is demanded, with interfaces for the additions; resolves when the switch has its flows. */
  begin(demand: Demand): Promise<void>;
  stopController(how: 'for good' | 'for a restart'): Promise<void>;
  /** Resolves when the switch has all its flows. */
  startController(): Promise<void>;
  /** Makes a port for one of the interfaces that wait, from 0. */
  addPort(at: number): Promise<unknown>;
  /** Has the group of all ports admit this TCP port. */
  addRule(port: number): Promise<unknown>;
  stop(): Promise<void>;
}

/** Addresses of the ports of a network, without those that networks and routers have. */
export function macOf(port: number): string {
  return `02:00:00:00:${hex(port >> 8)}:${hex(port & 255)}`;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

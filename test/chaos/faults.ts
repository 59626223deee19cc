import { existsSync, readdirSync } from 'node:fs';
import type { Fault } from './arena.ts';
import { CONTROLLER_FAULTS } from './controller-faults.ts';
import { HAND_FAULTS } from './hand-faults.ts';
import { NETWORK_FAULTS } from './network-faults.ts';
import { RIVAL_FAULTS } from './rival-faults.ts';
import { SWITCH_FAULTS } from './switch-faults.ts';

/** All kinds, by name. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  ...CONTROLLER_FAULTS,
  ...NETWORK_FAULTS,
  ...SWITCH_FAULTS,
  ...HAND_FAULTS,
  ...RIVAL_FAULTS,
};

/** The library that bends a process's clock, wherever Debian has it for this machine. */
export function faketimeLibrary(): string {
  const found = readdirSync('/usr/lib', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `/usr/lib/${name}/faketime/libfaketimeMT.so.1`)
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error('libfaketime is not installed (Debian: faketime)');
  return found;
}

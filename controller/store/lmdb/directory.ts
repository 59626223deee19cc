import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a directory that only its owner may enter, and those above it, unless they are there. Throws the system's error.
 * `mkdirSync` with `recursive` never returns where the system refuses with ENOENT below a directory that exists (/proc).
 */
export function makeDirectory(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  const above = dirname(path);
  if (!existsSync(above)) makeDirectory(above);
  mkdirSync(path, { mode: 0o700 });
}

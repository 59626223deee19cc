import { readdirSync, type Stats, statSync } from 'node:fs';

/**
 * Ids of the processes that have a file open, as far as this one may know. It works for a file that is too damaged to
 * say who owns it.
 */
export function openersOf(path: string): readonly number[] {
  const file = statSync(path);
  return names('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => names(`/proc/${pid}/fd`).some((fd) => isSame(`/proc/${pid}/fd/${fd}`, file)))
    .map(Number);
}

/** What ends while it is looked at, or is somebody else's, has nothing to tell. */
function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isSame(path: string, file: Stats): boolean {
  try {
    const { dev, ino } = statSync(path);
    return dev === file.dev && ino === file.ino;
  } catch {
    return false;
  }
}

import { readFileSync } from 'node:fs';

/** Identity of a process: its id alone is not enough, because ids are used again. */
export interface Owner {
  readonly pid: number;
  /** Clock ticks between boot and the process's start (proc(5), /proc/pid/stat, field 22). */
  readonly started: string;
  readonly boot: string;
}

export function thisProcess(): Owner {
  return { pid: process.pid, started: startOf(process.pid) ?? '', boot: bootId() };
}

/** Whether the process that was this owner still runs; false after kill -9, a reboot, or reuse of its id. */
export function isAlive(owner: Owner): boolean {
  return owner.boot === bootId() && startOf(owner.pid) === owner.started;
}

/** The start time of a running process; undefined if there is none, or only its zombie is left. */
function startOf(pid: number): string | undefined {
  try {
    // The second field is the command's name in parentheses and may contain anything, also parentheses.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? undefined : fields[18];
  } catch {
    return undefined;
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

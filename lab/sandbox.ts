import { mkdirSync } from 'node:fs';
import { LabError } from './errors.ts';

/** Root of the checkout. */
export const CHECKOUT = new URL('..', import.meta.url).pathname.replace(/\/$/, '');

/** Where every file of the lab lives: a private tmpfs that goes away with the sandbox. */
export const LAB_FILES = '/run/tenantflow';

/**
 * Throws LAB_NO_SANDBOX, with the command to type instead, unless this process runs inside the sandbox
 * of scripts/run, where nothing that the lab makes can outlive it.
 */
export function requireSandbox(instead = 'npm run demo, npm run lab or npm test'): void {
  if (!process.env.TENANTFLOW_SANDBOX) {
    throw new LabError('LAB_NO_SANDBOX', `start it with ${instead}`);
  }
}

/** Number by which processes outside know the sandbox: `nsenter -t NUMBER -a` goes in. */
export function sandboxPid(): number {
  requireSandbox();
  return Number(process.env.TENANTFLOW_SANDBOX);
}

/** Makes, if needed, and returns the folder of one part of the lab. */
export function labFolder(name: string): string {
  requireSandbox();
  const folder = `${LAB_FILES}/${name}`;
  mkdirSync(folder, { recursive: true });
  return folder;
}

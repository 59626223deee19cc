import { relative } from 'node:path';
import { expect } from 'vitest';
import { requireSandbox } from '#lab';

/** Runs before each test file of the project `real`: they make networks, which only the sandbox can clear away. */
requireSandbox(`npm test -- ${relative(process.cwd(), expect.getState().testPath ?? '')}`);

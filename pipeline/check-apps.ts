import { isFieldName } from 'openflow-codec';
import type { App } from './app.ts';
import { PipelineError } from './errors.ts';
import { checkRegisters, type Register, regs } from './registers.ts';
import { STAGE_NAMES, type Table } from './table.ts';

/** Reasons that a byte of the cookie can tell apart, beside none. */
const MOST_REASONS = 255;

/** Throws PipelineError for what is wrong with the declarations of apps, alone or beside each other. */
export function checkApps<F>(apps: readonly App<F>[]): void {
  const numbers = new Set<number>();
  for (const app of apps) {
    const fits = Number.isInteger(app.number) && app.number >= 1 && app.number <= 255;
    if (!fits || numbers.has(app.number)) {
      throw new PipelineError('PIPE_APP_NUMBER', { app: app.name, number: app.number });
    }
    numbers.add(app.number);
    for (const table of app.owns) checkTable(app, table);
    if (Object.keys(app.drops ?? {}).length > MOST_REASONS) {
      throw new PipelineError('PIPE_DROP_REASON', { app: app.name });
    }
    const { meters } = app;
    const isTold = meters?.drop === undefined || Object.hasOwn(app.drops ?? {}, meters.drop);
    if (meters && !(isTold && Object.keys(meters.rates).length === 1))
      throw new PipelineError('PIPE_METER', { app: app.name });
  }
  const own = apps.flatMap((app) =>
    Object.values(app.registers ?? {}).map((register) => ({ app, register })),
  );
  for (const [index, { app }] of own.entries()) {
    const before = own.slice(0, index + 1).map(({ register }) => register);
    naming(app.name, () => checkRegisters([...Object.values<Register>(regs), ...before]));
  }
}

/** Runs work of an app: what it throws is a PipelineError that names the app. */
export function naming<T>(app: string, work: () => T, at: Readonly<Record<string, unknown>> = {}): T {
  try {
    return work();
  } catch (error) {
    // A value that does not fit its field is told by the codec, with its own code.
    if (error instanceof PipelineError) throw new PipelineError(error.code, { app, ...at, ...error.at });
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new PipelineError('PIPE_APP_THREW', { app, ...at, error: message }, { cause: error });
  }
}

function checkTable<F>(app: App<F>, { name, stage, match, registers = [] }: Table): void {
  const at = { app: app.name, table: name };
  if (!STAGE_NAMES.includes(stage)) throw new PipelineError('PIPE_STAGE_UNKNOWN', { ...at, stage });
  for (const field of match) {
    if (!isFieldName(field) && !Object.hasOwn(regs, field)) {
      throw new PipelineError('PIPE_FIELD_UNKNOWN', { ...at, field });
    }
  }
  for (const register of registers) {
    if (!Object.values(app.registers ?? {}).includes(register)) {
      throw new PipelineError('PIPE_REGISTER_FOREIGN', { ...at, register: register.name });
    }
  }
}

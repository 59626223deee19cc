import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Logger } from 'pino';
import { z } from 'zod';
import { APPS, EXTERNAL_APP_NUMBERS, edgePipeline, FACT_KINDS, type Facts, SAMPLE_FACTS } from '#apps';
import * as pipelineKit from '#pipeline';
import { type App, type Pipeline, PipelineError } from '#pipeline';
import { ConfigError } from './config/config.ts';
import { importModule } from './import-module.ts';

/**
 * The pipeline of our apps and of those that `modules` name, each tried on a fact of every kind. Rejects with
 * ConfigError, which names the module and what is wrong with it.
 */
export async function loadPipeline(modules: readonly string[], log: Logger): Promise<Pipeline<Facts>> {
  const loaded = await Promise.all(modules.map(async (module) => ({ module, app: await loadApp(module) })));
  try {
    const pipeline = edgePipeline(loaded.map(({ app }) => app));
    if (loaded.length > 0) for (const fact of Object.values(SAMPLE_FACTS)) pipeline.compile(fact);
    for (const { module, app } of loaded)
      log.info({ module, app: app.name, number: app.number }, 'app loaded');
    return pipeline;
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    const culprits = loaded
      .filter(({ app }) => namesOf(error).includes(app.name))
      .map(({ module }) => module);
    throw new ConfigError(sourceOf(culprits.length > 0 ? culprits : modules), error.message);
  }
}

/** Loads one app. Rejects with ConfigError. */
async function loadApp(module: string): Promise<App<Facts>> {
  const source = sourceOf([module]);
  const exported = await imported(module, source);
  if (typeof exported !== 'function') throw new ConfigError(source, 'exports no function named app');
  const app = attempt(source, 'its function app threw', () => exported(pipelineKit));
  const result = appSchema.safeParse(app);
  if (result.success) return app;
  const [issue] = result.error.issues;
  throw new ConfigError(source, `${issue?.path.join('.') || 'what app returns'}: ${issue?.message}`);
}

/** What the module exports as `app`. */
async function imported(module: string, source: string): Promise<unknown> {
  try {
    const exports: unknown = await importModule(locate(module));
    return typeof exports === 'object' && exports !== null && 'app' in exports ? exports.app : undefined;
  } catch (error) {
    throw new ConfigError(source, `cannot be loaded: ${reasonOf(error)}`);
  }
}

/** The address of a module: a path counts from the working directory, and a package is looked for from there. */
function locate(module: string): string {
  const isPath = module.startsWith('.') || module.startsWith('/');
  const file = isPath ? resolve(module) : createRequire(resolve('package.json')).resolve(module);
  return pathToFileURL(file).href;
}

const text = z.string('must be text').min(1, 'must not be empty');
const isFunction = z.custom<unknown>((value) => typeof value === 'function', 'must be a function');
const factFunctions = z.partialRecord(z.enum(Object.keys(FACT_KINDS)), isFunction);
const name = text
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be up to 40 of a-z, 0-9 and -')
  .refine((value) => !APPS.some((app) => app.name === value), 'is the name of an app of tenantflow’s own');
const { first, last } = EXTERNAL_APP_NUMBERS;
const table = z.object({
  name: text,
  stage: text,
  match: z.array(text, 'must be a list of fields'),
  miss: z.enum(['drop', 'next'], 'must be drop or next'),
  doc: text,
  lost: text.optional(),
});
/** The form of an app; what it means is for the pipeline to check. */
const appSchema = z.object(
  {
    name,
    number: z
      .int('must be a whole number')
      .min(first, `must be ${first} to ${last}`)
      .max(last, `must be ${first} to ${last}`),
    doc: text,
    owns: z.array(table, 'must be a list of tables'),
    uses: z.array(table, 'must be a list of tables'),
    registers: z.record(z.string(), z.object({ name: text, field: text, doc: text })).optional(),
    drops: z.record(text, text).optional(),
    meters: z.object({ drop: text, rates: factFunctions }).optional(),
    always: isFunction.optional(),
    compile: factFunctions,
  },
  'must be an app',
);

/** Names of the apps that an error is about. */
function namesOf({ at }: PipelineError): readonly string[] {
  return typeof at.app === 'string' ? at.app.split(' and ') : [];
}

function sourceOf(modules: readonly string[]): string {
  return `apps: ${modules.join(', ')}`;
}

function attempt<T>(source: string, what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new ConfigError(source, `${what}: ${reasonOf(error)}`);
  }
}

/** The first line of what was thrown: a module that is not found brings the stack of those that asked for it. */
function reasonOf(error: unknown): string {
  const [line = ''] = (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).split(
    '\n',
  );
  return line;
}

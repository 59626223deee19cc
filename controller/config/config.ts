import { readFileSync } from 'node:fs';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { environmentName, SETTING_NAMES, SETTINGS, type SettingName, type Settings } from './settings.ts';

/** A setting that cannot be used: the message names the file, variable or flag it came from. */
export class ConfigError extends Error {
  constructor(source: string, reason: string) {
    super(`${source}: ${reason}`);
    this.name = 'ConfigError';
  }
}

type Texts = { readonly [K in SettingName]?: string | undefined };

/**
 * Puts the settings together: file < environment < flag, then the defaults for what none of them says.
 * Throws ConfigError.
 */
export function loadSettings(options: {
  readonly file?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly flags: Texts;
}): Settings {
  const { file, environment, flags } = options;
  const fromFile = file === undefined ? {} : readFile(file);
  const settle = (name: SettingName): [SettingName, unknown] => {
    const variable = environmentName(name);
    const [text, source] =
      flags[name] !== undefined
        ? [flags[name], `--${name}`]
        : environment[variable] !== undefined
          ? [environment[variable], variable]
          : fromFile[name] !== undefined
            ? [fromFile[name], `${file}: ${name}`]
            : [SETTINGS[name].fallback, `default of ${name}`];
    return [name, parseFrom(source, name, text ?? '')];
  };
  return Object.fromEntries(SETTING_NAMES.map(settle)) as unknown as Settings;
}

function parseFrom(source: string, name: SettingName, text: string): unknown {
  try {
    return SETTINGS[name].parse(text);
  } catch (error) {
    if (error instanceof RangeError) throw new ConfigError(source, error.message);
    throw error;
  }
}

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const items = z
  .array(scalar)
  .transform((texts): readonly string[] => texts)
  .or(scalar.transform((text): readonly string[] => [text]))
  .or(z.null().transform((): readonly string[] => []));
/** A setting in YAML's own forms: a list stands for its items and commas, a map for `key:value` pairs and commas. */
const settingSchema = z.union(
  [
    items.transform((texts) => texts.join(',')),
    z.record(z.string(), items).transform((map) =>
      Object.entries(map)
        .flatMap(([key, values]) => (values.length === 0 ? [key] : values.map((value) => `${key}:${value}`)))
        .join(','),
    ),
  ],
  'must be text, a number, true or false, a list of those, or a map of those',
);
const fileSchema = z.strictObject(
  Object.fromEntries(SETTING_NAMES.map((name) => [name, settingSchema.optional()])) as Record<
    SettingName,
    z.ZodOptional<typeof settingSchema>
  >,
);

/** Reads a YAML file whose keys are the names of the settings. */
function readFile(file: string): Texts {
  try {
    const result = fileSchema.safeParse(parse(readFileSync(file, 'utf8')) ?? {});
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    if (issue?.code === 'unrecognized_keys')
      throw new ConfigError(
        file,
        `${issue.keys.map((key) => `'${key}'`).join(', ')}: no such option; \`tenantflow serve --help\` lists them`,
      );
    throw new ConfigError(file, `${issue?.path.join('.') || 'top level'}: ${issue?.message ?? 'invalid'}`);
  } catch (error) {
    if (error instanceof YAMLParseError) throw new ConfigError(file, error.message.split(/:?\n/, 1)[0] ?? '');
    if (error instanceof Error && 'code' in error)
      throw new ConfigError(file, `cannot be read (${error.code})`);
    throw error;
  }
}

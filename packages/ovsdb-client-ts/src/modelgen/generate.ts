import type { Json } from '../notation/json.ts';
import {
  type AtomType,
  type BaseType,
  type ColumnSchema,
  parseSchema,
  type TableSchema,
} from '../notation/schema.ts';

/** What the generated module is called inside and where it came from. */
export interface GenerateOptions {
  /** Name of the exported schema constant; the tables' type is the same in PascalCase plus `Tables`. */
  readonly name: string;
  /** Named in the file's first line. */
  readonly source: string;
  /** Module specifier that exports `parseSchema`, `DatabaseSchema` and `Uuid`. Default 'ovsdb-client-ts'. */
  readonly runtime?: string;
}

/**
 * Writes the TypeScript module for an .ovsschema file: a row interface per table, the type of all tables, and the
 * schema itself. The same schema gives the same text, so that a test can tell whether a checked-in file is fresh.
 */
export function generateModels(json: Json, options: GenerateOptions): string {
  const schema = parseSchema(json);
  const tables = `${pascalCase(options.name)}Tables`;
  const names = [...schema.tables.keys()];
  return [
    `// Generated from ${options.source} (${schema.name} ${schema.version}). Do not edit: npm run generate.`,
    `import { type DatabaseSchema, parseSchema, type Uuid } from '${options.runtime ?? 'ovsdb-client-ts'}';`,
    '',
    ...[...schema.tables.values()].flatMap(rowInterface),
    `/** Row types of ${schema.name} by table name. */`,
    `export interface ${tables} {`,
    ...names.map((name) => `  ${name}: ${rowName(name)};`),
    '}',
    '',
    `/** The schema of ${schema.name} ${schema.version}. */`,
    `export const ${options.name}: DatabaseSchema<${tables}> = parseSchema<${tables}>(`,
    // The text is kept as JSON: the compiler need not infer the type of a literal this large.
    `  JSON.parse(${quote(JSON.stringify(json))}),`,
    ');',
    '',
  ].join('\n');
}

function rowInterface(table: TableSchema): readonly string[] {
  return [
    `/** A row of ${table.name}. */`,
    `export interface ${rowName(table.name)} {`,
    '  readonly _uuid: Uuid;',
    ...[...table.columns.values()]
      .filter((column) => !column.name.startsWith('_'))
      .flatMap((column) => [...columnNote(column), `  readonly ${column.name}: ${columnType(column)};`]),
    '}',
    '',
  ];
}

function columnNote(column: ColumnSchema): readonly string[] {
  const { key, value, min, max } = column.type;
  const notes = [
    ...[key, value].flatMap((base) =>
      base?.refTable === undefined ? [] : [`${base.refType} ${base.refTable}`],
    ),
    ...[key, value].flatMap((base) => (base === undefined ? [] : rangeNote(base))),
    ...(column.shape === 'set' && (min > 0 || Number.isFinite(max)) ? [`${min} to ${max} elements`] : []),
    ...(column.ephemeral ? ['ephemeral'] : []),
    ...(column.mutable ? [] : ['immutable']),
  ];
  return notes.length === 0 ? [] : [`  /** ${notes.join(', ')} */`];
}

function rangeNote(base: BaseType): readonly string[] {
  if (base.min === undefined && base.max === undefined) return [];
  return [`${base.min ?? ''}..${base.max ?? ''}${base.type === 'string' ? ' characters' : ''}`];
}

function columnType(column: ColumnSchema): string {
  const key = atomType(column.type.key);
  switch (column.shape) {
    case 'scalar':
      return key;
    case 'optional':
      return `${key} | null`;
    case 'set':
      return `readonly ${key.includes('|') ? `(${key})` : key}[]`;
    case 'map':
      return `ReadonlyMap<${key}, ${column.type.value === undefined ? key : atomType(column.type.value)}>`;
  }
}

const ATOMS = {
  integer: 'number',
  real: 'number',
  boolean: 'boolean',
  string: 'string',
  uuid: 'Uuid',
} as const;

/** An enum stays open, because a newer server may know more values than the schema that the types came from. */
function atomType(base: BaseType): string {
  const type: string = ATOMS[base.type satisfies AtomType];
  if (base.enum === undefined || base.type !== 'string') return type;
  return [...base.enum.map((choice) => quote(String(choice))), '(string & {})'].join(' | ');
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
}

function rowName(table: string): string {
  return `${pascalCase(table)}Row`;
}

function pascalCase(name: string): string {
  return name.replaceAll(/(?:^|_)([a-zA-Z0-9])/g, (_, first: string) => first.toUpperCase());
}

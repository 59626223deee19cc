import type { TableStats } from '../../multipart.ts';
import type { FeatureId, FieldId, TableFeatureProperty, TableFeatures } from '../../table-features.ts';
import { numberText } from '../number.ts';
import { abbreviated } from './abbreviate.ts';
import { actionNames } from './group.ts';

/** OFPIT_* by name, in the order of ovs-ofctl. */
const INSTRUCTIONS = [
  [6, 'meter'],
  [4, 'apply_actions'],
  [5, 'clear_actions'],
  [3, 'write_actions'],
  [2, 'write_metadata'],
  [1, 'goto_table'],
] as const;

/** What a table can do about misses, or about other packets. */
interface Abilities {
  readonly next: readonly number[];
  readonly instructions: string;
  readonly write: ActionAbilities;
  readonly apply: ActionAbilities;
}

interface ActionAbilities {
  readonly actions: string;
  readonly fields: string;
}

/** A table, as the text says it. */
interface Table {
  readonly id: number;
  readonly metadata: string;
  readonly maxEntries: number;
  readonly others: Abilities;
  readonly miss: Abilities;
  readonly matching: string;
}

/** The counters of tables: equal ones in a row are said once. */
export function tableStatsText(stats: readonly TableStats[]): string {
  const body = ({ activeCount, lookupCount, matchedCount }: TableStats) =>
    `\n    active=${activeCount}, lookup=${lookupCount}, matched=${matchedCount}\n`;
  return dittos(stats.map((one) => ({ id: one.tableId, name: '', key: body(one), text: body(one) })));
}

/** The features of tables; what a table has in common with the one before is said once. */
export function tableFeaturesText(features: readonly TableFeatures[]): string {
  let before: Table | undefined;
  return dittos(
    features.map((one, index) => {
      const table = tableOf(one);
      const isSame = before !== undefined && isEqual(before, table);
      const text = bodyText(table, before);
      before = table;
      return { id: one.tableId, name: one.name, key: isSame ? undefined : index, text };
    }),
  );
}

/** One paragraph; `key` is undefined, or equal to that of the one before, when there is nothing new in it. */
interface Paragraph {
  readonly id: number;
  readonly name: string;
  readonly key: string | number | undefined;
  readonly text: string;
}

function dittos(paragraphs: readonly Paragraph[]): string {
  let text = '';
  let run: number[] = [];
  const finish = () => {
    const [first, last] = [run[0], run.at(-1)];
    if (first === undefined) return;
    text += first === last ? `\n  table ${first}: ditto\n` : `\n  tables ${first}...${last}: ditto\n`;
    run = [];
  };
  let before: Paragraph | undefined;
  for (const paragraph of paragraphs) {
    const isSame = before !== undefined && (paragraph.key === undefined || paragraph.key === before.key);
    before = paragraph;
    if (isSame && paragraph.name === '') {
      run.push(paragraph.id);
      continue;
    }
    finish();
    text += `\n  table ${paragraph.id}${paragraph.name === '' ? '' : ` ("${paragraph.name}")`}:`;
    text += isSame ? ' ditto' : paragraph.text;
  }
  finish();
  return text;
}

function bodyText(table: Table, before: Table | undefined): string {
  const lines = [
    '',
    ...(table.metadata === '' ? [] : [`    ${table.metadata}`]),
    ...(table.maxEntries === 0 ? [] : [`    max_entries=${table.maxEntries}`]),
    ...abilityLines(table, before),
    ...matchLines(table, before),
  ];
  return `${lines.join('\n')}\n`;
}

function abilityLines(table: Table, before: Table | undefined): string[] {
  const { others, miss, id } = table;
  const isSame =
    before !== undefined &&
    equalAbilities(others, id, before.others, before.id) &&
    equalAbilities(miss, id, before.miss, before.id);
  if (isSame) return isNothing(others) ? [] : ['    (same instructions)'];
  if (!equalAbilities(others, id, miss, id)) {
    return [
      '    instructions (other than table miss):',
      ...abilitiesLines(others, before?.others),
      '    instructions (table miss):',
      ...abilitiesLines(miss, before?.miss),
    ];
  }
  if (isNothing(others)) return [];
  return ['    instructions (table miss and others):', ...abilitiesLines(others, before?.others)];
}

function abilitiesLines(abilities: Abilities, before: Abilities | undefined): string[] {
  const { next, instructions, write, apply } = abilities;
  const isSame = before !== undefined && instructions === before.instructions;
  const hasSameActions =
    before !== undefined &&
    write.fields !== '' &&
    equalActions(write, before.write) &&
    equalActions(apply, before.apply);
  const lines = [
    ...(next.length === 0 ? [] : [`      next tables: ${rangesText(next)}`]),
    ...(instructions === ''
      ? []
      : [isSame ? '      (same instructions)' : `      instructions: ${instructions}`]),
  ];
  if (hasSameActions) return [...lines, '      (same actions)'];
  if (!equalActions(write, apply)) {
    return [
      ...lines,
      '      Write-Actions features:',
      ...actionLines(write),
      '      Apply-Actions features:',
      ...actionLines(apply),
    ];
  }
  const isEmpty = write.actions === '' && write.fields === '';
  return isEmpty
    ? lines
    : [...lines, '      Write-Actions and Apply-Actions features:', ...actionLines(write)];
}

function actionLines({ actions, fields }: ActionAbilities): string[] {
  return [
    ...(actions === '' ? [] : [`        actions: ${actions}`]),
    ...(fields === '' ? [] : [`        supported on Set-Field: ${fields}`]),
  ];
}

function matchLines({ matching }: Table, before: Table | undefined): string[] {
  if (matching === '') return [];
  return before?.matching === matching ? ['    (same matching)'] : [`    matching:\n${matching}`];
}

function tableOf(features: TableFeatures): Table {
  const { metadataMatch, metadataWrite } = features;
  const hasMetadata = metadataMatch !== 0n || metadataWrite !== 0n;
  return {
    id: features.tableId,
    metadata: hasMetadata
      ? `metadata: match=${numberText(metadataMatch)} write=${numberText(metadataWrite)}`
      : '',
    maxEntries: features.maxEntries,
    others: abilitiesOf(features.properties, ''),
    miss: abilitiesOf(features.properties, 'Miss'),
    matching: matchingOf(features.properties),
  };
}

/** Values of the properties with a name. */
type ValueOf<N> = TableFeatureProperty extends infer T
  ? T extends { readonly property: infer P; readonly value: infer V }
    ? N extends P
      ? V
      : never
    : never
  : never;
type Name = TableFeatureProperty['property'];

/** A property about misses that is not there is as the one about other packets. */
function abilitiesOf(properties: readonly TableFeatureProperty[], suffix: '' | 'Miss'): Abilities {
  const valueIn = <N extends Name>(name: N): ValueOf<N> | undefined =>
    // The type of a property ties its value to its name; TypeScript can't follow that through find.
    properties.find(({ property }) => property === name)?.value as ValueOf<N> | undefined;
  const pick = <N extends Name>(name: N, miss: Name): ValueOf<N> | undefined =>
    (suffix === 'Miss' ? (valueIn(miss) as ValueOf<N> | undefined) : undefined) ?? valueIn(name);
  return {
    next: pick('nextTables', 'nextTablesMiss') ?? [],
    instructions: instructionNames(pick('instructions', 'instructionsMiss') ?? []),
    write: {
      actions: knownActions(pick('writeActions', 'writeActionsMiss') ?? []),
      fields: fieldNames(pick('writeSetField', 'writeSetFieldMiss') ?? []),
    },
    apply: {
      actions: knownActions(pick('applyActions', 'applyActionsMiss') ?? []),
      fields: fieldNames(pick('applySetField', 'applySetFieldMiss') ?? []),
    },
  };
}

function matchingOf(properties: readonly TableFeatureProperty[]): string {
  const match = properties.flatMap((one) => (one.property === 'match' ? one.value : []));
  const wildcards = properties.flatMap((one) => (one.property === 'wildcards' ? one.value : []));
  const isWild = (id: FieldId) => wildcards.some((one) => one.field === id.field && id.field !== 'raw');
  const hasMask = (id: FieldId) => id.field !== 'raw' && id.hasMask;
  const kinds = [
    ['arbitrary mask', match.filter((id) => hasMask(id) && isWild(id))],
    ['exact match or wildcard', match.filter((id) => !hasMask(id) && isWild(id))],
    ['must exact match', match.filter((id) => !hasMask(id) && !isWild(id))],
  ] as const;
  return kinds
    .map(([title, ids]) => [title, fieldNames(ids)] as const)
    .filter(([, names]) => names !== '')
    .map(([title, names]) => `      ${title}: ${names}`)
    .join('\n');
}

function isEqual(a: Table, b: Table): boolean {
  return (
    a.metadata === b.metadata &&
    a.maxEntries === b.maxEntries &&
    a.matching === b.matching &&
    equalAbilities(a.others, a.id, b.others, b.id) &&
    equalAbilities(a.miss, a.id, b.miss, b.id)
  );
}

function equalAbilities(a: Abilities, aId: number, b: Abilities, bId: number): boolean {
  return (
    a.instructions === b.instructions &&
    equalActions(a.write, b.write) &&
    equalActions(a.apply, b.apply) &&
    equalNext(a.next, aId, b.next, bId)
  );
}

/** The tables that may follow; of neighbours, the second may be among those of the first only. */
function equalNext(a: readonly number[], aId: number, b: readonly number[], bId: number): boolean {
  if (aId === bId + 1) return equalNext(b, bId, a, aId);
  const isNeighbour = bId === aId + 1 && a.includes(bId) && !b.includes(bId);
  const rest = isNeighbour ? a.filter((id) => id !== bId) : a;
  return String(rest) === String(b);
}

function equalActions(a: ActionAbilities, b: ActionAbilities): boolean {
  return a.actions === b.actions && a.fields === b.fields;
}

function isNothing({ next, instructions, write, apply }: Abilities): boolean {
  const texts = [instructions, write.actions, write.fields, apply.actions, apply.fields];
  return next.length === 0 && texts.every((text) => text === '');
}

function rangesText(ids: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const id of [...ids].sort((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range !== undefined && id === range[1] + 1) range[1] = id;
    else ranges.push([id, id]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}

function instructionNames(ids: readonly FeatureId[]): string {
  return INSTRUCTIONS.filter(([type]) => ids.some((id) => id.type === type))
    .map(([, name]) => name)
    .join(' ');
}

function knownActions(ids: readonly FeatureId[]): string {
  const bits = ids.reduce((sum, { type }) => (type < 32 ? sum | (1 << type) : sum), 0);
  return bits === 0 ? '' : actionNames(bits);
}

function fieldNames(ids: readonly FieldId[]): string {
  return abbreviated(ids.flatMap((id) => (id.field === 'raw' || id.length !== undefined ? [] : [id.field])));
}

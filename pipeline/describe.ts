import type { App, Fact } from './app.ts';
import { cookieHi } from './cookie.ts';
import type { PlacedTable } from './layout.ts';
import type { Pipeline } from './pipeline.ts';
import { band, MISS_PRIORITY } from './priority.ts';
import { type Register, regs } from './registers.ts';
import { STAGE_NAMES, STAGES, type StageName } from './table.ts';

/**
 * Describes a pipeline in Markdown, for people who look at a switch's flows: stages and tables in the order of a
 * packet's way, registers, apps and cookies. `kinds` are the numbers that the pipeline was made with.
 */
export function describePipeline<F extends { [K in keyof F]: Fact }>(
  pipeline: Pipeline<F>,
  kinds: Readonly<Record<keyof F, number>>,
): string {
  return [
    '# Pipeline',
    'Written by `npm run generate` from the declarations in `pipeline/` and `apps/`. Don’t edit it.',
    '## Stages and tables',
    'A packet goes down this list, never up. Without a matching flow it drops, or goes on to the next stage.',
    ...STAGE_NAMES.map((stage) => describeStage(stage, pipeline)),
    '## Registers',
    'What a packet carries from table to table.',
    markdownTable(['register', 'bits', 'meaning'], Object.values(regs).map(registerRow)),
    '## Apps',
    markdownTable(['number', 'app', 'reads', 'purpose'], pipeline.apps.map(appRow)),
    '## Cookies',
    [
      'Every flow’s cookie says what caused it: in `ovs-ofctl`, select flows with `cookie=VALUE/MASK`. The lower 32 bits',
      'are the fact’s key, or the table’s id for a table-miss flow. Flows outside `0x74…` are not ours and are left alone.',
    ].join('\n'),
    markdownTable(['flows of', 'cookie/mask'], [...appCookies(pipeline), ...kindCookies(kinds)]),
    '## Priorities',
    markdownTable(
      ['band', 'priority'],
      [...Object.entries(band), ['table miss', MISS_PRIORITY]].map(([name, priority]) => [
        `${name}`,
        `${priority}`,
      ]),
    ),
  ]
    .join('\n\n')
    .concat('\n');
}

function describeStage<F extends { [K in keyof F]: Fact }>(
  stage: StageName,
  { layout }: Pipeline<F>,
): string {
  const tables = layout.tables.filter(({ table }) => table.stage === stage);
  const body =
    tables.length > 0
      ? markdownTable(['id', 'table', 'of', 'matches', 'otherwise', 'purpose'], tables.map(tableRow))
      : 'No table yet: packets pass straight on.';
  return `### ${stage}: ${STAGES[stage]}\n\n${body}`;
}

function tableRow({ id, table, owner }: PlacedTable): string[] {
  const otherwise = table.miss === 'next' ? 'next stage' : 'drop';
  return [`${id}`, `**${table.name}**`, owner, table.match.map(code).join(' '), otherwise, table.doc];
}

function registerRow({ name, field, offset, bits, doc }: Register): string[] {
  const range = bits === 1 ? `${offset}` : `${offset}..${offset + bits - 1}`;
  return [code(name), code(`${field}[${range}]`), doc];
}

function appRow<F>(app: App<F>): string[] {
  return [`${app.number}`, app.name, Object.keys(app.compile).map(code).join(' '), app.doc];
}

function appCookies<F extends { [K in keyof F]: Fact }>({ apps }: Pipeline<F>): string[][] {
  const pipeline = ['pipeline: table misses', cookieMask(cookieHi(0, 0), 0xffff0000)];
  return [
    pipeline,
    ...apps.map((app) => [`app ${app.name}`, cookieMask(cookieHi(app.number, 0), 0xffff0000)]),
  ];
}

function kindCookies(kinds: Readonly<Record<string, number>>): string[][] {
  return Object.entries(kinds).map(([kind, number]) => [
    `facts ${code(kind)}, of any app`,
    cookieMask(cookieHi(0, number), 0xff00ff00),
  ]);
}

/** Upper 32 bits of a cookie and of its mask, in the notation of ovs-ofctl. */
function cookieMask(valueHi: number, maskHi: number): string {
  const whole = (hi: number) => `0x${(hi >>> 0).toString(16).padStart(8, '0')}00000000`;
  return code(`${whole(valueHi)}/${whole(maskHi)}`);
}

function code(text: string): string {
  return `\`${text}\``;
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

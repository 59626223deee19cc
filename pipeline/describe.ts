import type { App, Fact, FactOf } from './app.ts';
import { cookieHi } from './cookie.ts';
import type { Flow } from './flow.ts';
import type { PlacedTable } from './layout.ts';
import type { DropReason, Pipeline } from './pipeline.ts';
import { printFlow } from './print.ts';
import { band, MISS_PRIORITY } from './priority.ts';
import { type Register, regs } from './registers.ts';
import { STAGE_NAMES, STAGES, type StageName } from './table.ts';

/**
 * Describes a pipeline in Markdown, for people who look at a switch's flows: stages and tables in the order of a
 * packet's way, with the flows of `samples`, registers, apps, drops and cookies. `kinds` are the numbers that the pipeline
 * was made with.
 */
export function describePipeline<F extends { [K in keyof F]: Fact }>(
  pipeline: Pipeline<F>,
  kinds: Readonly<Record<keyof F, number>>,
  samples: Readonly<Record<string, FactOf<F>>>,
): string {
  const flows = [
    ...pipeline.base.map((flow): Shown => ({ flow, sample: 'every switch' })),
    ...Object.entries(samples).flatMap(([sample, fact]) =>
      pipeline.compile(fact).map((flow): Shown => ({ flow, sample })),
    ),
  ];
  return [
    '# Pipeline',
    'Written by `npm run generate` from the declarations in `pipeline/` and `apps/`. Don’t edit it.',
    '## Stages and tables',
    'A packet goes down this list, never up. Without a matching flow it drops, or goes on: to the next app in its stage, if\nthe stage has no shared table, else to the next stage.',
    [
      'The flows are those that every switch has, and those of the facts in `apps/sample-facts.ts`, which stand for any:',
      'ports, networks and addresses there are examples. `apps/golden` has them fact by fact.',
    ].join('\n'),
    ...STAGE_NAMES.flatMap((stage) => describeStage(stage, pipeline, flows)),
    '## Registers',
    'What a packet carries from table to table.',
    markdownTable(['register', 'bits', 'meaning'], Object.values(regs).map(registerRow)),
    '## Apps',
    markdownTable(['number', 'app', 'reads', 'purpose'], pipeline.apps.map(appRow)),
    '## Drops',
    [
      'A flow without actions drops, and its packet count is the count of its reason: the one that its cookie carries, else',
      'the table that it stands in. `tenantflow drops` sums them by reason.',
    ].join('\n'),
    markdownTable(['reason', 'of', 'tables', 'cookie/mask', 'meaning'], dropRows(pipeline, flows)),
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

/** A flow, and the name of the fact that it stands for. */
interface Shown {
  readonly flow: Flow;
  readonly sample: string;
}

function describeStage<F extends { [K in keyof F]: Fact }>(
  stage: StageName,
  pipeline: Pipeline<F>,
  flows: readonly Shown[],
): string[] {
  const tables = pipeline.layout.tables.filter(({ table }) => table.stage === stage);
  const heading = `### ${stage}: ${STAGES[stage]}`;
  if (tables.length === 0) return [heading, 'No table yet: packets pass straight on.'];
  const head = ['id', 'table', 'of', 'matches', 'otherwise', 'purpose'];
  return [
    heading,
    markdownTable(head, tables.map(tableRow)),
    ...tables.flatMap(({ id, table }) => [
      `#### ${table.name}`,
      markdownTable(
        ['priority', 'of', 'fact', 'flow'],
        flows
          .filter(({ flow }) => flow.tableId === id)
          .map((shown) => flowRow(shown, pipeline))
          .sort(([a = '', , , c = ''], [b = '', , , d = '']) => Number(b) - Number(a) || (c < d ? -1 : 1)),
      ),
    ]),
  ];
}

function flowRow<F extends { [K in keyof F]: Fact }>(
  { flow, sample }: Shown,
  pipeline: Pipeline<F>,
): string[] {
  const text = printFlow(flow, pipeline.layout).replace(/^table=[^,]*,priority=\d+,? ?/, '');
  const { app } = pipeline.describe((flow.cookieHi >>> 16) & 0xff, 0);
  return [`${flow.priority}`, app, sample, code(text)];
}

/** Every reason for a drop that an app declares or that a flow shows. */
function dropRows<F extends { [K in keyof F]: Fact }>(
  pipeline: Pipeline<F>,
  flows: readonly Shown[],
): string[][] {
  const rows = new Map<
    string,
    { readonly reason: DropReason; readonly tables: Set<string>; readonly cookie: string }
  >();
  const add = (reason: DropReason, cookie: string) => {
    const key = `${reason.app} ${reason.name}`;
    const row = rows.get(key) ?? { reason, tables: new Set<string>(), cookie };
    rows.set(key, row);
    return row.tables;
  };
  for (const app of pipeline.apps) {
    for (const [index, [name, doc]] of Object.entries(app.drops ?? {}).entries()) {
      add({ app: app.name, name, doc }, cookieMask(cookieHi(app.number, 0, index + 1), 0xffff00ff));
    }
  }
  for (const { flow } of flows) {
    const reason = pipeline.dropReasonOf(flow);
    if (reason) add(reason, '').add(pipeline.layout.nameOf(flow.tableId) ?? '');
  }
  return [...rows.values()].map(({ reason: { app, name, doc }, tables, cookie }) => [
    code(name),
    app,
    [...tables].join(', '),
    cookie,
    doc,
  ]);
}

function tableRow({ id, table, owner }: PlacedTable): string[] {
  const otherwise = table.miss === 'next' ? 'next' : 'drop';
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
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

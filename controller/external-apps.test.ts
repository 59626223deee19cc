import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { SAMPLE_FACTS } from '#apps';
import { meterOf } from '#pipeline';
import { explain, Simulator } from '#pipeline/simulator';
import { ConfigError } from './config/config.ts';
import { loadPipeline } from './external-apps.ts';

const EXAMPLE = './examples/link-local/app.ts';
const folder = mkdtempSync(join(tmpdir(), 'tenantflow-apps-'));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;

/** A module with an app that differs from a good one by what is given; returns its path. */
function moduleOf(rest: string, tables = "match: ['ingress', 'eth_dst']"): string {
  return moduleFile(`export function app({ band, edge, regs, registers, defineTable }) {
    const mine = defineTable({ name: 'mine', stage: 'guard', ${tables}, miss: 'next', doc: 'Mine.' });
    return { name: 'mine', number: 200, doc: 'Mine.', owns: [mine], uses: [], compile: {}, ${rest} };
  }`);
}

function moduleFile(text: string): string {
  const file = join(folder, `app-${++count}.mjs`);
  writeFileSync(file, text);
  return file;
}

/** What the controller says when it does not start with these modules. */
async function refusal(...modules: string[]): Promise<string> {
  const error: unknown = await loadPipeline(modules, pino({ level: 'silent' })).catch((each) => each);
  if (error instanceof ConfigError) return error.message.replaceAll(folder, '');
  throw error instanceof Error ? error : new Error('accepted');
}

describe('an app of others', () => {
  it('does its work beside ours, and its drops have their reason', async () => {
    const pipeline = await loadPipeline([EXAMPLE], pino({ level: 'silent' }));
    const simulator = new Simulator();
    const fact = SAMPLE_FACTS['port-without-security'];
    simulator.load([...pipeline.base, ...(fact ? pipeline.compile(fact) : [])]);
    const frame = (target: number) =>
      Uint8Array.from([0x01, 0x80, 0xc2, 0, 0, target, 0xfa, 0x16, 0x3e, 0, 0, 1, 0x88, 0xcc, 0, 0]);
    const end = (target: number) =>
      explain(simulator.send({ inPort: 4, bytes: frame(target) }), (id) => pipeline.layout.nameOf(id));
    expect(end(0x0e)).toMatch(/reserved: dl_dst=01:80:c2:00:00:00.*\ndropped\n$/);
    expect(end(0x10)).not.toContain('01:80:c2:00:00:00');
    const reasons = pipeline.base.map((flow) => pipeline.dropReasonOf(flow)?.name);
    expect(reasons).toContain('bridge-next-door');
    expect(pipeline.describe(128, 0).app).toBe('link-local');
  });

  it('may limit what it lets pass, beside our own limits', async () => {
    const meters =
      "drops: { 'too-many': 'Too many.' }, meters: { drop: 'too-many', rates: { localPort: () => ({ rate: 5, burst: 9 }) } }";
    const flow =
      "compile: { localPort: ({ key }, emit) => emit(mine, 1).when('ingress', key).meter().goto('guard') }";
    const pipeline = await loadPipeline([moduleOf(`${meters}, ${flow}`)], pino({ level: 'silent' }));
    const { 'local-port': port, 'broadcast-limit': limit } = SAMPLE_FACTS;
    if (!port || !limit) throw new Error('no such facts');
    const [meter] = pipeline.metersOf(port);
    expect(meter).toMatchObject({ rate: 5, burst: 9 });
    expect(pipeline.compile(port).map(meterOf)).toContain(meter?.number);
    expect(
      [meter, ...pipeline.metersOf(limit)].map((each) => pipeline.meterDropOf(each?.number ?? 0)?.app),
    ).toEqual(['mine', 'broadcast-limit']);
    expect(await refusal(moduleOf(meters.replace("drop: 'too-many'", "drop: 'other'")))).toMatch(
      /PIPE_METER.*"app":"mine"/,
    );
    expect(await refusal(moduleOf(`${meters.replace('rate: 5', 'rate: -5')}, ${flow}`))).toMatch(
      /PIPE_METER.*"app":"mine"/,
    );
  });

  it('comes from a package that is installed in the working directory', async () => {
    const place = join(folder, 'node_modules', 'some-package');
    mkdirSync(place, { recursive: true });
    writeFileSync(
      join(place, 'package.json'),
      '{ "name": "some-package", "type": "module", "exports": "./app.js" }',
    );
    writeFileSync(
      join(place, 'app.js'),
      "export const app = () => ({ name: 'packed', number: 130, doc: 'd', owns: [], uses: [], compile: {} });",
    );
    const cwd = vi.spyOn(process, 'cwd').mockReturnValue(folder);
    const { apps } = await loadPipeline(['some-package'], pino({ level: 'silent' }));
    cwd.mockRestore();
    expect(apps[0]?.name).toBe('packed');
  });

  const emitting = (work: string) => `always(emit) { ${work} }`;
  const mistakes: readonly [string, RegExp, () => string[]][] = [
    ['is not there', /^apps: \/nowhere\.mjs: cannot be loaded: .*nowhere/, () => [`${folder}/nowhere.mjs`]],
    [
      'is a package that is not there',
      /^apps: no-such-package: cannot be loaded: .*no-such-package/,
      () => ['no-such-package'],
    ],
    [
      'does not parse',
      /^apps: \/app-\d+\.mjs: cannot be loaded: .*[Ss]yntax/,
      () => [moduleFile('export function {')],
    ],
    [
      'throws when it is loaded',
      /cannot be loaded: Error: too early/,
      () => [moduleFile("throw new Error('too early');")],
    ],
    ['exports no app', /exports no function named app$/, () => [moduleFile('export const application = 1;')]],
    [
      'throws when it is made',
      /its function app threw: TypeError: /,
      () => [moduleFile('export const app = () => null.x;')],
    ],
    ['is none', /what app returns: must be an app$/, () => [moduleFile('export const app = () => 7;')]],
    [
      'has a table that says no text',
      /owns\.0\.lost: must be text$/,
      () => [moduleOf('', 'match: [], lost: 7')],
    ],
    ['has a number of ours', /number: must be 128 to 255$/, () => [moduleOf('number: 1')]],
    [
      'has the name of one of ours',
      /name: is the name of an app of tenantflow’s own$/,
      () => [moduleOf("name: 'guard'")],
    ],
    [
      'reads what is no fact',
      /compile: Unrecognized key: "cloud"/,
      () => [moduleOf('compile: { cloud() {} }')],
    ],
    [
      'has the number of another',
      /PIPE_APP_NUMBER.*"app":"other"/,
      () => [moduleOf(''), moduleOf("name: 'other', owns: []")],
    ],
    [
      'stands in no stage',
      /PIPE_STAGE_UNKNOWN.*"stage":"nowhere"/,
      () => [moduleOf('', "match: [], ...{ stage: 'nowhere' }")],
    ],
    [
      'has a table of ours',
      /PIPE_TABLE_NAME.*"table":"sender"/,
      () => [moduleOf('', "match: [], ...{ name: 'sender' }")],
    ],
    [
      'matches what is no field',
      /PIPE_FIELD_UNKNOWN.*"app":"mine","table":"mine","field":"eth_dts"/,
      () => [moduleOf('', "match: ['eth_dts']")],
    ],
    [
      'takes bits of ours',
      /PIPE_REGISTER_OVERLAP.*"app":"mine".*"first":"ingress","second":"own"/,
      () => [moduleOf("registers: registers({ own: { in: 'reg1', bits: [0, 3], doc: 'd' } })")],
    ],
    [
      'takes bits that are not there',
      /its function app threw: PipelineError: PIPE_REGISTER_RANGE/,
      () => [moduleOf("registers: registers({ own: { in: 'reg4', bits: [30, 32], doc: 'd' } })")],
    ],
    [
      'throws in its flows',
      /PIPE_APP_THREW.*"app":"mine","error":"TypeError: /,
      () => [moduleOf(emitting('emit.nothing();'))],
    ],
    [
      'matches a field that its table does not declare',
      /PIPE_FIELD_UNDECLARED.*"app":"mine","table":"mine","field":"ip_src"/,
      () => [moduleOf(emitting("emit(mine, 1).when('ip_src', 1).drop();"))],
    ],
    [
      'has a value that does not fit',
      /PIPE_APP_THREW.*"app":"mine".*CodecError: .*eth_dst/,
      () => [moduleOf(emitting("emit(mine, 1).when('eth_dst', 1n << 48n).drop();"))],
    ],
    [
      'emits into a table that it does not use',
      /PIPE_TABLE_FOREIGN.*"app":"mine","table":"admit"/,
      () => [moduleOf(emitting('emit(edge.admit, 1).drop();'))],
    ],
    [
      'leaves a flow open',
      /PIPE_NO_END.*"app":"mine","table":"mine"/,
      () => [moduleOf(emitting("emit(mine, 1).when('ingress', 1);"))],
    ],
    [
      'goes back',
      /PIPE_GOTO_BACK.*"app":"mine","from":"mine","to":"admit"/,
      () => [moduleOf(emitting("emit(mine, 1).goto('admit');"))],
    ],
    [
      'emits two equal matches',
      /PIPE_TWICE.*"app":"mine".*priority=1,reg1=0x1/,
      () => [
        moduleOf(
          emitting(
            "emit(mine, 1).when('ingress', 1).drop(); emit(mine, 1).when('ingress', 1).goto('forward');",
          ),
        ),
      ],
    ],
    [
      'has such a mistake in the flows of a fact',
      /PIPE_NO_END.*"app":"mine"/,
      () => [moduleOf('compile: { peer(peer, emit) { emit(mine, 1); } }')],
    ],
    [
      'emits what one of ours does',
      /PIPE_TWICE.*"app":"mine and tunnel-mesh"/,
      () => [
        moduleOf(
          'uses: [edge.deliver], compile: { peer({ key }, emit) { emit(edge.deliver, band.exact).when("egress", key).drop(); } }',
        ),
      ],
    ],
  ];
  it.each(mistakes)('that %s keeps the controller from starting, with %s', async (_, message, modules) => {
    expect(await refusal(...modules())).toMatch(message);
  });
});

/** Makes one file of all that `tenantflow` is (dist/tenantflow.cjs), and V8's code cache for this Node.js beside it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = `${root}dist`;
const name = 'tenantflow.cjs';
const program = `${dist}/${name}`;
const cache = `${program}.${process.version}-${process.arch}`;

const { outputFiles } = await build({
  entryPoints: [`${root}controller/main.ts`],
  outfile: program,
  write: false,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  conditions: ['source'],
  // It is native code.
  external: ['lmdb'],
  define: { 'import.meta.url': 'tenantflowUrl' },
  banner: { js: "const tenantflowUrl = require('node:url').pathToFileURL(__filename).href;" },
  plugins: [
    {
      name: 'import-module',
      setup: (bundle) => bundle.onLoad({ filter: /\/import-module\.ts$/ }, ofLauncher),
    },
  ],
  legalComments: 'eof',
  logLevel: 'warning',
});
const made = outputFiles[0]?.contents ?? new Uint8Array();
// What is there already may be running: it is left alone.
if (!(existsSync(cache) && existsSync(program) && readFileSync(program).equals(made))) {
  mkdirSync(dist, { recursive: true });
  // V8 knows what a cache was made from by its length only: an old one must not outlive its program.
  for (const file of readdirSync(dist)) if (file.startsWith(name)) rmSync(`${dist}/${file}`);
  writeFileSync(program, made);
  await writeCodeCache();
}

/** The function that bin/start.cjs hands in. */
function ofLauncher() {
  return { contents: 'export const importModule = tenantflowImport;', loader: 'js' } as const;
}

/** Of a controller that has begun to serve: what it needs until then is what counts. */
async function writeCodeCache(): Promise<void> {
  const folder = mkdtempSync(`${tmpdir()}/tenantflow-bundle-`);
  try {
    const addresses = ['openflow', 'ovsdb', 'api', 'metrics'].flatMap((name) => [`--${name}`, '127.0.0.1:0']);
    const argv = [`${root}scripts/code-cache.cjs`, 'serve', '--data-dir', `${folder}/data`, ...addresses];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    for await (const line of createInterface(child.stdout)) {
      const { msg, what } = JSON.parse(line) as { readonly msg: string; readonly what?: string };
      if (msg === 'listening' && what === 'metrics') child.kill('SIGTERM');
    }
    const [code] = await ended;
    if (code !== 0) throw new Error(`the bundle does not run: exit code ${code}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

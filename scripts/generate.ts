/**
 * Writes every generated file of the repository, or with `--check` only says which are stale (exit code 1).
 * Run as `npm run generate`; to add a file, add a line to GENERATED.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { edgePipeline, FACT_KINDS, SAMPLE_FACTS } from '#apps';
import { formatTopologySchema } from '#controller/cli/topology/json-schema';
import { formatDashboard } from '#controller/metrics/dashboard';
import { describeMetrics } from '#controller/metrics/describe';
import { describePipeline } from '#pipeline';
import { describeExports } from '../packages/openflow-codec/src/testing/exports.ts';
// Sources by path: the package's own index imports files that this script may have to write first.
import {
  generateOpenVSwitch,
  OPEN_VSWITCH_MODELS_FILE,
  OPEN_VSWITCH_SCHEMA_FILE,
} from '../packages/ovsdb-client-ts/src/modelgen/open-vswitch.ts';

/** A generated file, relative to the repository's root, and the function that gives its text. */
const GENERATED: readonly { readonly file: string; readonly text: () => string | Promise<string> }[] = [
  {
    file: ovsdb(OPEN_VSWITCH_MODELS_FILE),
    text: () => generateOpenVSwitch(JSON.parse(read(ovsdb(OPEN_VSWITCH_SCHEMA_FILE)))),
  },
  { file: 'docs/pipeline.md', text: () => describePipeline(edgePipeline(), FACT_KINDS, SAMPLE_FACTS) },
  { file: 'docs/metrics.md', text: describeMetrics },
  { file: 'docs/grafana/tenantflow.json', text: formatDashboard },
  { file: 'docs/topology.schema.json', text: formatTopologySchema },
  { file: 'docs/openflow-codec.md', text: describeExports },
];

const checking = process.argv.includes('--check');
for (const { file, text } of GENERATED) {
  const wanted = await text();
  if (current(file) === wanted) continue;
  if (checking) {
    console.error(`${file} is stale: run npm run generate`);
    process.exitCode = 1;
  } else {
    writeFileSync(at(file), wanted);
    console.log(`wrote ${file}`);
  }
}

function ovsdb(file: string): string {
  return `packages/ovsdb-client-ts/${file}`;
}

function current(file: string): string | undefined {
  try {
    return read(file);
  } catch {
    return undefined;
  }
}

function read(file: string): string {
  return readFileSync(at(file), 'utf8');
}

function at(file: string): URL {
  return new URL(`../${file}`, import.meta.url);
}

import { Command } from 'commander';
import { z } from 'zod';
import { CliError } from './error.ts';
import { apiOption, request } from './request.ts';
import { formatTable } from './table.ts';

const switchesSchema = z.array(
  z.object({
    id: z.string(),
    hostname: z.string(),
    address: z.string(),
    ovsdb: z.boolean(),
    connected: z.boolean(),
    state: z.string(),
    flows: z.number(),
    refused: z.number(),
    ports: z.number(),
    portsUp: z.number(),
    problem: z.string().nullable(),
  }),
);
type SwitchRow = z.infer<typeof switchesSchema>[number];

/** `tenantflow status`: what the running controller knows of its switches. */
export function statusCommand(): Command {
  return new Command('status')
    .description('Show the switches of a running controller, their state, flows and ports.')
    .addOption(apiOption())
    .option('--json', 'print the answer as JSON')
    .action(async ({ api, json }: { api: string; json?: boolean }) => {
      const switches = await fetchSwitches(api);
      process.stdout.write(json ? `${JSON.stringify(switches, null, 2)}\n` : describe(switches));
    });
}

async function fetchSwitches(api: string): Promise<SwitchRow[]> {
  const { url, body } = await request(api, 'GET', '/v1/switches');
  const parsed = switchesSchema.safeParse(body);
  if (!parsed.success) throw new CliError(`${url} does not answer like this version of tenantflow`);
  return parsed.data;
}

function describe(switches: readonly SwitchRow[]): string {
  if (switches.length === 0) return 'No hypervisor has connected yet.\n';
  const rows = switches.map((row) => [
    row.id,
    row.hostname,
    row.address,
    row.ovsdb ? 'up' : 'down',
    row.connected ? row.state : 'down',
    `${row.flows}${row.refused > 0 ? ` (${row.refused} refused)` : ''}`,
    `${row.portsUp}/${row.ports}`,
  ]);
  const table = formatTable(['SWITCH', 'HOST', 'TUNNEL END', 'OVSDB', 'OPENFLOW', 'FLOWS', 'PORTS UP'], rows);
  const problems = switches.flatMap((row) =>
    row.problem ? [`${row.id || row.address}: ${row.problem}\n`] : [],
  );
  return table + (problems.length > 0 ? `\n${problems.join('')}` : '');
}

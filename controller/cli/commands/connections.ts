import { Command, Option } from 'commander';
import { z } from 'zod';
import type { Api } from '../client/client.ts';
import type { ClientOptions } from '../client/endpoint.ts';
import { addClientOptions, clientOf } from '../client/options.ts';
import { CliError, UsageError } from '../error.ts';
import { findOne } from '../find.ts';
import { port as portKind } from '../kinds/port.ts';
import { shortId } from '../kinds/related.ts';
import { formatTable } from '../table.ts';
import { printable, terminalOf } from '../terminal.ts';
import { examples } from './help.ts';

const connection = z.looseObject({
  direction: z.string(),
  protocol: z.string(),
  address: z.string(),
  port: z.number().nullable(),
  peer_address: z.string(),
  peer_port: z.number().nullable(),
  icmp_type: z.number().nullable(),
  icmp_code: z.number().nullable(),
  packets: z.number(),
  bytes: z.number(),
  age: z.number(),
  security_group_rule_id: z.string().nullable(),
});
const answer = z.looseObject({
  port_id: z.string(),
  connections: z.array(connection),
  note: z.string().nullable(),
});
type Answer = z.infer<typeof answer>;

interface Options extends ClientOptions {
  readonly port?: string;
  readonly limit: string;
  readonly json?: true;
}

/** Ports that are asked about when none is named: each is a question to a switch. */
const MOST_PORTS = 100;

/** `tenantflow connections`: which connections the switches remember, and by which rules. */
export function connectionsCommand(): Command {
  const command = new Command('connections')
    .description(
      'Show the connections that switches remember, because no rule admits their answers: the newest of each port first.',
    )
    .option('--port <PORT>', 'only those of this port: its name, its id, or the beginning of that')
    .addOption(new Option('--limit <COUNT>', 'how many of a port at most, up to 1000').default('100'))
    .option('--json', 'print the answers as JSON');
  return addClientOptions(command)
    .addHelpText(
      'after',
      examples([
        ['tenantflow connections --port vm1', 'who vm1 talks to, and which rule lets it'],
        ['tenantflow connections --limit 10', 'the newest of all ports that are ACTIVE'],
      ]),
    )
    .action(async (options: Options) => {
      if (!/^\d{1,4}$/.test(options.limit) || Number(options.limit) < 1 || Number(options.limit) > 1000)
        throw new UsageError(`--limit: '${options.limit}' is not a number from 1 to 1000`);
      const api = clientOf(options);
      const ports =
        options.port === undefined
          ? await portKind.list(api, [['status', 'ACTIVE']])
          : [await findOne(api, portKind, options.port)];
      const names = new Map(ports.map((each) => [each.id, portKind.nameOf(each) || shortId(each.id)]));
      const answers: Answer[] = [];
      for (const { id } of ports.slice(0, MOST_PORTS)) answers.push(await ask(api, id, options.limit));
      process.stdout.write(options.json ? `${JSON.stringify(answers, null, 2)}\n` : table(answers, names));
      for (const { port_id, note } of answers)
        if (note !== null && (options.port !== undefined || !note.startsWith('the port has no')))
          process.stderr.write(`${printable(`${names.get(port_id)}: ${note}`)}\n`);
      if (ports.length > MOST_PORTS)
        process.stderr.write(
          `Only ${MOST_PORTS} of ${ports.length} ports were asked about: name one by --port.\n`,
        );
    });
}

async function ask(api: Api, portId: string, limit: string): Promise<Answer> {
  const path = `/v1/ports/${encodeURIComponent(portId)}/connections`;
  const parsed = answer.safeParse(await api.request('GET', `${path}?limit=${limit}`));
  if (!parsed.success) throw new CliError(`${path}: the answer is not that of a tenantflow`);
  return parsed.data;
}

function table(answers: readonly Answer[], names: ReadonlyMap<string, string>): string {
  const rows = answers.flatMap(({ port_id, connections }) =>
    connections.map((each) => [names.get(port_id) ?? port_id, ...cells(each)].map(printable)),
  );
  if (rows.length === 0) return 'No connections are remembered.\n';
  return formatTable(
    ['PORT', 'BEGUN BY', 'PROTOCOL', 'ADDRESS', 'PEER', 'ANSWERS', 'BYTES', 'AGE', 'RULE'],
    rows,
    terminalOf(process.stdout, process.env),
  );
}

function cells(each: z.infer<typeof connection>): readonly string[] {
  const end = (address: string, port: number | null) =>
    port === null ? address : `${address.includes(':') ? `[${address}]` : address}:${port}`;
  const { icmp_type: type, icmp_code: code, security_group_rule_id: rule } = each;
  return [
    each.direction === 'egress' ? 'port' : 'peer',
    type === null ? each.protocol : `${each.protocol} ${type}/${code}`,
    end(each.address, each.port),
    end(each.peer_address, each.peer_port),
    `${each.packets}`,
    `${each.bytes}`,
    `${each.age} s`,
    rule === null ? 'gone' : shortId(rule),
  ];
}

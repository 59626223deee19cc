import { Command } from 'commander';
import { z } from 'zod';
import type { ClientOptions } from '../client/endpoint.ts';
import { addClientOptions, clientOf } from '../client/options.ts';
import { CliError, UsageError } from '../error.ts';
import { findOne } from '../find.ts';
import { port as portKind } from '../kinds/port.ts';
import { shortId } from '../kinds/related.ts';
import { readLines } from '../lines.ts';
import { printable } from '../terminal.ts';
import { examples } from './help.ts';

const denial = z.looseObject({
  at: z.string(),
  switch: z.string(),
  port_id: z.string().nullable(),
  direction: z.string(),
  security_group_ids: z.array(z.string()),
  reason: z.string(),
  size: z.number(),
  protocol: z.string().nullable(),
  source_mac: z.string(),
  destination_mac: z.string(),
  source: z.string().nullable(),
  destination: z.string().nullable(),
  source_port: z.number().nullable(),
  destination_port: z.number().nullable(),
  icmp_type: z.number().nullable(),
  icmp_code: z.number().nullable(),
  tcp_flags: z.string().nullable(),
  is_later_fragment: z.boolean(),
});
type Denial = z.infer<typeof denial>;
const json = z.string().transform((text, context) => {
  try {
    return z.looseObject({}).parse(JSON.parse(text));
  } catch {
    context.addIssue({ code: 'custom', message: 'no JSON object' });
    return z.NEVER;
  }
});
const missed = z.looseObject({ count: z.number() });
const end = z.looseObject({ reason: z.string(), complete: z.boolean() });

interface Told {
  readonly event: string;
  readonly data: object;
}

interface Options extends ClientOptions {
  readonly port?: string;
  readonly switch?: string;
  readonly rate?: string;
  readonly seconds?: string;
  readonly json?: true;
}

/** Characters of a line of the stream, and milliseconds that it may be silent: something comes each two seconds. */
const LONGEST_LINE = 100_000;
const PATIENCE = 60_000;

/** `tenantflow denied`: which packets security groups deny, as it happens. */
export function deniedCommand(): Command {
  const command = new Command('denied')
    .description(
      'Watch packets that security groups deny, until Ctrl-C. Meanwhile the switch shows some of them, which costs others nothing.',
    )
    .option('--port <PORT>', 'to and from this port: its name, its id, or the beginning of that')
    .option('--switch <SYSTEM-ID>', 'on this hypervisor')
    .option('--rate <COUNT>', 'how many a second at most, up to 100 (default 10)')
    .option('--seconds <COUNT>', 'for how long, up to 3600 (default 600)')
    .option('--json', 'print all that comes as lines of JSON');
  return addClientOptions(command)
    .addHelpText(
      'after',
      examples([
        ['tenantflow denied --port vm1', 'which rule is missing that vm1 needs'],
        ['tenantflow denied --switch hv3 --rate 50', 'who is knocking there'],
      ]),
    )
    .action(async (options: Options) => {
      if ((options.port === undefined) === (options.switch === undefined))
        throw new UsageError('denied: say what to watch, by --port or by --switch');
      const api = clientOf(options);
      const port = options.port === undefined ? undefined : await findOne(api, portKind, options.port);
      const query = new URLSearchParams();
      for (const name of ['switch', 'rate', 'seconds'] as const)
        if (options[name] !== undefined) query.set(name, options[name]);
      if (port !== undefined) query.set('port', port.id);
      const names = new Map(port ? [[port.id, portKind.nameOf(port) || shortId(port.id)]] : []);
      const events = await api.stream(`/v1/denied?${query}`, {
        accept: 'text/event-stream',
        patience: PATIENCE,
      });
      for await (const told of eventsIn(events)) {
        if (options.json !== true) tell(told, names);
        else if (told.event !== 'heartbeat')
          process.stdout.write(`${JSON.stringify({ event: told.event, ...told.data })}\n`);
        if (told.event !== 'end') continue;
        const { reason, complete } = parsed(end, told.data);
        if (!complete) throw new CliError(reason);
        if (options.json !== true) note(reason);
        return;
      }
      throw new CliError('the controller has ended it: is it being stopped?');
    });
}

function tell({ event, data }: Told, names: ReadonlyMap<string, string>): void {
  if (event === 'ready') note('Watching, until Ctrl-C.');
  else if (event === 'denied') process.stdout.write(`${printable(lineOf(parsed(denial, data), names))}\n`);
  else if (event === 'missed') note(`${parsed(missed, data).count} more were denied there and are not shown`);
}

function parsed<T>(schema: z.ZodType<T>, data: unknown): T {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  throw new CliError('/v1/denied: the answer is not that of a tenantflow');
}

function note(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}

/** The events of a stream (WHATWG HTML, 9.2), as the controller writes them: a name, and JSON in one line. */
async function* eventsIn(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Told> {
  let event = '';
  for await (const lines of readLines(stream, LONGEST_LINE))
    for (const { text = '' } of lines) {
      if (text.startsWith('event: ')) event = text.slice(7);
      if (text.startsWith('data: ')) yield { event, data: parsed(json, text.slice(6)) };
    }
}

/** In one line, as tcpdump would: when, which port, which way, why, and the packet. */
function lineOf(each: Denial, names: ReadonlyMap<string, string>): string {
  const { port_id: id, reason, size, security_group_ids: groups } = each;
  const port = id === null ? '?' : (names.get(id) ?? shortId(id));
  const way = each.direction === 'egress' ? 'from' : 'to';
  const why = reason === 'denied' ? `no rule of ${groups.map(shortId).join(', ')}` : reason;
  return `${each.at} ${each.switch} ${way} ${port}: ${packetText(each)}, ${size} bytes (${why})`;
}

function packetText(each: Denial): string {
  const { source, destination, protocol, icmp_type: type, icmp_code: code, tcp_flags: flags } = each;
  if (source === null || destination === null) return `${each.source_mac} > ${each.destination_mac}`;
  const end = (address: string, port: number | null) =>
    port === null ? address : `${address.includes(':') ? `[${address}]` : address}:${port}`;
  const details = [
    ...(type === null ? [] : [`type ${type}/${code}`]),
    ...(flags === null ? [] : [flags || 'no flags']),
    ...(each.is_later_fragment ? ['later fragment'] : []),
  ];
  const ends = `${end(source, each.source_port)} > ${end(destination, each.destination_port)}`;
  return [`${protocol} ${ends}`, ...details].join(' ');
}

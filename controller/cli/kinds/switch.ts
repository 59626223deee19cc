import { z } from 'zod';
import type { Api } from '../client/client.ts';
import { Refused } from '../client/failure.ts';
import { type ApiObject, objectSchema, type Query } from '../client/objects.ts';
import { CliError } from '../error.ts';
import { type Fact, type Kind, reader, tableOf } from './kind.ts';
import { counted, few } from './words.ts';

const PATH = '/v1/switches';

const schema = z.looseObject({
  id: z.string(),
  hostname: z.string(),
  address: z.string(),
  firewall: z.string().nullable(),
  recovering: z.number(),
  recoveringPorts: z.number(),
  evicted: z.number(),
  ovsdb: z.boolean(),
  connected: z.boolean(),
  state: z.string(),
  flows: z.number(),
  refused: z.number(),
  drift: z.number(),
  foreign: z.number(),
  foreignMeters: z.number(),
  ports: z.number(),
  portsUp: z.number(),
  problem: z.string().nullable(),
});
const read = reader(schema, PATH);

/** Hypervisors and their switches. */
export const switchKind: Kind = {
  name: 'switch',
  plural: 'switches',
  short: ['sw', 'hypervisor', 'hypervisors', 'hv'],
  isOwned: false,
  mentions: [],
  nameOf: (object) => read(object).hostname,
  list: listSwitches,

  async show(api, id) {
    const found = (await listSwitches(api)).find((each) => each.id === id);
    if (found === undefined) throw new Refused(404, `Switch ${id} could not be found.`);
    return found;
  },

  async remove(api, id) {
    await api.request('DELETE', `${PATH}/${encodeURIComponent(id)}`);
  },

  ...tableOf(
    [
      { head: 'SWITCH', cell: ({ id }) => id || '(no system-id)' },
      { head: 'HOST', cell: ({ hostname }) => hostname },
      { head: 'TUNNEL END', cell: ({ address }) => address },
      { head: 'OVSDB', cell: ({ ovsdb }) => (ovsdb ? 'up' : 'down') },
      {
        head: 'OPENFLOW',
        // What another controller or a switch that hangs has to do with it is told whoever is connected.
        cell: ({ connected, state }) => (connected || TOLD.has(state) ? state : 'down'),
      },
      { head: 'FIREWALL', cell: firewallCell },
      {
        head: 'FLOWS',
        cell: ({ flows, refused, foreign }) =>
          `${flows}${refused > 0 ? ` (${refused} refused)` : ''}${foreign > 0 ? ` (+${foreign} foreign)` : ''}`,
      },
      { head: 'DRIFT', cell: ({ drift }) => (drift > 0 ? `${drift} repaired` : 'none') },
      { head: 'PORTS UP', cell: ({ ports, portsUp }) => `${portsUp}/${ports}` },
      { head: 'PROBLEM', cell: ({ problem }) => problem ?? '' },
    ],
    read,
  ),

  async describe(object, api) {
    const row = read(object);
    const { peers, audit, interfaces } = row.id === '' ? NOTHING_KNOWN : await detailsOf(api, row.id);
    return [
      ['Switch', row.id || '(no system-id)'],
      ['Host', row.hostname || '?'],
      ['Tunnel end', row.address],
      ['OVSDB', row.ovsdb ? 'connected' : `not connected${row.problem === null ? HINT : ''}`],
      [
        'OpenFlow',
        row.connected
          ? `connected, ${row.state}`
          : `not connected${TOLD.has(row.state) ? `, ${row.state}` : ''}`,
      ],
      ['Firewall', row.firewall === null ? '?' : firewallCell(row)],
      ['Flows', `${row.flows}, ${row.refused} refused by the switch`],
      ['Ports', `${row.portsUp} of ${row.ports} ACTIVE`],
      ...(interfaces.length > 0 ? [['Of no port', few(interfaces.map(idleLine))] as const] : []),
      ...auditFacts(audit, row),
      ['Peers', peers.map(peerLine)],
      ['Problem', row.problem ?? 'none'],
    ];
  },

  async inTheWay() {
    return [];
  },
};

const HINT = ': is `ovs-vsctl set-manager` done there?';
/** States that an operator has to hear of although no switch is connected. */
const TOLD: ReadonlySet<string> = new Set(['silent', 'outranked']);

/** How connections are remembered; where that is lost, for how long running ones are taken up; what there was no room for. */
function firewallCell({ firewall, recovering, recoveringPorts, evicted }: z.infer<typeof schema>): string {
  const lost = recovering > 0 ? [`recovering ${recovering} s`] : [];
  const came = recoveringPorts > 0 ? [`${counted(recoveringPorts, 'port')} recovering`] : [];
  const forgot = evicted > 0 ? [`${evicted} evicted`] : [];
  return [firewall ?? '', ...lost, ...came, ...forgot].join(', ');
}

const peerSchema = z.looseObject({
  id: z.string(),
  type: z.string(),
  address: z.string(),
  connected: z.boolean(),
  sent: z.number().nullable(),
  received: z.number().nullable(),
});
const auditSchema = z.looseObject({
  at: z.number().nullable(),
  drift: z.object({ deleted: z.number(), added: z.number(), changed: z.number() }),
  driftAt: z.number().nullable(),
  last: z.array(z.looseObject({ kind: z.string(), flow: z.string(), found: z.string() })),
});
const idleSchema = z.looseObject({ interface: z.string(), problem: z.string() });
const answerSchema = z.looseObject({
  peers: z.array(peerSchema),
  audit: auditSchema.nullable(),
  interfaces: z.array(idleSchema),
});
type Details = z.infer<typeof answerSchema>;
const NOTHING_KNOWN: Details = { peers: [], audit: null, interfaces: [] };

async function detailsOf(api: Api, id: string): Promise<Details> {
  const answer = await api.request('GET', `${PATH}/${encodeURIComponent(id)}`);
  const parsed = answerSchema.safeParse(answer);
  if (!parsed.success) throw new CliError(`${PATH}/ID does not answer like this version of tenantflow`);
  return parsed.data;
}

function auditFacts(
  audit: Details['audit'],
  { foreign, foreignMeters }: z.infer<typeof schema>,
): readonly Fact[] {
  if (audit === null || audit.at === null) return [['Audit', 'not yet']];
  const { deleted, added, changed } = audit.drift;
  const flows = foreign > 0 ? `, ${counted(foreign, 'flow')} of others` : '';
  const meters = foreignMeters > 0 ? `, ${counted(foreignMeters, 'meter')} of others` : '';
  const sum = `${deleted} deleted, ${added} added, ${changed} changed by others, and repaired`;
  const last = audit.last.map(({ kind, flow, found }) => `${kind}: ${flow}; found: ${found}`);
  return [
    ['Audit', `${timeOf(audit.at)}${flows}${meters}`],
    ['Drift', audit.driftAt === null ? 'none' : [`${sum}, last ${timeOf(audit.driftAt)}`, ...last]],
  ];
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}

function peerLine({ id, type, address, connected, sent, received }: z.infer<typeof peerSchema>): string {
  const packets = sent === null ? 'not told' : `${counted(sent, 'packet')} sent, ${received ?? 0} received`;
  return `${id} by ${type} at ${address}: ${packets}${connected ? '' : '; its switch is not connected'}`;
}

function idleLine({ interface: name, problem }: z.infer<typeof idleSchema>): string {
  return `interface ${name}: ${problem}`;
}

/** Neutron's filters don't reach here, so that they are applied here. */
async function listSwitches(api: Api, query: Query = []): Promise<readonly ApiObject[]> {
  const parsed = z.array(objectSchema).safeParse(await api.request('GET', PATH));
  if (!parsed.success) throw new CliError(`${PATH} does not answer like this version of tenantflow`);
  return parsed.data.filter((each) => query.every(([key, value]) => String(each[key]) === value));
}

import { expect, it } from 'vitest';
import { formatFacts } from '../commands/describe.ts';
import { Related } from './related.ts';
import { switchKind } from './switch.ts';

const ROW = {
  ...{
    id: 'hv1',
    hostname: 'host1',
    address: '192.0.2.1',
    firewall: 'learn',
    state: 'steady',
    problem: null,
  },
  ...{
    recovering: 0,
    recoveringPorts: 1,
    evicted: 0,
    flows: 7,
    refused: 0,
    drift: 0,
    foreign: 1,
    foreignMeters: 0,
  },
  ...{ ports: 2, portsUp: 1, ovsdb: true, connected: true },
};
const PEER = { id: 'hv2', type: 'vxlan', address: '192.0.2.2', connected: true, sent: 1, received: 0 };
const DETAILS = {
  ...{ peers: [PEER], interfaces: [{ interface: 'tap1', problem: 'no such device' }] },
  audit: { at: 0, drift: { deleted: 0, added: 0, changed: 0 }, driftAt: null, last: [] },
};

/** The cell of that column in `tenantflow status`. */
async function cellOf(head: string, row: object): Promise<string | undefined> {
  const [found] = await switchKind.list({ request: async () => [{ ...ROW, ...row }] }, []);
  return found && switchKind.row(found, false, new Related([]))[switchKind.heads(false).indexOf(head)];
}

it('tells of a switch that is not connected that another controller has it, or that it hangs', async () => {
  expect(await cellOf('OPENFLOW', { state: 'steady' })).toBe('steady');
  expect(await cellOf('OPENFLOW', { state: 'outranked', connected: false })).toBe('outranked');
  expect(await cellOf('OPENFLOW', { state: 'silent', connected: false })).toBe('silent');
  expect(await cellOf('OPENFLOW', { state: 'absent', connected: false })).toBe('down');
});

it('asks for a manager only where nothing else is known to be wrong', async () => {
  const ovsdbOf = async (row: object) =>
    (await switchKind.describe({ ...ROW, ovsdb: false, ...row }, { request: async () => DETAILS })).find(
      ([name]) => name === 'OVSDB',
    )?.[1];
  expect(await ovsdbOf({})).toBe('not connected: is `ovs-vsctl set-manager` done there?');
  expect(await ovsdbOf({ problem: 'external_ids:tenantflow-encap-ip is missing' })).toBe('not connected');
});

it('describes what is plugged in for no port, and counts in words', async () => {
  const facts = formatFacts(
    await switchKind.describe(
      { ...ROW, connected: false, state: 'outranked' },
      { request: async () => DETAILS },
    ),
    { width: undefined, hasColours: false },
  );
  expect(facts).toMatch(/^OpenFlow +not connected, outranked$/m);
  expect(facts).toMatch(/^Firewall +learn, 1 port recovering$/m);
  expect(facts).toMatch(/^Of no port +interface tap1: no such device$/m);
  expect(facts).toMatch(/^Audit +1970-01-01T00:00:00Z, 1 flow of others$/m);
  expect(facts).toMatch(/^Peers +hv2 by vxlan at 192\.0\.2\.2: 1 packet sent, 0 received$/m);
});

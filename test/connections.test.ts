import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Resource, waitFor } from '#lab';
import { Cloud, type Guest } from './cloud.ts';

/** What a switch remembers of a port's connections, in tenants' words. */
let cloud: Cloud;
let guest: Guest;
let other: Guest;

interface Answer {
  readonly remembered: number;
  readonly connections: readonly Readonly<Record<string, unknown>>[];
}

beforeAll(async () => {
  cloud = await Cloud.create(1);
  const network = await cloud.network('red');
  guest = await cloud.guest(network, cloud.hypervisor(1), 1);
  other = await cloud.guest(network, cloud.hypervisor(1), 2);
});
afterAll(() => cloud.stop());

function remembered({ port }: Guest): Promise<Answer> {
  return cloud.controller.rest.request('GET', `/v1/ports/${port.id}/connections`) as Promise<Answer>;
}

it('tells of a ping at the end that began it, and of the rule that lets it be', async () => {
  expect((await guest.vm.ping('10.0.0.2')).received).toBe(3);
  await waitFor(async () => (await remembered(guest)).connections.length > 0, {
    what: 'the ping to be told of',
  });
  const rules = await cloud.controller.rest.list<Resource & { direction: string; ethertype: string }>(
    'security_group_rule',
  );
  const anyOut = rules.find(({ direction, ethertype }) => direction === 'egress' && ethertype === 'IPv4');
  const { connections } = await remembered(guest);
  expect(connections).toEqual([
    expect.objectContaining({
      ...{ direction: 'egress', ethertype: 'IPv4', protocol: 'icmp', icmp_type: 8, icmp_code: 0 },
      ...{ address: '10.0.0.1', peer_address: '10.0.0.2', port: null },
      security_group_rule_id: anyOut?.id,
    }),
  ]);
  // The other is a member of the group that may send to it: its rules decide alone.
  expect((await remembered(other)).connections).toEqual([]);
});

it('forgets them with the port', async () => {
  await cloud.hypervisor(1).unplug(guest.vm);
  await waitFor(async () => (await cloud.hypervisor(1).dumpLearned()).length === 0, {
    what: 'all to be forgotten',
  });
});

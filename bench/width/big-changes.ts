import { now } from '../../lab/fleet/datapath.ts';
import type { WideCloud } from './cloud.ts';
import { lagOf, until } from './measures.ts';

/** A change of something that very many ports have in common. */
interface BigChange {
  readonly what: string;
  readonly make: (of: Subjects) => Promise<unknown>;
  /** Whether ports are ACTIVE after it. */
  readonly areUp: boolean;
}

/** What is changed: the largest network, and a group of most of its ports. */
interface Subjects {
  readonly cloud: WideCloud;
  readonly network: string;
  readonly group: string;
  readonly otherGroup: string;
}

const CHANGES: readonly BigChange[] = [
  {
    what: 'network renamed',
    make: ({ cloud, network }) => cloud.controller.rest.update('network', network, { name: 'renamed' }),
    areUp: true,
  },
  {
    what: 'network down',
    make: ({ cloud, network }) => cloud.controller.rest.update('network', network, { admin_state_up: false }),
    areUp: false,
  },
  {
    what: 'network up',
    make: ({ cloud, network }) => cloud.controller.rest.update('network', network, { admin_state_up: true }),
    areUp: true,
  },
  {
    what: 'rule added',
    make: ({ cloud, group }) => cloud.controller.rest.create('security_group_rule', ruleOf(group)),
    areUp: true,
  },
  {
    what: 'rule with another group added',
    make: ({ cloud, group, otherGroup }) =>
      cloud.controller.rest.create('security_group_rule', {
        ...ruleOf(group),
        remote_group_id: otherGroup,
      }),
    areUp: true,
  },
];

/** Changes a network of very many ports, and a group of most of them, one change after the other. */
export async function changeMuch(
  cloud: WideCloud,
  tell: (values: Readonly<Record<string, number>>) => void,
): Promise<void> {
  const { rest } = cloud.controller;
  const [network] = await rest.list('network');
  const groups = await rest.list('security_group');
  const group = groups.find(({ name }) => name === 'default')?.id ?? '';
  const otherGroup = groups.find(({ name }) => name !== 'default')?.id ?? '';
  await lagOf(cloud.controller);
  for (const { what, make, areUp } of CHANGES) {
    const since = now();
    await make({ cloud, network: network?.id ?? '', group, otherGroup });
    const answered = now();
    const { last, status } = await settled(cloud, since, areUp);
    tell({
      [`${what}: API answers (ms)`]: answered - since,
      [`${what}: all barriers (s)`]: (last - since) / 1_000,
      [`${what}: all ports ${areUp ? 'ACTIVE' : 'DOWN'} (s)`]: (status - since) / 1_000,
      [`${what}: event loop late, most (ms)`]: (await lagOf(cloud.controller)).max,
    });
  }
}

async function settled(
  cloud: WideCloud,
  since: number,
  areUp: boolean,
): Promise<{ readonly last: number; readonly status: number }> {
  const status = await until('the status of all ports', async () => {
    const asked = now();
    const isSo = (await cloud.switches()).every(({ ports, portsUp }) => portsUp === (areUp ? ports : 0));
    return isSo ? asked : undefined;
  });
  return { last: await cloud.calm(since), status };
}

function ruleOf(group: string): object {
  return {
    security_group_id: group,
    direction: 'ingress',
    ethertype: 'IPv4',
    protocol: 'tcp',
    port_range_min: 8_080,
    port_range_max: 8_080,
  };
}

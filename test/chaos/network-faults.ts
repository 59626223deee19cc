import { run } from '#lab';
import { type Arena, anyHypervisor, type Fault } from './arena.ts';

/** What befalls the network between the controller and hypervisors. */
export const NETWORK_FAULTS: Readonly<Record<string, Fault>> = {
  'switch cut off': async (arena) => {
    const { address } = anyHypervisor(arena);
    await filter([`ip saddr ${address} drop`, `ip daddr ${address} drop`], arena);
  },

  'connections reset': async (arena) => {
    const { address } = anyHypervisor(arena);
    const ports = 'tcp dport { 6640, 6653 }';
    await filter([`ip saddr ${address} ${ports} reject with tcp reset`], arena);
  },

  'packets lost': async (arena) => {
    const { address } = anyHypervisor(arena);
    const some = `numgen random mod 100 < ${10 + arena.random.below(60)} drop`;
    await filter([`ip saddr ${address} ${some}`, `ip daddr ${address} ${some}`], arena);
  },

  'controller behind a slow line': async ({ last, random }) => {
    const line = ['dev', 'controller0', 'root'];
    await run([
      'tc',
      'qdisc',
      'add',
      ...line,
      'tbf',
      ...['rate', '500kbit', 'burst', '4kb', 'latency', '1s'],
    ]);
    try {
      await last(100 + random.below(1_200));
    } finally {
      await run(['tc', 'qdisc', 'del', ...line]);
    }
  },
};

/** Has the controller's host filter packets for a while. */
async function filter(rules: readonly string[], { last, random }: Arena): Promise<void> {
  await run(['nft', '-f', '-'], {
    stdin: [
      'table inet chaos {',
      '  chain incoming { type filter hook input priority 0;',
      ...rules.filter((rule) => !rule.includes('daddr')),
      '  }',
      '  chain outgoing { type filter hook output priority 0;',
      ...rules.filter((rule) => rule.includes('daddr')),
      '  }',
      '}',
    ].join('\n'),
  });
  try {
    await last(100 + random.below(1_200));
  } finally {
    await run(['nft', 'delete', 'table', 'inet', 'chaos']);
  }
}

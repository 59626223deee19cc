import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Daemon, labFolder, run, waitFor } from '#lab';
import { Cloud, type Guest } from './cloud.ts';
import { dropCounts } from './drop-counts.ts';

/**
 * The datapath caches what it decided. What it refused a moment ago must not swallow the first answers to what the guest
 * begins now, which its firewall has just learned to let in.
 */
const HELPER = ['/usr/bin/python3', '-I', '-S', new URL('first-answers.py', import.meta.url).pathname];
const ANSWERER = { address: '10.0.0.2', port: 53 };
/** Ports of the guest that get uninvited datagrams from there all the time. */
const REFUSED = { first: 20_000, last: 20_049 };
/** Ports that the guest asks from: some that never got one, and some of those above. */
const FRESH = { first: 30_000, last: 30_199 };
const SAME = { first: 20_000, last: 20_029 };

interface Asked {
  /** Which question was answered first, from 1; 0 is none. On a slow machine others may have been asked before it came. */
  readonly answered: number;
  readonly milliseconds: number;
}

let cloud: Cloud;
let guest: Guest;
let answerer: Daemon;

beforeAll(async () => {
  cloud = await Cloud.create(1, {}, { args: ['--firewall-recovery', '0'] });
  const network = await cloud.network('red');
  guest = await cloud.guest(network, cloud.hypervisor(1), 1);
  const port = await cloud.createPort(network, 2, { port_security_enabled: false, security_groups: [] });
  const other = await cloud.createVm(2);
  await cloud.hypervisor(1).plug(other, port.id);
  await cloud.status(port, 'ACTIVE');
  await cloud.caughtUp();
  await run(['mkdir', '-p', labFolder('answerer')]);
  const log = `${labFolder('answerer')}/answerer.log`;
  const told = ['answer', ANSWERER.port, REFUSED.first, REFUSED.last, guest.vm.ip].map(String);
  answerer = new Daemon({
    name: 'who answers',
    argv: ['ip', 'netns', 'exec', other.name, ...HELPER, ...told],
    log,
  });
  answerer.start();
  await waitFor(() => readFileSync(log, 'utf8').includes('ready'), { what: 'somebody who answers' });
  await waitFor(
    async () =>
      ((await dropCounts(cloud.hypervisor(1), ['denied'])).denied ?? 0) > REFUSED.last - REFUSED.first,
    { what: 'uninvited datagrams to be refused' },
  );
});
afterAll(async () => {
  await answerer?.kill();
  await cloud.stop();
});

async function ask({ first, last }: typeof FRESH): Promise<readonly Asked[]> {
  const argv = [...HELPER, ...['ask', ANSWERER.address, ANSWERER.port, first, last].map(String)];
  const text = await guest.vm.exec(argv, { timeoutMs: 300_000 });
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Asked);
}

describe('while a guest is sent what it never asked for, all of which is refused', () => {
  it('no first answer to what it asks from other ports is lost', async () => {
    const asked = await ask(FRESH);
    expect(asked).toHaveLength(FRESH.last - FRESH.first + 1);
    expect(asked.filter(({ answered }) => answered !== 1)).toEqual([]);
  });

  it('answers arrive even if the very same packets were refused before', async () => {
    const asked = await ask(SAME);
    expect(asked).toHaveLength(SAME.last - SAME.first + 1);
    expect(asked.filter(({ answered }) => answered === 0)).toEqual([]);
    const times = asked.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
    const atOnce = asked.filter(({ answered }) => answered === 1).length;
    const [half, most] = [times[times.length >> 1], times.at(-1)];
    console.log(
      `first answer kept: ${atOnce} of ${asked.length}; answered after ${half} ms (half), ${most} ms (most)`,
    );
  });
});

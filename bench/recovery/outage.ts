import { type Hypervisor, ip, type Vm, waitFor } from '#lab';
import { macOf } from '../../test/cloud.ts';
import { ovnGroup } from '../firewall/ovn-group.ts';

/** A link of a hypervisor to its controller that its own switch has no part in. */
export const APART = { controller: '172.30.0.1', hypervisor: '172.30.0.2' } as const;
const PINGS_PER_SECOND = 1_000;

/**
 * Milliseconds in which two guests of one hypervisor don't reach each other when its `ovs-vswitchd` is killed and started at once,
 * one for each round: requests without an answer, by the time from one to the next.
 */
export async function outages(
  host: Hypervisor,
  [one, two]: readonly [Vm, Vm],
  rounds: number,
): Promise<readonly number[]> {
  const found = [];
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now();
    const pings = one.startPing(two.ip, { intervalMs: 1_000 / PINGS_PER_SECOND, waitMs: 500 });
    await waitFor(() => pings.received > 200, { what: 'pings to run' });
    await host.ovs.vswitchd.kill();
    await host.start();
    const back = pings.received;
    await waitFor(() => pings.received > back + 200, { what: 'pings to go on', timeoutMs: 60_000 });
    const seconds = performance.now() - begun;
    const { sent, lost } = await pings.stop();
    found.push((lost.length / sent) * seconds);
  }
  return found;
}

/** Adds the link of `APART` to a hypervisor. */
export async function linkApart(host: Hypervisor): Promise<void> {
  await ip([
    `link add apart0 type veth peer name apart netns ${host.name}`,
    `addr add ${APART.controller}/24 dev apart0`,
    'link set apart0 up',
  ]);
  await ip([`addr add ${APART.hypervisor}/24 dev apart`, 'link set apart up'], host.name);
}

/** The same for OVN 23.03, whose ovn-controller is on the hypervisor itself. */
export async function outagesOfOvn(rounds: number): Promise<readonly number[]> {
  const ovn = await ovnGroup();
  try {
    await ovn.nbctl('ls-add', 'talk');
    const guests = [];
    for (const number of [1, 2]) {
      const [name, address] = [`talker${number}`, `10.9.0.${number}`];
      await ovn.nbctl('lsp-add', 'talk', name);
      await ovn.nbctl('lsp-set-addresses', name, `${macOf(number)} ${address}`);
      const vm = await ovn.lab.vm(name, { mac: macOf(number), ips: [`${address}/24`] });
      await ovn.host.plug(vm, `${number}${name}`);
      await ovn.host.vsctl('set', 'interface', vm.place.device, `external_ids:iface-id=${name}`);
      guests.push(vm);
    }
    await ovn.nbctl('--wait=hv', 'sync');
    const [one, two] = guests;
    if (!one || !two) throw new Error('there are no guests');
    await waitFor(async () => (await one.ping(two.ip, { count: 1, waitMs: 500 })).received === 1, {
      what: 'a ping through OVN',
    });
    return await outages(ovn.host, [one, two], rounds);
  } finally {
    await ovn.stop();
  }
}

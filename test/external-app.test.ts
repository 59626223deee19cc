import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { CHECKOUT, ethernet, readEthernet, run, waitFor } from '#lab';
import { Cloud, type Guest, macOf } from './cloud.ts';

/** EtherTypes of the frames here: LLDP, and one that is for experiments and marks the end. */
const LLDP = 0x88cc;
const LAST = 0x88b5;
const BRIDGE_NEXT_DOOR = '01:80:c2:00:00:0e';
const ANY_MULTICAST = '01:80:c2:00:00:10';

let cloud: Cloud;
let sender: Guest;
let receiver: Guest;

beforeAll(async () => {
  // An app in TypeScript is for a controller that runs from its sources.
  vi.stubEnv('TENANTFLOW_COMPILED', '');
  cloud = await Cloud.create(1, {}, { args: ['--apps', './examples/link-local/app.ts'] });
  const network = await cloud.network('red');
  sender = await cloud.guest(network, cloud.hypervisor(1), 1);
  receiver = await cloud.guest(network, cloud.hypervisor(1), 2);
});
afterAll(() => cloud?.stop());

it('an app of somebody else decides about real packets, and the switch counts what it drops', async () => {
  const frame = (dst: string, type: number) => ethernet({ src: macOf(1), dst, type }, new Uint8Array(46));
  const capture = await receiver.vm.capture();
  for (const dst of [BRIDGE_NEXT_DOOR, BRIDGE_NEXT_DOOR, ANY_MULTICAST]) {
    await sender.vm.send(frame(dst, LLDP));
  }
  await sender.vm.send(frame(ANY_MULTICAST, LAST));
  const typeOf = (bytes: Uint8Array) => readEthernet(bytes)?.type;
  await capture.first((bytes) => typeOf(bytes) === LAST, 'the last frame');
  const arrived = (await capture.finish()).filter((bytes) => typeOf(bytes) === LLDP);
  expect(arrived.map((bytes) => readEthernet(bytes)?.dst)).toEqual([ANY_MULTICAST]);
  const drops = async () => {
    const answer = await cloud.controller.rest.request('GET', '/v1/switches/hv1/drops');
    return (answer as readonly { readonly name: string; readonly packets: number }[]).find(
      ({ name }) => name === 'bridge-next-door',
    );
  };
  await waitFor(async () => (await drops())?.packets === 2, { what: 'the drops to be counted' });
  const text = await run([`${CHECKOUT}/bin/tenantflow`, 'drops', 'hv1']);
  expect(text).toMatch(/^2 +bridge-next-door +link-local +A frame that no bridge forwards/m);
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Vm, waitFor } from '#lab';
import { Cloud, macOf } from './cloud.ts';
import { OpenstackClient, type Printed } from './openstack-client.ts';

/** Security groups by the stock client: each command opens or closes something for real packets. */
let cloud: Cloud;
let client: OpenstackClient;
let near: Vm;
const FAR = '10.0.0.2';
const HTTP = 80;

beforeAll(async () => {
  cloud = await Cloud.create(2);
  client = new OpenstackClient(cloud.controller.rest.url);
  const made = await client.run([
    'network create red',
    'subnet create red-v4 --network red --subnet-range 10.0.0.0/24',
    'security group create web',
    'security group create pings',
    'security group rule create pings --protocol icmp',
    portCommand('near', 1),
    portCommand('far', 2),
  ]);
  [near] = (await Promise.all(
    made.slice(-2).map(async (item, at) => {
      const port = { id: String((item as Printed).id), name: String((item as Printed).name) };
      const vm = await cloud.createVm(at + 1);
      await cloud.hypervisor(at + 1).plug(vm, port.id);
      await cloud.status(port, 'ACTIVE');
      return vm;
    }),
  )) as [Vm, Vm];
});
afterAll(() => cloud.stop());

function portCommand(name: string, number: number): string {
  const address = `--mac-address ${macOf(number)} --fixed-ip ip-address=10.0.0.${number}`;
  return `port create ${name} --network red ${address} --security-group web`;
}

/** Whether a TCP port of the far guest can be reached: nobody listens there, so that its kernel says so. */
async function reaches(port: number): Promise<boolean> {
  const program = `import socket; s = socket.socket(); s.settimeout(1); print(s.connect_ex(('${FAR}', ${port})))`;
  const error = Number(await near.exec(['python3', '-c', program]));
  return error === ECONNREFUSED;
}
const ECONNREFUSED = 111;

async function pings(): Promise<boolean> {
  return (await near.ping(FAR, { count: 1, waitMs: 1_000 })).received === 1;
}

async function opened(what: string, reached: () => Promise<boolean>): Promise<void> {
  await waitFor(reached, { what: `${what} to be reached` });
}

it('opens a TCP port by a rule, and only that', async () => {
  expect(await reaches(HTTP)).toBe(false);
  await client.run([
    `security group rule create web --protocol tcp --dst-port ${HTTP} --remote-ip 10.0.0.0/24`,
  ]);
  await opened('the port', () => reaches(HTTP));
  expect(await reaches(HTTP + 1)).toBe(false);
  expect(await pings()).toBe(false);
});

it('closes it with the rule', async () => {
  const [rules] = await client.run(['security group rule list web --protocol tcp']);
  const ids = (rules as readonly Printed[]).map((rule) => String(rule.ID));
  expect(ids).toHaveLength(1);
  await client.run([`security group rule delete ${ids[0]}`]);
  await cloud.caughtUp();
  expect(await reaches(HTTP)).toBe(false);
});

it('opens and closes by the groups of a port', async () => {
  await client.run(['port set far --security-group pings']);
  await opened('the guest', pings);
  expect(await reaches(HTTP)).toBe(false);
  await client.run(['port set far --no-security-group --security-group web']);
  await cloud.caughtUp();
  expect(await pings()).toBe(false);
});

it('opens everything without port security, and closes it again', async () => {
  await client.run(['port set far --no-security-group --disable-port-security']);
  await opened('the port', () => reaches(HTTP + 1));
  await client.run(['port set far --enable-port-security --security-group web']);
  await cloud.caughtUp();
  expect(await reaches(HTTP + 1)).toBe(false);
});

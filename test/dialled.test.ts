import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControllerProcess, type Hypervisor, Lab, type Resource, run, type Vm, waitFor } from '#lab';
import { tenantflow } from './fixtures/tenantflow.ts';
import { flowAges, touchedBetween } from './flow-ages.ts';

/** Hypervisors that the controller calls, by TCP and by TLS, beside one that calls the controller. */
const pki = mkdtempSync(`${tmpdir()}/pki-`);
let lab: Lab;
let controller: ControllerProcess;
let hv1: Hypervisor;
let hv2: Hypervisor;
let hv3: Hypervisor;
let network: Resource;
let vms: readonly Vm[];

beforeAll(async () => {
  await run(['ovs-pki', `--dir=${pki}/pki`, `--log=${pki}/log`, 'init']);
  for (const [name, kind] of Object.entries({ controller: 'controller', hv2: 'switch', hv9: 'controller' }))
    await run([
      'sh',
      '-c',
      `cd ${pki} && ovs-pki --dir=${pki}/pki --log=${pki}/log -u req+sign ${name} ${kind}`,
    ]);
  chmodSync(`${pki}/controller-privkey.pem`, 0o600);
  lab = await Lab.create();
  [hv1, hv2, hv3] = await Promise.all([lab.hypervisor('hv1'), lab.hypervisor('hv2'), lab.hypervisor('hv3')]);
  controller = lab.controller({
    args: [
      ...['--dial', `tcp:${hv1.address},ssl:${hv2.address}`, '--firewall-recovery', '2'],
      ...[
        '--switch-tls-cert',
        `${pki}/controller-cert.pem`,
        '--switch-tls-key',
        `${pki}/controller-privkey.pem`,
      ],
      ...['--switch-tls-ca', `${pki}/pki/switchca/cacert.pem`],
    ],
  });
  await controller.start();
}, 120_000);
afterAll(async () => {
  await lab.stop();
  rmSync(pki, { recursive: true });
});

function certify(hypervisor: Hypervisor, certificate: string): Promise<string> {
  const files = [`${certificate}-privkey.pem`, `${certificate}-cert.pem`, 'pki/controllerca/cacert.pem'];
  return hypervisor.vsctl('--no-wait', 'set-ssl', ...files.map((file) => `${pki}/${file}`));
}

function eventually(words: string | RegExp): Promise<unknown> {
  return waitFor(async () => new RegExp(words).test((await tenantflow(['status'])).stdout), {
    what: `status to say ${words}`,
  });
}

function steady(...names: readonly string[]): Promise<unknown> {
  return waitFor(
    async () => {
      const rows = (await controller.rest.request('GET', '/v1/switches')) as readonly {
        readonly id: string;
        readonly state: string;
        readonly ovsdb: boolean;
      }[];
      return names.every((name) =>
        rows.some(({ id, state, ovsdb }) => id === name && state === 'steady' && ovsdb),
      );
    },
    { what: `${names} to be steady`, everyMs: 5 },
  );
}

/** What the bridge calls and listens at, in one line. */
async function targets(hypervisor: Hypervisor): Promise<string> {
  return (await hypervisor.vsctl('get-controller', 'br-int')).trim().split('\n').join(' ');
}

async function guest(hypervisor: Hypervisor, number: number): Promise<Vm> {
  const mac = `02:00:00:00:00:0${number}`;
  const port = await controller.rest.create('port', {
    ...{ network_id: network.id, mac_address: mac, fixed_ips: [{ ip_address: `10.0.0.${number}` }] },
  });
  const vm = await lab.vm(`vm${number}`, { mac, ips: [`10.0.0.${number}/24`] });
  await hypervisor.plug(vm, port.id);
  await waitFor(async () => (await controller.rest.show('port', port.id)).status === 'ACTIVE', {
    what: `port ${number} to be ACTIVE`,
  });
  return vm;
}

async function pings(to: Vm | undefined): Promise<void> {
  await waitFor(
    async () => ((await vms[0]?.ping(to?.ip ?? '', { count: 1, waitMs: 500 }))?.received ?? 0) === 1,
    {
      what: 'a ping to arrive',
    },
  );
}

describe('hypervisors that the controller calls', () => {
  it('are shown while they do not answer, and why', async () => {
    await eventually(`tcp:${hv1.address}:6640 cannot be reached: connect ECONNREFUSED ${hv1.address}:6640`);
  });

  it('are attached by TCP once they listen, and their bridge is, too, where their database was reached', async () => {
    await hv1.attach({ manager: 'ptcp:6640' });
    await steady('hv1');
    expect(await targets(hv1)).toBe(`ptcp:6653:${hv1.address}`);
  });

  it('are refused with a certificate that is no hypervisor’s, and why is said', async () => {
    await certify(hv2, 'hv9');
    await hv2.attach({ manager: 'pssl:6640' });
    await eventually(`ssl:${hv2.address}:6640 cannot be reached: .*certificate`);
    expect(await hv2.vsctl('list-br')).not.toContain('br-int');
  });

  it('are attached by TLS with one that is', async () => {
    await hv2.vsctl('--no-wait', 'del-manager');
    await certify(hv2, 'hv2');
    await hv2.attach({ manager: 'pssl:6640' });
    await steady('hv2');
    expect(await targets(hv2)).toBe(`pssl:6653:${hv2.address}`);
  });

  it('are in one cloud with those that call it', async () => {
    await hv3.attach();
    await steady('hv1', 'hv2', 'hv3');
    await lab.warmUp();
    network = await controller.rest.create('network', { name: 'mixed' });
    await controller.rest.create('subnet', { network_id: network.id, ip_version: 4, cidr: '10.0.0.0/24' });
    vms = [await guest(hv1, 1), await guest(hv2, 2), await guest(hv3, 3)];
    for (const to of vms.slice(1)) await pings(to);
  });

  it('are told apart from others in what their switches tell: drift is seen at once', async () => {
    const before = await hv1.dumpFlows();
    await hv1.ofctl('del-flows', 'br-int', 'table=0');
    await waitFor(async () => (await hv1.dumpFlows()).join() === before.join(), {
      what: 'the flows to be back',
    });
  });
});

describe('the end and return', () => {
  it('of the controller loses no ping and rewrites no flow', async () => {
    const hypervisors = [hv1, hv2, hv3];
    const before = await Promise.all(hypervisors.map(flowAges));
    const running = vms[0]?.startPing(vms[1]?.ip ?? '', { intervalMs: 10 });
    await waitFor(() => (running?.received ?? 0) > 50, { what: 'pings to run' });
    await controller.kill();
    await controller.start();
    await steady('hv1', 'hv2', 'hv3');
    const atReturn = running?.received ?? 0;
    await waitFor(() => (running?.received ?? 0) > atReturn + 50, { what: 'pings after the return' });
    expect((await running?.stop())?.lost).toEqual([]);
    expect(touchedBetween(before, await Promise.all(hypervisors.map(flowAges)))).toEqual([[], [], []]);
  });

  it('of Open vSwitch, database and switch, gets all flows back', async () => {
    const before = await hv2.dumpFlows();
    await hv2.restart();
    await lab.warmUp();
    await waitFor(async () => (await hv2.dumpFlows()).join() === before.join(), {
      what: 'the flows to be back',
    });
    await steady('hv2');
    await pings(vms[1]);
  });

  it('of the database alone leaves the switch as it is, and the controller is back with it', async () => {
    const before = await flowAges(hv1);
    await hv1.ovs.database.stop();
    await eventually(`tcp:${hv1.address}:6640 cannot be reached`);
    await hv1.ovs.start();
    await steady('hv1');
    expect(touchedBetween([before], [await flowAges(hv1)])).toEqual([[]]);
  });
});

describe('a hypervisor that forwards', () => {
  it.each([
    ['calls from now on', 'tcp:172.31.0.254:6640', () => 'tcp:172.31.0.254:6653'],
    ['is called again', 'ptcp:6640', () => `ptcp:6653:${hv1.address}`],
  ])('%s, and keeps all its flows', async (_what, manager, bridge) => {
    const before = await flowAges(hv1);
    await hv1.vsctl('--no-wait', 'set-manager', manager);
    await waitFor(async () => (await targets(hv1)) === bridge(), {
      what: 'the bridge to follow',
    });
    await steady('hv1');
    expect(touchedBetween([before], [await flowAges(hv1)])).toEqual([[]]);
    await pings(vms[1]);
  });

  it('stays with the target that works while the other cannot listen', async () => {
    await hv1.vsctl('--no-wait', 'set-manager', 'tcp:172.31.0.254:6640');
    await waitFor(async () => (await targets(hv1)) === 'tcp:172.31.0.254:6653', {
      what: 'the bridge to call',
    });
    await steady('hv1');
    const before = await flowAges(hv1);
    // Its database listens there: the bridge cannot.
    await hv1.vsctl('--no-wait', 'set', 'Open_vSwitch', '.', 'external_ids:tenantflow-openflow-port=6640');
    await hv1.vsctl('--no-wait', 'set-manager', 'ptcp:6640');
    await waitFor(async () => (await targets(hv1)).includes('ptcp:6640'), {
      what: 'the bridge to try',
    });
    await hv1.configured();
    await steady('hv1');
    expect(await targets(hv1)).toContain('tcp:172.31.0.254:6653');
    await hv1.vsctl('--no-wait', 'set', 'Open_vSwitch', '.', 'external_ids:tenantflow-openflow-port=6654');
    await waitFor(async () => (await targets(hv1)) === `ptcp:6654:${hv1.address}`, {
      what: 'the bridge to listen elsewhere',
    });
    await steady('hv1');
    expect(touchedBetween([before], [await flowAges(hv1)])).toEqual([[]]);
  });
});

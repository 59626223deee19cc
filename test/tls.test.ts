import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControllerProcess, type Hypervisor, Lab, run, waitFor } from '#lab';
import { tenantflow } from './fixtures/tenantflow.ts';
import { flowAges } from './flow-ages.ts';

/** Hypervisors by TLS only, with certificates of `ovs-pki`, and only those that the operator has listed. */
const pki = mkdtempSync(`${tmpdir()}/pki-`);
const list = `${pki}/hypervisors.yaml`;
const crl = `${pki}/crl.pem`;
let lab: Lab;
let controller: ControllerProcess;
let hv1: Hypervisor;
let hv2: Hypervisor;
let hv3: Hypervisor;

beforeAll(async () => {
  await run(['ovs-pki', `--dir=${pki}/pki`, `--log=${pki}/log`, 'init']);
  await sign('controller', 'controller');
  for (const name of ['hv1', 'hv2', 'hv3']) await sign(name, 'switch');
  chmodSync(`${pki}/controller-privkey.pem`, 0o600);
  allow('hv1', 'hv2');
  await authority('-gencrl', '-out', crl);
  lab = await Lab.create();
  [hv1, hv2, hv3] = await Promise.all([lab.hypervisor('hv1'), lab.hypervisor('hv2'), lab.hypervisor('hv3')]);
  const files = [
    ['--switch-tls-cert', `${pki}/controller-cert.pem`, '--switch-tls-key', `${pki}/controller-privkey.pem`],
    ['--switch-tls-ca', `${pki}/pki/switchca/cacert.pem`, '--hypervisors', list],
    ['--switch-tls-crl', crl],
  ];
  controller = lab.controller({ args: ['--require-tls', ...files.flat()] });
  await controller.start();
}, 120_000);
afterAll(async () => {
  await lab.stop();
  rmSync(pki, { recursive: true });
});

function sign(name: string, kind: 'controller' | 'switch'): Promise<string> {
  return run([
    'sh',
    '-c',
    `cd ${pki} && ovs-pki --dir=${pki}/pki --log=${pki}/log -u req+sign ${name} ${kind}`,
  ]);
}

function authority(...args: readonly string[]): Promise<string> {
  return run(['sh', '-c', `cd ${pki}/pki/switchca && openssl ca -config ca.cnf ${args.join(' ')}`]);
}

/** Each under its own name's certificate. */
function allow(...names: readonly string[]): void {
  writeFileSync(list, names.map((name) => `- { system-id: ${name}, certificate: ${name} }\n`).join(''));
}

async function attachAs(hypervisor: Hypervisor, certificate: string): Promise<void> {
  const files = [`${certificate}-privkey.pem`, `${certificate}-cert.pem`, 'pki/controllerca/cacert.pem'];
  // A connection that there is keeps the certificate with which it began.
  await hypervisor.vsctl('--no-wait', 'del-manager');
  await hypervisor.vsctl('--no-wait', 'set-ssl', ...files.map((file) => `${pki}/${file}`));
  await hypervisor.attach({ transport: 'ssl' });
}

async function status(): Promise<string> {
  return (await tenantflow(['status'])).stdout;
}

function eventually(words: string | RegExp): Promise<unknown> {
  return waitFor(async () => new RegExp(words).test(await status()), { what: `status to say ${words}` });
}

describe('hypervisors by TLS', () => {
  it('are attached by set-ssl and set-manager, and their bridge is, too', async () => {
    await attachAs(hv1, 'hv1');
    await eventually(/hv1 .* up +steady/);
    expect(await hv1.vsctl('get-controller', 'br-int')).toMatch(/^ssl:172\.31\.0\.254:6653/);
  });

  it('are refused without it', async () => {
    await hv3.attach();
    await waitFor(() => controller.log().some(({ msg }) => msg === 'hypervisor turned away'), {
      what: 'the plain one to be turned away',
    });
    expect(await status()).not.toContain('hv3');
  });

  it('are shown and not programmed when they are not in the list', async () => {
    await attachAs(hv3, 'hv3');
    await eventually('system-id hv3 is not in the list of hypervisors');
    expect(await hv3.vsctl('list-br')).not.toContain('br-int');
  });

  it('cannot take the place of another that is away', async () => {
    await attachAs(hv2, 'hv3');
    await eventually('system-id hv2 has to come with the certificate of "hv2", and came as "hv3"');
    await attachAs(hv2, 'hv2');
    await eventually(/hv2 .* up +steady/);
  });

  it('are let in, or sent away, when the list is read again, and what is sent away goes on forwarding', async () => {
    const { ages: before } = await flowAges(hv2);
    allow('hv1', 'hv3');
    process.kill(controller.daemon.pid ?? Number.NaN, 'SIGHUP');
    await eventually(/hv3 .* up +steady/);
    await eventually('system-id hv2 is not in the list of hypervisors');
    await waitFor(async () => (await hv2.vsctl('get', 'controller', 'br-int', 'role')).trim() !== 'master', {
      what: 'hv2 to have no master',
    });
    expect([...(await flowAges(hv2)).ages.keys()].sort()).toEqual([...before.keys()].sort());
  });

  it('are refused with a certificate that is revoked, once the list is read again, and others stay', async () => {
    const { ages: before } = await flowAges(hv1);
    await authority('-revoke', `${pki}/hv3-cert.pem`);
    await authority('-gencrl', '-out', crl);
    const reads = () => controller.log().filter(({ msg }) => msg === 'read again').length;
    const readBefore = reads();
    process.kill(controller.daemon.pid ?? Number.NaN, 'SIGHUP');
    await waitFor(() => reads() > readBefore + 1, { what: 'both files to be read again' });
    await attachAs(hv3, 'hv3');
    const refused = { msg: 'hypervisor turned away', reason: 'its certificate is refused: CERT_REVOKED' };
    await waitFor(
      () => controller.log().some(({ msg, reason }) => msg === refused.msg && reason === refused.reason),
      {
        what: 'hv3 to be turned away',
      },
    );
    await eventually(/hv1 .* up +steady/);
    expect([...(await flowAges(hv1)).ages.keys()].sort()).toEqual([...before.keys()].sort());
  });
});

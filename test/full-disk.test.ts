import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ControllerProcess, labFolder, run, waitFor } from '#lab';

const API = 'http://127.0.0.1:9696';

let controller: ControllerProcess;
/** A disk of its own, in the sandbox's own mounts. */
const folder = () => `${labFolder('full-disk')}/data`;

beforeAll(async () => {
  await run(['mkdir', '-p', folder()]);
  await run(['mount', '-n', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder()]);
  controller = new ControllerProcess({ name: 'full-disk', args: ['--quotas', 'port:-1'] });
  await controller.start();
});
afterAll(async () => {
  await controller.kill();
  await run(['umount', '-n', folder()]);
});

const readiness = async () => {
  const answer = await fetch('http://127.0.0.1:9697/readyz');
  return { status: answer.status, body: await answer.json() };
};

async function createPort(
  networkId: string,
): Promise<{ status: number; body: Record<string, { id?: string }> }> {
  const port = { network_id: networkId, description: 'x'.repeat(200) };
  const answer = await fetch(`${API}/v2.0/ports`, { method: 'POST', body: JSON.stringify({ port }) });
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}

const portIds = async () => (await controller.rest.list('port')).map(({ id }) => id).sort();

describe('a full disk', () => {
  it('refuses writes, loses nothing, says so, and is over when there is space again', async () => {
    const network = await controller.rest.create('network', { name: 'red' });
    expect(await readiness()).toEqual({ status: 200, body: { status: 'ready' } });
    const acknowledged: string[] = [];
    const create = async () => {
      const { status, body } = await createPort(network.id);
      if (status === 201) acknowledged.push(String(body.port?.id));
      return { status, body };
    };
    let refused = await create();
    while (refused.status === 201) refused = await create();
    expect(refused).toMatchObject({ status: 507, body: { NeutronError: { type: 'StoreNotWritable' } } });
    expect(acknowledged.length).toBeGreaterThan(10);
    const failures = await Promise.all(Array.from({ length: 20 }, create));
    expect(failures.map(({ status }) => status)).toContain(507);
    expect(await readiness()).toEqual({ status: 503, body: { status: 'the disk takes no writes' } });
    expect(await portIds()).toEqual([...acknowledged].sort());

    await controller.kill();
    await run(['mount', '-n', '-o', 'remount,size=20m', folder()]);
    await controller.start();
    expect(await portIds()).toEqual([...acknowledged].sort());

    // And without a restart: readiness comes back by itself, before anybody writes.
    await run(['mount', '-n', '-o', 'remount,size=2m', folder()]);
    while ((await create()).status === 201);
    expect(await readiness()).toMatchObject({ status: 503 });
    await run(['mount', '-n', '-o', 'remount,size=20m', folder()]);
    await waitFor(async () => (await readiness()).status === 200, {
      what: 'the controller to be ready again',
    });
    expect((await create()).status).toBe(201);
    expect(await portIds()).toEqual([...acknowledged].sort());
  });
});

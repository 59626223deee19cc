import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestServer } from 'ovsdb-client-ts/testing';
import { describe, expect, it } from 'vitest';
import type { VifRecord } from '#controller/store/records';
import { eachWithInventory, hv, until } from './inventory-fixture.ts';

const fixture = eachWithInventory();
const PLUG = 'add-port br-int tap1 -- set interface tap1 external_ids:iface-id=p1 ofport=7'.split(' ');

describe('a VIF’s claim', () => {
  it('is another one when its interface was deleted and made again, though all else is as before', async () => {
    const { server, vif, until: changed } = await plugged();
    await server.vsctl('del-port', 'tap1', '--', ...PLUG);
    await changed(({ rows }) => rows?.interface !== vif.rows?.interface);
    const { rows, ...rest } = stored();
    expect(rest).toEqual({ id: 'hv1/p1', chassisId: 'hv1', portId: 'p1', name: 'tap1', ofport: 7, claim: 2 });
    expect(rows?.bridge).toBe(vif.rows?.bridge);
  });

  it('is kept when the database is restored from a backup, which makes all its rows anew', async () => {
    const { server, vif, until: changed } = await plugged();
    const file = join(server.directory, 'backup');
    await shell('exec ovsdb-client backup "$0" > "$1"', server.target, file);
    await shell('exec ovsdb-client restore "$0" < "$1"', server.target, file);
    await changed(({ rows }) => rows?.interface !== vif.rows?.interface);
    expect(stored()).toEqual({ ...vif, rows: stored().rows });
  });

  it('is kept when it was made by a version that kept no rows', async () => {
    const { server, vif, until: changed } = await plugged();
    const { rows, ...old } = vif;
    await fixture().store.transact((tx) => tx.put('vifs', vif.id, old));
    await server.vsctl('set', 'Open_vSwitch', '.', 'other_config:anything=1');
    await changed((each) => each.rows !== undefined);
    expect(stored()).toEqual({ ...old, rows });
  });
});

/** A hypervisor with one VIF of claim 1, and how to wait until that is changed. */
async function plugged() {
  const server: TestServer = await fixture().hypervisor(hv(1));
  await until(() => fixture().repaired('port tf-vxlan'));
  await server.vsctl(...PLUG);
  await until(() => fixture().store.get('vifs', 'hv1/p1') !== undefined);
  const vif = stored();
  expect(vif.claim).toBe(1);
  return { server, vif, until: (test: (vif: VifRecord) => boolean) => until(() => test(stored())) };
}

function stored(): VifRecord {
  const found = fixture().store.get('vifs', 'hv1/p1');
  if (!found) throw new Error('no VIF');
  return found;
}

/** Restoring needs a file as its input. */
async function shell(script: string, ...words: readonly string[]): Promise<void> {
  await promisify(execFile)('sh', ['-c', script, ...words]);
}

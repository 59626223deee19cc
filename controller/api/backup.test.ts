import { afterEach, describe, expect, it } from 'vitest';
import { readBackup } from '#controller/store/backup-reader';
import { sampleNetwork } from '#controller/store/sample-records';
import { type TestApi, testApi } from './api-fixture.ts';

describe('GET /v1/backup', () => {
  let api: TestApi;
  afterEach(() => api.app.close());

  async function listening(networks: number): Promise<string> {
    api = testApi();
    await api.store.transact((tx) => {
      for (let n = 0; n < networks; n++)
        tx.put('networks', `n${n}`, sampleNetwork(`n${n}`, { description: 'x'.repeat(250) }));
    });
    return `${await api.app.listen({ host: '127.0.0.1', port: 0 })}/v1/backup`;
  }

  it('streams what a restore takes', async () => {
    const url = await listening(3);
    const { headers, body } = await fetch(url);
    expect(headers.get('content-disposition')).toBe('attachment; filename="tenantflow-1.backup"');
    if (body === null) throw new Error('no body');
    expect(await readBackup(body, {})).toMatchObject({ count: 3, revision: 1, history: api.store.history });
  });

  it('serves one at a time, and the next when the reader of the first is gone', async () => {
    // More than what the sockets hold while nobody reads.
    const url = await listening(40_000);
    const reader = new AbortController();
    await fetch(url, { signal: reader.signal });
    const second = await fetch(url);
    expect(second.status).toBe(409);
    expect(await second.json()).toMatchObject({ NeutronError: { type: 'BackupInProgress' } });
    reader.abort();
    await expect.poll(async () => (await fetch(url)).status).toBe(200);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Resource } from '#lab';
import { Cloud } from './cloud.ts';

/** A program that follows changes hears of what the switches did, also over a restart of the controller. */
let cloud: Cloud;
let network: Resource;

beforeAll(async () => {
  cloud = await Cloud.create(1);
  network = await cloud.network('watched');
});
afterAll(() => cloud.stop());

/** Text of `GET /v1/events` from a position on, up to and with some words. */
async function eventsUntil(words: RegExp, lastId: string): Promise<string> {
  const response = await fetch(`${cloud.controller.rest.url}/v1/events`, {
    headers: { 'last-event-id': lastId },
  });
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (words.test(text)) return text;
  }
  throw new Error(`the stream ended before ${words}: ${text}`);
}

interface Poll {
  readonly epoch: string;
  readonly cursor: number;
  readonly statuses: readonly { readonly kind: string; readonly id: string; readonly status: string }[];
}

async function poll(query: string): Promise<Poll> {
  return (await cloud.controller.rest.request('GET', `/v1/status${query}`)) as Poll;
}

describe('a program', () => {
  it('is told by both ways when a port is ACTIVE, and goes on after a restart', async () => {
    const port = await cloud.createPort(network, 1);
    const before = await poll('');
    expect(before.statuses).toContainEqual({ kind: 'port', id: port.id, status: 'DOWN' });
    const since = `?since=${before.cursor}&epoch=${before.epoch}&wait=60`;
    const active = new RegExp(`"kind":"port","id":"${port.id}".*"status":"ACTIVE"`);
    const [polled, events] = [poll(since), eventsUntil(active, `${before.epoch}/${before.cursor}`)];
    await cloud.hypervisor(1).plug(await cloud.createVm(1), port.id);
    expect((await polled).statuses).toEqual([{ kind: 'port', id: port.id, status: 'ACTIVE' }]);
    const text = await events;
    expect(text).toMatch(/^event: ready\n/);
    await cloud.controller.restart();
    // The same again: the log outlives the process.
    expect(await eventsUntil(active, `${before.epoch}/${before.cursor}`)).toContain('"status":"ACTIVE"');
    await cloud.controller.rest.delete('port', port.id);
    const lastId = [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? '';
    const gone = new RegExp(`"id":"${port.id}","op":"delete"`);
    expect(await eventsUntil(gone, lastId)).not.toContain('event: reset');
  });
});

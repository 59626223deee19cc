import { afterEach, beforeEach, expect, it } from 'vitest';
import { type RawPeer, TestChannel, until } from '#controller/channel/channel-fixture';
import type { Connection } from '#controller/channel/connection';
import { Lobby, type LobbyLimits } from './lobby.ts';

/** With real connections: all of them claim the same switch and come from the same address. */
let channel: TestChannel;
beforeEach(async () => {
  channel = new TestChannel();
  await channel.listen();
});
afterEach(() => channel.stop());

const LIMITS: LobbyLimits = { places: { all: 10, each: 10 }, patienceMs: 60_000 };

async function guest(lobby: Lobby): Promise<{ peer: RawPeer; connection: Connection }> {
  const both = await channel.handshake();
  lobby.enter(both.connection);
  return both;
}

/** Lets the lobby know of connections that end, as the reconciler does. */
async function settle(lobby: Lobby, count: number): Promise<void> {
  await until(() => channel.closed.length === count);
  for (const { connection } of channel.closed) lobby.leave(connection);
}

it('keeps the newest of those that claim the same switch from the same address', async () => {
  const lobby = new Lobby(LIMITS);
  const older = await guest(lobby);
  const newer = await guest(lobby);
  expect(await channel.reasonOf(older.peer)).toBe('OFCH_REPLACED');
  await settle(lobby, 1);
  expect(lobby.claiming('0000020000000001')).toEqual([newer.connection]);
  expect(lobby.claiming('0000020000000002')).toEqual([]);
  lobby.leave(newer.connection);
  expect(lobby.claiming('0000020000000001')).toEqual([]);
});

it('waits for so long, and not for those that were taken out', async () => {
  const lobby = new Lobby({ ...LIMITS, patienceMs: 20 });
  const claimed = await guest(lobby);
  lobby.leave(claimed.connection);
  const unclaimed = await guest(lobby);
  expect(await channel.reasonOf(unclaimed.peer)).toBe('OFCH_UNCLAIMED');
  expect(claimed.connection.closed).toBe(false);
});

it('has so many places', async () => {
  const lobby = new Lobby({ ...LIMITS, places: { all: 2, each: 1 } });
  const [first, second] = [await channel.handshake(), await channel.handshake()];
  for (const [at, { connection }] of [first, second].entries()) {
    connection.datapathId = `${at}`;
    lobby.enter(connection);
  }
  expect(await channel.reasonOf(first.peer)).toBe('OFCH_LIMIT');
  expect(second.connection.closed).toBe(false);
});

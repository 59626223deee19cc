import { pino } from 'pino';
import { describe, expect, it, vi } from 'vitest';
import type { Connection } from '#controller/channel/connection';
import { Rank } from './rank.ts';
import type { Mastership } from './role.ts';

const MASTER: Mastership = { role: 'master', generation: 7n };

/** A switch that answers role requests as told, and holds each answer back until `during` has run. */
function switchThat(answer: (role: string) => bigint | 'stale', during = () => undefined as unknown) {
  const asked: string[] = [];
  const request = async ({ role }: { readonly role: string }) => {
    asked.push(role);
    await Promise.resolve();
    during();
    const generationId = answer(role);
    return generationId === 'stale'
      ? { type: 'error', name: 'OFPRRFC_STALE' }
      : { type: 'roleReply', role, generationId };
  };
  return { asked, connection: { request } as unknown as Connection };
}

function rankOf(onMaster?: (newer: bigint | undefined) => void): Rank {
  return new Rank({ mastership: MASTER, log: pino({ level: 'silent' }), ...(onMaster && { onMaster }) });
}

describe('Rank', () => {
  it('is what the switch grants', async () => {
    const rank = rankOf();
    const { connection, asked } = switchThat(() => 7n);
    await rank.take(connection, () => true);
    expect(rank.granted).toBe('master');
    expect(asked).toEqual(['master']);
  });

  it('is a slave’s while the switch knows a newer master, and tells of that', async () => {
    const onMaster = vi.fn();
    const rank = rankOf(onMaster);
    const { connection } = switchThat((role) => (role === 'master' ? 'stale' : 9n));
    await rank.take(connection, () => true);
    expect([rank.granted, rank.outrankedBy]).toEqual(['slave', 9n]);
    rank.detach();
    expect([rank.granted, rank.outrankedBy]).toEqual(['unknown', undefined]);
    expect(onMaster.mock.calls).toEqual([[9n], [undefined]]);
  });

  it('asks to be no more than a slave while the database names a newer master', async () => {
    const rank = rankOf();
    expect(rank.yieldTo(9n)).toBe(true);
    expect(rank.yieldTo(10n)).toBe(false);
    const { connection, asked } = switchThat(() => 7n);
    await rank.take(connection, () => true);
    expect(asked).toEqual(['slave']);
    expect([rank.granted, rank.outrankedBy]).toEqual(['slave', 10n]);
  });

  it.each<[string, (rank: Rank) => unknown]>([
    ['another generation is wanted', (rank) => rank.assume({ role: 'master', generation: 8n })],
    ['a newer master is named', (rank) => rank.yieldTo(9n)],
  ])('takes no answer to what it no longer wants: %s', async (_what, during) => {
    const rank = rankOf();
    const { connection } = switchThat(
      () => 7n,
      () => during(rank),
    );
    await rank.take(connection, () => true);
    expect(rank.granted).toBe('unknown');
  });

  it('takes no answer from a connection that is gone', async () => {
    const rank = rankOf();
    await rank.take(switchThat(() => 7n).connection, () => false);
    expect(rank.granted).toBe('unknown');
  });
});

import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FIREWALL_SETTINGS } from './model/firewall/firewall-fixture.ts';
import { Model } from './model/model.ts';
import { chassisRecord, networkRecord, portRecord } from './model/model-fixture.ts';
import { keeping, RecoveryWindows } from './recovery-windows.ts';
import { openMemoryStore } from './store/memory-store.ts';
import type { RecoveryRecord } from './store/records.ts';
import { sampleVif } from './store/sample-records.ts';

const RECORD: RecoveryRecord = {
  id: 'hv1',
  chassisId: 'hv1',
  portId: null,
  endsAt: '2026-01-01T00:00:00Z',
};
const PORT = portRecord('p1', 1, 'net-a', { securityGroupIds: [] });

describe('RecoveryWindows', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('opens for a switch that forgot, for a bounded time, and tells so by facts', () => {
    const { windows, told } = windowsOf(60_000);
    void windows.switchForgot('hv1');
    expect([told(), windows.secondsOf('hv1')]).toEqual([['firewall: true'], 60]);
    vi.advanceTimersByTime(59_999);
    expect([told(), windows.secondsOf('hv1')]).toEqual([[], 1]);
    vi.advanceTimersByTime(1);
    expect([told(), windows.secondsOf('hv1')]).toEqual([['firewall: undefined'], 0]);
  });

  it('stays open as long again when the switch forgets again', () => {
    const { windows, told } = windowsOf(60_000);
    void windows.switchForgot('hv1');
    vi.advanceTimersByTime(40_000);
    void windows.switchForgot('hv1');
    expect(told()).toEqual(['firewall: true']);
    vi.advanceTimersByTime(59_999);
    expect(told()).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(told()).toEqual(['firewall: undefined']);
  });

  it('opens for single ports, and ends each in its time', () => {
    const { windows, told } = windowsOf(60_000);
    windows.portCame('p1', 'hv1');
    vi.advanceTimersByTime(30_000);
    void windows.switchForgot('hv1');
    expect([told(), windows.portsOf('hv1')]).toEqual([['firewallPort: true', 'firewall: true'], 1]);
    vi.advanceTimersByTime(30_000);
    expect([told(), windows.portsOf('hv1'), windows.secondsOf('hv1')]).toEqual([
      ['firewallPort: undefined'],
      0,
      30,
    ]);
  });

  it('opens nothing where no port is filtered, with a time of 0, or after its end', () => {
    const bare = windowsOf(60_000, false);
    void bare.windows.switchForgot('hv1');
    const never = windowsOf(0);
    void never.windows.switchForgot('hv1');
    never.windows.portCame('p1', 'hv1');
    const stopped = windowsOf(60_000);
    void stopped.windows.switchForgot('hv1');
    stopped.told();
    stopped.windows.stop();
    vi.advanceTimersByTime(60_000);
    expect([bare.told(), never.told(), stopped.told()]).toEqual([[], [], []]);
  });

  it('goes on after a restart of the controller with what is left of each, and tells nobody', () => {
    const before = windowsOf(60_000);
    before.windows.portCame('p1', 'hv1');
    vi.advanceTimersByTime(20_000);
    void before.windows.switchForgot('hv1');
    before.windows.stop();
    vi.advanceTimersByTime(30_000);

    const { windows, told, kept } = windowsOf(60_000, true, before.kept);
    expect(told()).toEqual([]);
    expect([windows.secondsOf('hv1'), windows.portsOf('hv1')]).toEqual([31, 1]);
    vi.advanceTimersByTime(11_000);
    expect([told(), windows.portsOf('hv1')]).toEqual([['firewallPort: undefined'], 0]);
    vi.advanceTimersByTime(20_000);
    expect([told(), windows.secondsOf('hv1'), kept.size]).toEqual([['firewall: undefined'], 0, 0]);
  });

  it('ends with its time although the controller was away, and lasts no longer than a new one by any clock', () => {
    const before = windowsOf(60_000);
    before.windows.switchForgot('hv1');
    before.windows.portCame('p1', 'hv1');
    before.windows.stop();
    const late = new Map(before.kept);
    vi.setSystemTime(Date.now() - 3_600_000);
    const early = windowsOf(60_000, true, before.kept);
    expect([early.windows.secondsOf('hv1'), early.windows.portsOf('hv1')]).toEqual([60, 1]);
    early.windows.stop();
    vi.setSystemTime(Date.now() + 7_200_000);
    const { windows, kept } = windowsOf(60_000, true, late);
    expect([windows.secondsOf('hv1'), windows.portsOf('hv1'), kept.size]).toEqual([0, 0, 0]);
  });

  it('opens for ports that have come before this process was there, but goes on with what is open', () => {
    const before = windowsOf(60_000);
    before.windows.portCame('p1', 'hv1');
    before.windows.stop();
    vi.advanceTimersByTime(50_000);
    const { windows, told, kept } = windowsOf(60_000, true, before.kept);
    windows.portsHaveCome([{ portId: 'p1', chassisId: 'hv1' }]);
    expect([told(), kept.size]).toEqual([[], 1]);
    vi.advanceTimersByTime(11_000);
    expect(told()).toEqual(['firewallPort: undefined']);
    windows.portsHaveCome([{ portId: 'p1', chassisId: 'hv1' }]);
    expect([told(), kept.size]).toEqual([['firewallPort: true'], 1]);
  });

  it('says that a switch has forgotten when that is stored, or cannot be now', async () => {
    const store = openMemoryStore();
    const late: string[] = [];
    const keep = keeping(store, { write: (key) => late.push(key) });
    await keep('hv1', RECORD);
    expect([store.get('recoveries', 'hv1'), late]).toEqual([RECORD, []]);
    await keep('hv1', undefined);
    expect(store.get('recoveries', 'hv1')).toBeUndefined();
    const full = { transact: () => Promise.reject(new Error('no space')) };
    await keeping(full, { write: (key) => late.push(key) })('hv1', RECORD);
    expect(late).toEqual(['recovery hv1']);
  });

  it('knows nothing more of a hypervisor that is forgotten', () => {
    const { windows, kept } = windowsOf(60_000);
    void windows.switchForgot('hv1');
    windows.portCame('p1', 'hv1');
    windows.forget('hv1');
    expect([windows.secondsOf('hv1'), windows.portsOf('hv1'), vi.getTimerCount()]).toEqual([0, 0, 1]);
    expect(kept.size).toBe(0);
    vi.advanceTimersByTime(60_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});

/**
 * Windows over one hypervisor with one port, and what they have told since last asked: kinds of facts, and what they say.
 * `kept` is what is stored of them.
 */
function windowsOf(ms: number, isPlugged = true, kept = new Map<string, RecoveryRecord>()) {
  const model = new Model(FIREWALL_SETTINGS);
  const vif = sampleVif('hv1', PORT.id);
  model.apply([
    { collection: 'networks', id: 'net-a', after: networkRecord('net-a', 1) },
    { collection: 'chassis', id: 'hv1', after: chassisRecord('hv1', 1) },
    { collection: 'ports', id: PORT.id, after: PORT },
    ...(isPlugged ? [{ collection: 'vifs', id: vif.id, after: vif } as const] : []),
  ]);
  const heard: string[] = [];
  const onDue = () => {
    for (const fact of model.apply([]).get('hv1')?.come ?? [])
      heard.push(`${fact.kind}: ${'recovering' in fact ? fact.recovering : undefined}`);
  };
  const keep = async (id: string, record: RecoveryRecord | undefined) => {
    if (record) kept.set(id, record);
    else kept.delete(id);
  };
  const windows = new RecoveryWindows({ model, ms, onDue, keep, log: pino({ level: 'silent' }) });
  windows.resume([...kept.values()]);
  // Before anybody is told of facts.
  model.apply([]);
  return { windows, kept, told: () => heard.splice(0) };
}

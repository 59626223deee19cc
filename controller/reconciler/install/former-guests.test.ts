import { describe, expect, it } from 'vitest';
import { edgePipeline, type FirewallPort } from '#apps';
import type { Connection } from '#controller/channel/connection';
import { Flow, type FlowChange } from '#pipeline';
import { FormerGuests, formerGuestsBy } from './former-guests.ts';

const PIPELINE = edgePipeline();

describe('what is forgotten of former guests by changes of facts', () => {
  it('are zones of ports that come, get another zone, or are plugged anew', () => {
    expect(formerGuestsBy({ gone: [], come: [tracked(1, 2)] })).toEqual([{ zone: 2 }]);
    expect(formerGuestsBy({ gone: [tracked(1, 2)], come: [tracked(1, 3)] })).toEqual([{ zone: 3 }]);
    expect(formerGuestsBy({ gone: [tracked(1, 2)], come: [tracked(5, 2)] })).toEqual([{ zone: 2 }]);
    expect(formerGuestsBy({ gone: [tracked(1, 2)], come: [tracked(1, 2, 8)] })).toEqual([{ zone: 2 }]);
    expect(formerGuestsBy({ gone: [learning(1)], come: [tracked(1, 2)] })).toEqual([{ zone: 2 }]);
  });

  it('is what was learned for a port that is plugged anew', () => {
    expect(formerGuestsBy({ gone: [learning(1)], come: [learning(1, 8)] })).toEqual([{ port: 1 }]);
  });

  it('is nothing of ports that stay, whatever else changes, nor what goes with their flows', () => {
    expect(formerGuestsBy({ gone: [tracked(1, 2)], come: [{ ...tracked(1, 2), policy: 9 }] })).toEqual([]);
    expect(formerGuestsBy({ gone: [learning(1)], come: [{ ...learning(1), policy: 9 }] })).toEqual([]);
    expect(formerGuestsBy({ gone: [], come: [learning(1)] })).toEqual([]);
    expect(formerGuestsBy({ gone: [tracked(1, 2)], come: [learning(1)] })).toEqual([]);
    expect(formerGuestsBy({ gone: [tracked(1, 2)], come: [] })).toEqual([]);
  });
});

describe('what is forgotten of former guests by what a switch has', () => {
  it('are zones that other ports had, or the same ones by another interface', () => {
    expect(sentAfter([changed(tracked(1, 2), tracked(1, 2, 8))])).toEqual([{ zone: 2 }]);
    expect(sentAfter([changed(tracked(1, 2), tracked(1, 4))])).toEqual([{ zone: 4 }]);
    expect(sentAfter([changed(undefined, tracked(1, 2))])).toEqual([{ zone: 2 }]);
    expect(sentAfter([changed(learning(1), tracked(1, 2))])).toEqual([{ zone: 2 }]);
  });

  it('is what was learned for a port by another interface', () => {
    const cookie = 0x7500080000000005n;
    const cookieMask = 0xff00ff00ffffffffn;
    expect(sentAfter([changed(learning(5), learning(5, 8))])).toEqual([{ cookie, cookieMask }]);
  });

  it('is nothing of ports whose flow changes otherwise, goes, or was written by a version that noted nothing', () => {
    const { key, cookieHi, cookieLo } = flowOf(tracked(1, 2));
    const bare = new Flow(key, cookieHi, cookieLo, '');
    expect(
      sentAfter([
        changed(tracked(1, 2), { ...tracked(1, 2), policy: 9 }),
        changed(tracked(1, 2), undefined),
        changed(undefined, learning(1)),
        { before: bare, after: flowOf(tracked(1, 2, 8)) },
      ]),
    ).toEqual([]);
  });
});

/** What is sent to forget, once. */
function sentAfter(changes: readonly FlowChange[]): readonly object[] {
  const sent: object[] = [];
  const send: Connection['send'] = (message) => {
    if (message.type === 'ctFlushZone') return sent.push({ zone: message.zone });
    const { cookie, cookieMask } = message.type === 'flowMod' ? message : {};
    return sent.push({ cookie, cookieMask });
  };
  const guests = new FormerGuests();
  guests.compare(changes);
  for (let time = 0; time < 2; time++) guests.forget({ send });
  return sent;
}

function changed(before: FirewallPort | undefined, after: FirewallPort | undefined): FlowChange {
  return { before: before && flowOf(before), after: after && flowOf(after) };
}

/** The flow that leads to what is remembered for a port. */
function flowOf(port: FirewallPort): Flow {
  const [flow] = PIPELINE.compile(port);
  if (!flow) throw new Error('no flow');
  return flow;
}

function tracked(key: number, zone: number, plug = 1): FirewallPort {
  return { kind: 'firewallPort', key, policy: 1, memory: { backend: 'conntrack', zone }, plug };
}

function learning(key: number, plug = 1): FirewallPort {
  const timeouts = { tcp: 60, tcpClosing: 20, other: 30 };
  return { kind: 'firewallPort', key, policy: 1, memory: { backend: 'learn', timeouts }, plug };
}

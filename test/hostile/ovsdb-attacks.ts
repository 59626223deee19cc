import { setTimeout as sleep } from 'node:timers/promises';
import type { Attack } from './assault.ts';
import type { Random } from './random.ts';

const UPDATE = { method: 'update3', id: null };
const ROW = '11111111-1111-1111-1111-111111111111';
const BRIDGE = '22222222-2222-2222-2222-222222222222';

/** What is done to the OVSDB port, by name. */
export const OVSDB_ATTACKS: Readonly<Record<string, Attack>> = {
  async random(intruder, random) {
    await intruder.send(random.bytes(1 + random.below(4_096)));
  },
  async truncated(intruder, random) {
    const text = JSON.stringify({ id: 'echo', method: 'echo', params: ['x'.repeat(random.below(1_000))] });
    await intruder.send(text.slice(0, random.below(text.length)));
  },
  async flipped(intruder, random) {
    const text = JSON.stringify({ id: 1, result: [false, ROW, {}], error: null });
    for (let count = 0; count < 20; count++) await intruder.send(random.flipped(Buffer.from(text)));
  },
  async dribbling(intruder, random) {
    for (const byte of Buffer.from(`{"id":${random.below(99)},"method":"echo","params":["`)) {
      await intruder.send(Uint8Array.of(byte));
      await sleep(5);
    }
  },
  async deep(intruder, random) {
    await intruder.send('{"params":'.concat('['.repeat(random.below(100_000))));
  },
  async giantString(intruder) {
    await intruder.send('{"method":"');
    for (let count = 0; count < 300 && !intruder.ended; count++) await intruder.send('x'.repeat(65_536));
  },
  async manyValues(intruder) {
    await intruder.send('{"params":[0');
    for (let count = 0; count < 100 && !intruder.ended; count++) await intruder.send(',0'.repeat(32_768));
  },
  async garbage(intruder, random) {
    for (let count = 0; count < 50; count++) await intruder.send(JSON.stringify(garbage(random)));
  },
  async asking(intruder) {
    intruder.socket.pause();
    const echo = JSON.stringify({ id: 'x'.repeat(10_000), method: 'echo', params: ['y'.repeat(50_000)] });
    for (let count = 0; count < 50; count++) await intruder.send(echo);
  },
  async tiny(intruder) {
    const many = '{"id":1,"method":"echo","params":[]}'.repeat(1_000);
    for (let count = 0; count < 40; count++) await intruder.send(many);
  },
  async silent(intruder) {
    await intruder.leave(500);
  },
};

/**
 * A hypervisor that is accepted, with a bridge of the datapath id given, and then never rests: each update changes
 * its name, each repair is refused.
 */
export function restlessHypervisor(systemId: string, encapIp: string, datapathId: string): Attack {
  return async (intruder, random) => {
    let text = '';
    /** The monitor of the whole database: there is one once we are accepted. */
    let monitor: string | undefined;
    intruder.onData((chunk) => {
      text += chunk.toString();
      for (const request of text.matchAll(/"method":"(\w+)".*?"id":(\d+|"\w+")/g)) {
        const [, method = '', id = ''] = request;
        const whole = request[0].includes('"Bridge":');
        const answer =
          method === 'monitor_cond_since'
            ? dump(systemId, encapIp, whole ? datapathId : '')
            : refusal(method);
        if (!intruder.ended) intruder.socket.write(`{"id":${id},${answer}}`);
        if (method === 'monitor_cond_since' && whole) monitor = /monitor-\d+/.exec(request[0])?.[0];
        text = text.slice(text.indexOf(request[0]) + request[0].length);
      }
      if (text.length > 1_000_000) text = '';
    });
    while (monitor === undefined && !intruder.ended) await sleep(5);
    for (let count = 0; count < 300 && !intruder.ended; count++) {
      const ids = {
        'system-id': systemId,
        'tenantflow-encap-ip': encapIp,
        hostname: `h${random.below(1e6)}`,
      };
      const row = { external_ids: ['map', Object.entries({ ...ids, [`x${count}`]: 'x'.repeat(1_000) })] };
      const update = { Open_vSwitch: { [ROW]: { insert: { ...row, bridges: ['uuid', BRIDGE] } } } };
      await intruder.send(JSON.stringify({ ...UPDATE, params: [monitor ?? '', ROW, update] }));
      await sleep(5);
    }
  };
}

/** The answer to a monitor: with a bridge if there is a datapath id, and otherwise only what says who it is. */
function dump(systemId: string, encapIp: string, datapathId: string): string {
  const ids = ['map', Object.entries({ 'system-id': systemId, 'tenantflow-encap-ip': encapIp })];
  const bridge = { name: 'br-int', datapath_id: datapathId, datapath_type: 'netdev', fail_mode: 'secure' };
  const rows =
    datapathId === ''
      ? { Open_vSwitch: { [ROW]: { initial: { external_ids: ids } } } }
      : {
          Open_vSwitch: { [ROW]: { initial: { external_ids: ids, bridges: ['uuid', BRIDGE] } } },
          Bridge: { [BRIDGE]: { initial: bridge } },
        };
  return `"error":null,"result":${JSON.stringify([false, ROW, rows])}`;
}

function refusal(method: string): string {
  if (method === 'echo') return '"error":null,"result":[]';
  return '"error":null,"result":[{"error":"constraint violation","details":"no"}]';
}

function garbage(random: Random): object {
  const value = () =>
    random.pick<unknown>([null, -1, 1e308, 'x', [], {}, [[]], ['uuid', 'no'], ['map', [[1]]], ['set', [[]]]]);
  return random.pick<() => object>([
    () => ({
      id: value(),
      method: random.pick(['list_dbs', 'transact', 'steal', '__proto__']),
      params: [value()],
    }),
    () => ({ id: null, method: 'update2', params: [`monitor-${random.below(3)}`, value()] }),
    () => ({
      ...UPDATE,
      params: ['monitor-1', value(), { Open_vSwitch: { [ROW]: { insert: { external_ids: value() } } } }],
    }),
    () => ({
      ...UPDATE,
      params: ['monitor-1', ROW, { Bridge: { [BRIDGE]: { modify: { [`c${random.below(9)}`]: value() } } } }],
    }),
    () => ({ id: random.below(4), result: value(), error: value() }),
    () => ({ id: 1, result: [false, ROW, { constructor: { [ROW]: { initial: {} } } }], error: null }),
    () => ({ id: null, method: random.pick(['locked', 'stolen']), params: [value()] }),
  ])();
}

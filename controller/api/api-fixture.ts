import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { loadSettings } from '#controller/config/config';
import { networkSettings } from '#controller/config/network-settings';
import { openMemoryStore } from '#controller/store/memory-store';
import type { Store } from '#controller/store/store';
import { type ApiAccess, OPEN_ACCESS } from './access/guard.ts';
import type { Random } from './resource/resource.ts';
import { type ApiOptions, createApi } from './server.ts';
import type { NetworkSettings } from './settings.ts';

/** The settings that the golden recording was made with. */
export const GOLDEN_SETTINGS: NetworkSettings = networkSettings(
  loadSettings({
    file: fileURLToPath(new URL('../../test/neutron/golden.yaml', import.meta.url)),
    environment: {},
    flags: {},
  }),
);

export interface TestApi {
  readonly app: FastifyInstance;
  readonly store: Store;
  /** One request without a socket; `body` is sent as JSON, a string as it is. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  // biome-ignore lint/suspicious/noExplicitAny: a test states what it expects of a body.
  readonly body: any;
}

/** An API over a store in memory, whose every choice is the same on each run. */
export function testApi(
  settings = GOLDEN_SETTINGS,
  store = openMemoryStore(),
  access: ApiAccess = OPEN_ACCESS,
  others: Pick<ApiOptions, 'lifeOf' | 'isConnected' | 'preview'> = {},
): TestApi {
  const logger = pino({ level: 'silent' });
  const app = createApi({ ...others, store, settings, access, logger, random: repeatable(1) });
  return {
    app,
    store,
    async call(method, path, body, headers = {}) {
      const response = await app.inject({
        method: method as 'GET',
        url: path,
        headers: { host: 'controller:9696', ...headers },
        ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      return {
        status: response.statusCode,
        headers: response.headers,
        body: /json/.test(String(response.headers['content-type'])) ? response.json() : undefined,
      };
    },
  };
}

/** Numbers that look random and are the same for each seed (mulberry32). */
function repeatable(seed: number): Random {
  let state = seed;
  return (count) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return BigInt((mixed ^ (mixed >>> 14)) >>> 0) % count;
  };
}

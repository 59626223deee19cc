import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BackupObject, readBackup } from '#controller/store/backup-reader';
import { ControllerProcess, LabError, waitFor } from '#lab';
import { readCloud, stateOf } from './crash/cloud-state.ts';
import { breaches, keyBreaches, policyBreaches } from './crash/invariants.ts';
import { Ledger } from './crash/ledger.ts';
import { type Arena, type Operation, OperationSource } from './crash/operations.ts';
import { Random } from './hostile/random.ts';

/** `kill -9` while clients work. TENANTFLOW_CRASH_SEED repeats a failure, as far as the machine's own timing does. */
const SEED = Number(process.env.TENANTFLOW_CRASH_SEED ?? randomInt(2 ** 32));
const ROUNDS = Number(process.env.TENANTFLOW_CRASH_ROUNDS ?? 20);
const CLIENTS = 6;
/** Requests that succeed in a round before the kill, and then milliseconds, at most. */
const [MOST_ANSWERS, LONGEST_DELAY] = [80, 20];

const API = 'http://127.0.0.1:9696';
const NO_QUOTAS = 'network:-1,subnet:-1,port:-1,security_group:-1,security_group_rule:-1,trunk:-1';

let controller: ControllerProcess;
let arena: Arena;
const ledger = new Ledger();
const random = new Random(SEED);
/** How often which kind of request succeeded. */
const successes = new Map<string, number>();

beforeAll(async () => {
  controller = new ControllerProcess({ name: 'crash', args: ['--quotas', NO_QUOTAS] });
  await controller.start();
  const { rest } = controller;
  const network = await rest.create('network', { name: 'arena' });
  await rest.create('subnet', {
    name: 'arena',
    network_id: network.id,
    ip_version: 4,
    cidr: '10.255.0.0/24',
  });
  const parent = await rest.create('port', { name: 'arena', network_id: network.id });
  const trunk = await rest.create('trunk', { name: 'arena', port_id: parent.id });
  arena = { networkId: network.id, trunkId: trunk.id };
  ledger.acknowledge([...stateOf(await readCloud(rest))].map(([key, fields]) => ({ key, fields })));
});
afterAll(() => controller.kill());

/** One client, until the controller is gone. */
async function work(source: OperationSource): Promise<void> {
  for (;;) {
    const operation = source.next();
    let answer: Response;
    let text: string;
    try {
      answer = await fetch(`${API}${operation.path}`, {
        method: operation.method,
        ...(operation.body === undefined ? {} : { body: JSON.stringify(operation.body) }),
      });
      text = await answer.text();
    } catch {
      ledger.doubt(operation);
      return;
    }
    if (answer.ok) {
      ledger.acknowledge(operation.effects(text === '' ? undefined : JSON.parse(text)));
      const kind = kindOf(operation);
      successes.set(kind, (successes.get(kind) ?? 0) + 1);
    } else if (answer.status >= 500) {
      throw new LabError('LAB_REST', `${operation.what}: ${answer.status} ${text}`);
    }
  }
}

/** `POST ports`, `PUT trunks add_subports`. */
function kindOf({ method, path }: Operation): string {
  const [, , collection, , action = ''] = path.split('/');
  return `${method} ${collection} ${action}`.trim();
}

describe(`a controller killed ${ROUNDS} times (seed ${SEED})`, () => {
  it('keeps all that was acknowledged, nothing halved, and no rule broken', {
    timeout: 300_000,
  }, async () => {
    const clients = Array.from(
      { length: CLIENTS },
      (_, at) => new OperationSource(`c${at}`, new Random(random.below(2 ** 32)), ledger.known, arena),
    );
    let doubts = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const working = Promise.all(clients.map(work));
      const enough = ledger.acknowledged + random.below(MOST_ANSWERS);
      await Promise.race([
        working,
        waitFor(() => ledger.acknowledged >= enough, { what: `${enough} answers`, everyMs: 1 }),
      ]);
      await sleep(random.below(LONGEST_DELAY));
      await controller.kill();
      await working;
      doubts += ledger.doubts;
      await controller.start();
      const views = await readCloud(controller.rest);
      expect(ledger.settle(stateOf(views)), `round ${round}`).toEqual([]);
      expect(breaches(views), `round ${round}`).toEqual([]);
    }
    // A test in which nothing happens would prove nothing.
    expect(Object.fromEntries(successes)).toEqual(
      Object.fromEntries(EVERY_KIND.map((kind) => [kind, expect.any(Number)])),
    );
    expect(doubts).toBeGreaterThan(ROUNDS);
    const { body } = await fetch(`${API}/v1/backup`);
    const objects: BackupObject[] = [];
    if (body !== null) await readBackup(body, { objects: (batch) => void objects.push(...batch) });
    expect(objects.length).toBeGreaterThan(0);
    expect(keyBreaches(objects)).toEqual([]);
    expect(policyBreaches(objects)).toEqual([]);
  });
});

const EVERY_KIND = [
  ...['networks', 'subnets', 'ports', 'security-groups', 'trunks'].flatMap((kind) => [
    `POST ${kind}`,
    `DELETE ${kind}`,
  ]),
  ...['POST security-group-rules', 'PUT ports', 'PUT trunks add_subports', 'PUT trunks remove_subports'],
];

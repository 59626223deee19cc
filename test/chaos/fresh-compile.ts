import { edgePipeline } from '#apps';
import { loadSettings } from '#controller/config/config';
import { Model } from '#controller/model/model';
import { Desired } from '#controller/reconciler/desired/desired';
import { readMeters } from '#controller/reconciler/install/meters';
import { InstalledFlow, readBack } from '#controller/reconciler/reading/read-back';
import { readBackup } from '#controller/store/backup-reader';
import { openMemoryStore } from '#controller/store/memory-store';
import type { CollectionName, Collections, Store } from '#controller/store/store';
import type { ControllerProcess } from '#lab';
import { INTEGRATION_BRIDGE } from '#lab';
import { type Flow, FlowSet, type Meter, type MeterRate } from '#pipeline';
import { onBridge } from './on-bridge.ts';

const pipeline = edgePipeline();
const DEFAULTS = loadSettings({ environment: {}, flags: {} });
const FIREWALL = { limit: DEFAULTS['firewall-limit'], timeouts: DEFAULTS['firewall-timeouts'] };

/** What a controller has stored, in a store of our own. */
export async function storeOf(controller: ControllerProcess): Promise<Store> {
  const answer = await fetch(`${controller.rest.url}/v1/backup`);
  if (!answer.ok || answer.body === null) throw new Error(`backup: ${answer.status}`);
  const store = openMemoryStore();
  await readBackup(answer.body, {
    objects: async (batch) => {
      await store.transact((tx) => {
        for (const [collection, id, value] of batch)
          tx.put(collection as CollectionName, id, value as Collections[CollectionName]);
      });
    },
  });
  return store;
}

/** Limits that every port has. */
export const BROADCASTS: MeterRate = { rate: 1_000, burst: 2_000 };

/**
 * The flows and meters that what is stored asks for on a switch, from nothing: a line for each, flows in hex, sorted. `limit` is
 * what the controller was started with.
 */
export function freshlyCompiled(
  store: Store,
  chassisId: string,
  { limit }: { readonly limit?: MeterRate } = { limit: BROADCASTS },
): readonly string[] {
  const desired = new Desired(pipeline, Model.of(store, FIREWALL, limit).facts(chassisId));
  return [...linesOf(desired.flows.values()), ...meterLines(desired.meters)];
}

/**
 * The flows of our cookies and the meters of ours that a bridge has, in the same form, as a connection of its own to the switch
 * reads them. `folder` is where the Open vSwitch has its sockets.
 */
export async function installed(
  { folder }: { readonly folder: string },
  bridge = INTEGRATION_BRIDGE,
): Promise<readonly string[]> {
  return onBridge(
    { folder },
    async (connection) => {
      // Nothing is desired here, so all are told as they are.
      const flows = await readBack(connection, new FlowSet());
      return [...linesOf(flows.values()), ...meterLines((await readMeters(connection)).ours)];
    },
    bridge,
  );
}

function meterLines(meters: ReadonlyMap<number, Meter> = new Map()): readonly string[] {
  return Array.from(meters.values(), ({ number, rate, burst }) => `meter ${number} ${rate}/${burst}`).sort();
}

function linesOf(flows: Iterable<Flow>): readonly string[] {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  return Array.from(
    flows,
    (flow) =>
      `${flow.tableId} ${flow.priority} ${flow.cookieHi.toString(16)}:${flow.cookieLo} ${hex(flow.match)} ${hex(flow.instructions)}${flow instanceof InstalledFlow && flow.expires ? ' with a timeout' : ''}`,
  ).sort();
}

import { Server as TlsServer } from 'node:tls';
import type { Logger } from 'pino';
import { createApi } from './api/server.ts';
import { Turn } from './base/turn.ts';
import type { ConnectionEvents } from './channel/connection.ts';
import { ChannelServer } from './channel/server.ts';
import { ConfiguredAccess } from './config/api-access.ts';
import { ConfigError } from './config/config.ts';
import { networkSettings } from './config/network-settings.ts';
import type { SettingName, Settings } from './config/settings.ts';
import { SwitchAccess } from './config/switch-access.ts';
import { connectionsOf } from './connections/port-connections.ts';
import { DenyLog } from './denied/deny-log.ts';
import { shownDenial } from './denied/shown-denial.ts';
import { Dialler } from './dialling/dialler.ts';
import { loadPipeline } from './external-apps.ts';
import { beginGeneration, outrankedBy } from './generation.ts';
import { Inventory } from './inventory/inventory.ts';
import { learnedTables } from './learned-tables.ts';
import { auditedSwitches } from './metrics/audited-switches.ts';
import { denyLogMetrics } from './metrics/deny-log-metrics.ts';
import { firewallMetrics } from './metrics/firewall-metrics.ts';
import { makeRegistry } from './metrics/gauges.ts';
import { flowsByName, processMetrics } from './metrics/process-metrics.ts';
import { createMetricsServer } from './metrics/server.ts';
import { Model } from './model/model.ts';
import { previewBy } from './plans/preview.ts';
import { Auditor } from './reconciler/audit/auditor.ts';
import { Derivation } from './reconciler/desired/derivation.ts';
import { reconcileMetrics } from './reconciler/metrics.ts';
import { Reconciler } from './reconciler/reconciler.ts';
import { keeping, RecoveryWindows } from './recovery-windows.ts';
import { Heartbeats } from './status/heartbeats.ts';
import { idleInterfaces } from './status/idle-interfaces.ts';
import { peerStatuses } from './status/peer-status.ts';
import { placementOf, tenantPlacementOf } from './status/placement.ts';
import { PortStatusKeeper } from './status/port-status.ts';
import { StatusWriter } from './status/status-writer.ts';
import { switchStatuses } from './status/switches.ts';
import { TrunkStatusKeeper } from './status/trunk-status.ts';
import { gathered } from './store/gathered.ts';
import { openStore } from './store/lmdb/lmdb-store.ts';
import type { Change } from './store/store.ts';
import { takeStock } from './take-stock.ts';
import { VERSION } from './version.ts';

/** A controller that serves. */
export interface RunningController {
  /** Where each server listens, with the ports that were chosen. */
  readonly addresses: Readonly<Record<'openflow' | 'ovsdb' | 'api' | 'metrics', string>>;
  /** Reads the files of tokens and certificates again; those that cannot be used are logged, and the old ones stay. */
  reload(): void;
  /** Ends in order: no new requests, no new switches, then the store. Switches go on forwarding. */
  stop(): Promise<void>;
}

/**
 * Opens the store, puts the parts together and starts to serve. Rejects with ConfigError when an
 * address cannot be listened on; then nothing is left running.
 */
export async function startController(settings: Settings, log: Logger): Promise<RunningController> {
  const closers: (() => Promise<unknown> | unknown)[] = [];
  const stop = async () => {
    const failures: unknown[] = [];
    // One part that cannot be closed must not keep the others, and above all the store, open.
    for (const close of closers.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'not all parts could be closed');
  };
  try {
    return { ...(await start(settings, log, closers)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  settings: Settings,
  log: Logger,
  closers: (() => Promise<unknown> | unknown)[],
): Promise<Omit<RunningController, 'stop'>> {
  const access = new ConfiguredAccess(settings);
  const switchAccess = new SwitchAccess(settings);
  const tls = { identity: switchAccess.identity, requireTls: settings['require-tls'] };
  const pipeline = await loadPipeline(settings.apps, log);
  // Before this the settings may be refused, and then nothing has begun.
  log.info({ version: VERSION, pid: process.pid, node: process.version }, 'starting');
  const store = await openStore(settings['data-dir']);
  closers.push(() => store.close());
  const firewall = { limit: settings['firewall-limit'], timeouts: settings['firewall-timeouts'] };
  const model = new Model(firewall, settings['broadcast-limit']);
  const { revision } = store;
  await takeStock(model, store);
  const generation = await beginGeneration(store, log, Date.now());
  const writer = new StatusWriter(store, log);
  const windows = new RecoveryWindows({
    model,
    keep: keeping(store, writer),
    ms: settings['firewall-recovery'] * 1000,
    onDue: () => derivation.begin(),
    log,
  });
  closers.push(() => windows.stop());
  windows.resume(store.list('recoveries'));
  const switches = () => switchStatuses(store, model, reconciler, windows, inventory);
  const onOutranked = (newer: bigint) => void outrankedBy(store, log, newer, Date.now());
  const registry = makeRegistry(switches);
  const reconcileCounts = reconcileMetrics(registry);
  const reconciler: Reconciler = new Reconciler({
    pipeline,
    model,
    upTo: (id) => derivation.upTo(id),
    log,
    metrics: reconcileCounts,
    generation,
    onMaster: (id, newer) => {
      if (newer !== undefined) onOutranked(newer);
      inventory.masterChanged(id);
    },
    outrankedBy: (id) => inventory.outrankedBy(id),
    foreignFlows: settings['foreign-flows'],
    originOf: (id) => inventory.originOf(id),
    answers: (id) => inventory.answers(id),
    onEmpty: (id) => windows.switchForgot(id),
    onProgress: (id) => {
      heartbeats.look(id);
      portStatus.progress(id);
      trunkStatus.progress(id);
    },
  });
  const counted = processMetrics(registry, {
    openflow: () => ({ handshakes: channel.handshakeCount, all: channel.connections.size }),
    ovsdb: () => {
      const sessions = inventory.sessions();
      return {
        accepted: sessions.filter(({ problem }) => problem === undefined).length,
        all: sessions.length,
      };
    },
    flows: () => flowsByName(pipeline, reconciler.flowCounts),
    due: () => model.due,
    revision: () => store.revision,
  });
  const audited = auditedSwitches(store, model, reconciler);
  firewallMetrics(registry, {
    ...audited,
    dropped: reconcileCounts.dropped,
    limit: settings['firewall-limit'],
  });
  const denyLog = new DenyLog({
    ...{ reconciler, pipeline },
    ...(settings['deny-log'] > 0 && {
      log: {
        rate: settings['deny-log'],
        hear: (denial, id) => log.info(shownDenial(denial, id, store, audited.portAt), 'packet denied'),
      },
    }),
  });
  denyLogMetrics(registry, { denyLog, held: () => reconcileCounts.dropped.unshown });
  const status = {
    store,
    model,
    switchOf: (id: string) => reconciler.switchOf(id),
    writer,
  };
  const portStatus = new PortStatusKeeper(status);
  const trunkStatus = new TrunkStatusKeeper(status);
  const heartbeats = new Heartbeats(
    (id) => inventory.connected(id) && reconciler.switchOf(id)?.isReachable === true,
  );
  const taken = (changes: readonly Change[], upTo: number) => {
    for (const { portId, chassisId } of model.takeArrivals()) windows.portCame(portId, chassisId);
    for (const change of changes) {
      if (change.collection !== 'chassis') continue;
      reconciler.chassisChanged(change.id, change.after);
      denyLog.chassisChanged(change.id);
      if (change.after !== undefined) continue;
      heartbeats.forget(change.id);
      windows.forget(change.id);
    }
    portStatus.changed(changes, upTo);
    trunkStatus.changed(changes);
  };
  const derivation: Derivation = new Derivation({
    model,
    revision,
    onTaken: taken,
    onFacts: (id, delta) => reconciler.factsChanged(id, delta),
    onDone: (seconds) => counted.compileSeconds.observe(seconds),
  });
  const events: ConnectionEvents = {
    opened: (connection) => inventory.called(connection.origin),
    ready: (connection) => {
      reconciler.connected(connection);
      inventory.ready(connection.origin);
    },
    message: (connection, message) => {
      if (denyLog.take(connection, message)) return;
      connection.log.debug({ type: message.type, xid: message.xid }, 'openflow message');
    },
    barrier: (seconds) => counted.barrierSeconds.observe(seconds),
    unasked: (_connection, count) => counted.unasked.inc(count),
    pulse: (connection) => void reconciler.pulse(connection),
    closed: (connection, reason) => {
      counted.closed.inc({ code: reason.code });
      reconciler.disconnected(connection, reason);
    },
  };
  const channel = new ChannelServer(log, events, tls);
  const openflow = await listening('openflow', log, () => channel.listen(settings.openflow));
  closers.push(() => channel.close());
  const dialler = new Dialler({ log, identity: switchAccess.identity });
  const inventory = new Inventory({
    store,
    log,
    ...tls,
    admit: switchAccess.admit,
    generation,
    onOutranked,
    masterOf: (id) => reconciler.switchOf(id)?.rank.told,
    hasSwitch: (id) => reconciler.switchOf(id)?.connection !== undefined,
    switchPeer: (id) => reconciler.switchOf(id)?.connection?.peer,
    dialler,
    welcomeSwitch: (guest) => channel.welcome(guest),
    openflowPort: portOf(openflow),
    closed: (code) => counted.sessionsClosed.inc({ code }),
    flowTables: learnedTables(pipeline, settings['firewall-limit']),
    onChange: (id) => {
      reconciler.join(id);
      heartbeats.look(id);
    },
  });

  // Of windows that are open still.
  derivation.begin();
  const turn = new Turn();
  for (const chassis of store.list('chassis')) {
    reconciler.chassisChanged(chassis.id, chassis);
    denyLog.chassisChanged(chassis.id);
    if (turn.isOver) await turn.end();
  }
  closers.push(() => writer.stop());
  windows.portsHaveCome(model.takeArrivals());
  portStatus.start();
  closers.push(() => portStatus.stop());
  trunkStatus.start();
  closers.push(
    store.watch(
      revision,
      gathered((commit) => derivation.add(commit)),
    ),
  );

  const auditor = new Auditor({
    intervalMs: settings['audit-interval'] * 1_000,
    switches: () => reconciler.switches,
  });
  auditor.start();
  closers.push(() => auditor.stop());

  const ovsdb = await listening('ovsdb', log, () => inventory.listen(settings.ovsdb));
  closers.push(() => inventory.close());
  inventory.dial(settings.dial);
  closers.push(() => dialler.close());
  const api = createApi({
    store,
    logger: log,
    switches,
    drops: (id) => reconciler.dropsOf(id),
    peersOf: (id) => peerStatuses(store, model, reconciler, id),
    idleInterfacesOf: (id) => idleInterfaces(store, inventory.unusableInterfaces(id), id),
    auditOf: (id) => reconciler.switchOf(id)?.audits.report,
    isConnected: (id) => inventory.connected(id),
    placements: {
      forAdmin: (port) => placementOf(port, status),
      forTenant: (port) => tenantPlacementOf(port, status),
    },
    connectionsOf: (port, most) =>
      connectionsOf(port, most, {
        store,
        homeOf: (id) => model.homeOf(id),
        evictedOf: (id, key) => reconciler.switchOf(id)?.evictions.ports.get(key) ?? 0,
        learnedOf: (...asked) => reconciler.learnedOf(...asked),
      }),
    denied: { denyLog, homeOf: (id) => model.homeOf(id), portAt: audited.portAt },
    lifeOf: (id) => {
      const found = reconciler.switchOf(id);
      const isSynced = found?.state === 'steady' && found.refusedCount === 0;
      return { heartbeat: heartbeats.of(id), isSynced };
    },
    preview: previewBy(model, pipeline, { takenIn: () => derivation.takenIn(store.revision) }),
    answered: (method, code, seconds) =>
      counted.requestSeconds.observe({ method, status: `${Math.floor(code / 100)}xx` }, seconds),
    settings: networkSettings(settings),
    access,
    ...(access.tls === undefined ? {} : { tls: access.tls }),
  });
  closers.push(() => api.close());
  const apiAddress = await listening('api', log, async () => hostAndPort(await api.listen(settings.api)));
  if (access.isOpenToAll)
    log.warn({ address: apiAddress }, 'whoever reaches the API can do everything: --insecure');
  let ready = false;
  const metrics = createMetricsServer(registry, async () => {
    if (!ready) return 'starting';
    return (await store.isWritable()) ? undefined : 'the disk takes no writes';
  });
  closers.push(() => metrics.close());
  const metricsAddress = await listening('metrics', log, async () =>
    hostAndPort(await metrics.listen(settings.metrics)),
  );
  ready = true;
  const reload = () => {
    reloading(log, 'tokens and certificate of the API', () => {
      access.reload();
      if (api.server instanceof TlsServer && access.tls !== undefined)
        api.server.setSecureContext(access.tls);
    });
    reloading(log, 'hypervisors and the certificate towards them', () => {
      switchAccess.reload();
      const { identity } = switchAccess;
      if (identity) channel.change(identity);
      dialler.change(identity);
      inventory.accessChanged(identity);
    });
  };
  return { addresses: { openflow, ovsdb, api: apiAddress, metrics: metricsAddress }, reload };
}

function reloading(log: Logger, what: string, reload: () => void): void {
  try {
    reload();
    log.info({ what }, 'read again');
  } catch (error) {
    log.error({ what, err: error }, 'cannot be read: the old ones stay');
  }
}

async function listening(what: SettingName, log: Logger, listen: () => Promise<string>): Promise<string> {
  try {
    const address = await listen();
    log.info({ what, address }, 'listening');
    return address;
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw new ConfigError(`--${what}`, error.message);
    throw error;
  }
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

/** `host:port` of the URL that fastify gives. */
function hostAndPort(url: string): string {
  return url.replace(/^https?:\/\//, '');
}

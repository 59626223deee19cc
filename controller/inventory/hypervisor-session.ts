import { formatEndpoint, OvsdbError, type Session } from 'ovsdb-client-ts';
import type { Logger } from 'pino';
import { whence } from '#controller/base/crowd';
import type { ThrottledLog } from '#controller/base/throttled-log';
import type { Origin } from '#controller/door/origin';
import { vifId } from '#controller/store/records';
import type { Store } from '#controller/store/store';
import type { Claims } from './admission/claims.ts';
import { rivalOf } from './admission/rivals.ts';
import { Answers } from './answers.ts';
import { describeChassis, storeChassis } from './chassis.ts';
import type { DialledHypervisor } from './dialled.ts';
import { Fence, masterIn } from './fence.ts';
import { Haste } from './haste.ts';
import { type Hypervisor, readHypervisor, unknownKey } from './hypervisor.ts';
import { InterfaceErrors } from './interface-errors.ts';
import { bridgeOfOthers, datapathMismatch } from './plan/bridge.ts';
import { patchProblem } from './plan/patches.ts';
import type { Wanted } from './plan/repair.ts';
import { quote } from './quote.ts';
import { RETRY_DELAY, Repairer, refusalText } from './repairer.ts';
import { Rounds } from './rounds.ts';
import type { Standing } from './standing.ts';
import {
  externalIds,
  HYPERVISOR_LIMITS,
  type HypervisorCache,
  newDoorCache,
  newHypervisorCache,
} from './view.ts';

/** What sessions share. */
export interface SessionContext {
  readonly store: Store;
  readonly claims: Claims<HypervisorSession>;
  /** In which this controller is the master of hypervisors. */
  readonly generation: bigint;
  readonly openflowPort: number;
  readonly flowTables: Wanted['flowTables'];
  readonly throttled: ThrottledLog;
  /** Why a hypervisor of that name may not take part from there; undefined when it may. */
  refusal(systemId: string, origin: Origin, hostname?: string): string | undefined;
  /** Why no more hypervisors of the session's address, or of that name, are accepted; undefined while there is room. */
  crowded(session: HypervisorSession, systemId: string): string | undefined;
  /** The session's cache may have grown. */
  grown(): void;
  /** The switch of that chassis is connected by OpenFlow. */
  hasSwitch(systemId: string): boolean;
  /** Where the connection of that chassis' switch comes from, or goes to: `HOST:PORT`; undefined when there is none. */
  switchPeer(systemId: string): string | undefined;
  /** The generation above ours of that chassis' master, as its switch tells; undefined when it tells of none. */
  masterOf(systemId: string): bigint | undefined;
  /** What this controller is to that hypervisor, as far as former sessions have told. */
  standing(systemId: string): Standing;
  /** The hypervisor has another master, of this generation. */
  outranked(newer: bigint): void;
  /** The session's state changed: it was accepted, refused, or its chassis was stored. */
  changed(session: HypervisorSession): void;
}

/** With whom a session is. */
export interface Caller {
  /** Common name of its certificate; absent without TLS. */
  readonly certificate?: string | undefined;
  /** Set when we have called it. */
  readonly dialled?: DialledHypervisor | undefined;
}

/**
 * One hypervisor's OVSDB connection: watches its database, tells the store what it sees and makes the database as the plan
 * wants it. Work is done in rounds, one at a time; a change during a round makes one more. Until the hypervisor is accepted,
 * only the columns that tell who it is are watched, within narrow limits; an accepted one that may no longer be used has to
 * connect again.
 */
export class HypervisorSession {
  readonly peer: string;
  /** Address of the peer without the port. */
  readonly address: string;
  /** Whose sessions are counted together with it. */
  readonly subscriber: string;
  readonly origin: Origin;
  /** Whether its database answers. */
  readonly answers: Answers;
  readonly #session: Session;
  readonly #context: SessionContext;
  /** Set when we have called it. */
  readonly #dialled: DialledHypervisor | undefined;
  readonly #door = newDoorCache();
  #doorMonitor = '';
  /** The whole of what we watch, once the hypervisor is accepted. */
  #cache: HypervisorCache | undefined;
  readonly #repairer: Repairer;
  readonly #haste: Haste;
  readonly #rounds: Rounds;
  readonly #interfaceErrors = new InterfaceErrors();
  readonly #peerLog: Logger;
  #log: Logger;
  #systemId = '';
  #problem: string | undefined = 'the database has not been received yet';
  #synced = false;
  #failure: string | undefined;
  #mismatch: string | undefined;

  constructor(session: Session, { certificate, dialled }: Caller, log: Logger, context: SessionContext) {
    this.peer = session.endpoints.peer;
    this.address = session.endpoints.peerAddress;
    this.subscriber = whence(this.address).subscriber;
    this.origin = { address: this.address, certificate };
    this.#session = session;
    this.answers = new Answers(session);
    // A session that closed must claim nothing: nobody would release it.
    this.#rounds = new Rounds(
      () => this.#round(),
      () => session.closedBecause !== undefined,
    );
    this.#context = context;
    this.#dialled = dialled;
    this.#peerLog = log.child({ peer: this.peer });
    this.#log = this.#peerLog;
    const fence = new Fence(session, context.generation);
    this.#repairer = new Repairer({
      ...{ session, fence },
      openflowPort: context.openflowPort,
      flowTables: context.flowTables,
      isDialled: dialled !== undefined,
      isReached: (host, port) => context.switchPeer(this.#systemId) === formatEndpoint(host, port),
      transport: certificate === undefined ? 'tcp' : 'ssl',
      throttled: context.throttled,
      wakeIn: (delay) => this.#rounds.wakeIn(delay),
    });
    this.#haste = new Haste(session, fence, () => this.#synced && !context.hasSwitch(this.#systemId));
    session.onClose((reason) => this.#closed(reason));
    void this.#start();
  }

  /** external_ids:system-id; '' when there is none that we can use. */
  get systemId(): string {
    return this.#systemId;
  }

  /** Why this hypervisor is not used; undefined when it is. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Its chassis record in the store is what its database says, since this session's first dump. */
  get synced(): boolean {
    return this.#synced;
  }

  /** The last thing that went wrong although the hypervisor is accepted. */
  get warning(): string | undefined {
    return this.#problem === undefined
      ? (this.#failure ?? this.#repairer.refusal ?? this.#mismatch)
      : undefined;
  }

  /** Why interfaces of its bridge cannot be used, by name. */
  get unusableInterfaces(): ReadonlyMap<string, string> {
    return this.#interfaceErrors.known;
  }

  /** Rough memory use of what it watches and of messages on their way, in bytes. */
  get bytes(): number {
    return this.#door.bytes + (this.#cache?.bytes ?? 0) + this.#session.heldBytes;
  }

  /** We have called it. */
  get isDialled(): boolean {
    return this.#dialled !== undefined;
  }

  /** A switch has called from where this database is: has it go on at once, if it is not connected yet. */
  hurry(): void {
    if (!this.isDialled) void this.#haste.make();
  }

  /** Looks at everything again, soon. */
  wake(): void {
    this.#rounds.wake();
  }

  /** Closes the session unless its peer answers at once: somebody else claims to be this hypervisor. */
  async challenge(): Promise<void> {
    try {
      await this.#session.echo([], { timeout: CHALLENGE_TIMEOUT });
    } catch (error) {
      this.#log.warn({ err: error }, 'hypervisor does not answer while another claims its place');
      this.#session.close();
    }
  }

  close(): void {
    this.#session.close();
  }

  async #start(): Promise<void> {
    this.#log.debug('hypervisor connected');
    try {
      const reply = await this.#session.replicate(this.#door);
      if (!reply.ok) {
        this.#problem = cannotWatch(reply.error);
        this.#noteOfStranger({ problem: this.#problem }, 'hypervisor not accepted');
        this.#context.changed(this);
        return;
      }
      this.#doorMonitor = reply.result.id;
      this.#door.onChange(() => this.wake());
      this.wake();
    } catch (error) {
      // Without a dump it is of no use. If it is closed already, its onClose has told why.
      this.#log.debug({ err: error }, 'hypervisor was not read');
      this.#session.close(error instanceof OvsdbError ? error : undefined);
    }
  }

  async #round(): Promise<void> {
    try {
      const hypervisor = this.#accept();
      if (hypervisor === undefined) {
        if (this.#cache !== undefined) this.close();
        return;
      }
      if (this.#cache === undefined) await this.#watchAll();
      else await this.#keep(this.#cache, hypervisor);
    } catch (error) {
      if (this.#session.closedBecause !== undefined) return;
      this.#failed(quote(error instanceof Error ? error.message : String(error)), { err: error });
    }
  }

  #failed(failure: string, fields: object): void {
    this.#failure = failure;
    this.#log.error(fields, 'hypervisor could not be brought up to date');
    this.#rounds.wakeIn(RETRY_DELAY);
  }

  /** From the door to the whole database; its dump makes the next round. */
  async #watchAll(): Promise<void> {
    const cache = newHypervisorCache();
    cache.onChange(() => {
      this.#context.grown();
      this.wake();
    });
    this.#session.limit(HYPERVISOR_LIMITS);
    const reply = await this.#session.replicate(cache);
    if (!reply.ok) {
      const problem = cannotWatch(reply.error);
      return this.#failed(problem, { problem });
    }
    this.#cache = cache;
    this.#context.grown();
    await this.#session.cancelMonitor(this.#doorMonitor);
    this.wake();
  }

  async #keep(cache: HypervisorCache, hypervisor: Hypervisor): Promise<void> {
    const { store, throttled } = this.#context;
    const isMaster = this.#judge(cache, hypervisor.systemId);
    const description = describeChassis(
      cache,
      hypervisor,
      (portId) => store.get('vifs', vifId(hypervisor.systemId, portId))?.name,
    );
    this.#interfaceErrors.report(cache, hypervisor.bridge, description.vifs, this.#log, (write) =>
      throttled.note(this.address, write),
    );
    const others = bridgeOfOthers(cache, hypervisor.bridge);
    this.#mismatch =
      others ??
      datapathMismatch(cache, hypervisor) ??
      patchProblem(cache, hypervisor) ??
      unknownKey(externalIds(cache));
    const outcome = await storeChassis(store, description);
    if (outcome === 'refused') return this.wake();
    const isFirst = !this.#synced;
    if (outcome === 'stored' || isFirst) {
      this.#synced = true;
      this.#context.changed(this);
    }
    if (isMaster && others === undefined) await this.#repairer.repair(cache, hypervisor, this.#log);
    if (!this.#context.hasSwitch(hypervisor.systemId)) this.#dialled?.hurry();
    // Its switch has lost us when its database did, and has waited as long.
    if (isFirst) this.hurry();
    this.#failure = undefined;
  }

  /** Whether we may write there: neither its database nor its switch names a master above us. Says so when that is new. */
  #judge(cache: HypervisorCache, systemId: string): boolean {
    const { generation } = this.#context;
    const standing = this.#context.standing(systemId);
    const before = standing.outrankedBy;
    const named = masterIn(externalIds(cache), Date.now()) ?? 0n;
    const wait = standing.judge(named > generation ? named : undefined, performance.now());
    if (wait > 0) this.#rounds.wakeIn(wait);
    const newer = standing.outrankedBy;
    if (newer !== before) {
      if (newer !== undefined) this.#context.outranked(newer);
      if (before === undefined)
        this.#log.error({ generation, newer }, 'another controller is this hypervisor’s master');
      else if (newer === undefined)
        this.#log.info({ generation }, 'this hypervisor has no other master any more');
      if (this.#synced) this.#context.changed(this);
    }
    return newer === undefined && this.#context.masterOf(systemId) === undefined;
  }

  /** Who this is, if it may be that: reads the settings, takes the names, and says so when the answer is new. */
  #accept(): Hypervisor | undefined {
    const read = readHypervisor(externalIds(this.#cache ?? this.#door));
    const conflict = read.ok ? this.#context.claims.conflict(this, read.hypervisor) : undefined;
    const problem = read.ok ? (conflict?.problem ?? this.#obstacle(read.hypervisor)) : read.problem;
    if (read.ok && problem === undefined) this.#context.claims.take(this, read.hypervisor);
    else this.#context.claims.release(this);
    const systemId = read.ok ? read.hypervisor.systemId : read.systemId;
    if (problem !== this.#problem || systemId !== this.#systemId) {
      this.#problem = problem;
      this.#systemId = systemId;
      this.#synced = false;
      this.#log = this.#peerLog.child({ chassis: systemId });
      if (problem === undefined) this.#log.info('hypervisor accepted');
      else this.#noteOfStranger({ problem }, 'hypervisor not accepted');
      this.#context.changed(this);
      void conflict?.holder.challenge();
    }
    if (read.ok && problem === undefined) this.#callSwitch(read.hypervisor);
    else this.#dialled?.leave();
    return read.ok && problem === undefined ? read.hypervisor : undefined;
  }

  #callSwitch({ systemId, openflowPort: port }: Hypervisor): void {
    const transport = this.origin.certificate === undefined ? 'tcp' : 'ssl';
    this.#dialled?.reach(systemId, { transport, host: this.address, port });
  }

  #obstacle({ systemId: id, hostname, encapIps }: Hypervisor): string | undefined {
    const { store } = this.#context;
    return (
      this.#context.refusal(id, this.origin, hostname) ??
      rivalOf(store, { id, hostname, encapIps }) ??
      this.#context.crowded(this, id)
    );
  }

  /** Anybody can cause these lines, as often as they like. */
  #noteOfStranger(fields: object, message: string): void {
    this.#context.throttled.note(this.address, () => this.#log.warn(fields, message));
  }

  #closed(reason: OvsdbError): void {
    this.#rounds.stop();
    const level = reason.code === 'OVSDB_CLOSED' ? 'info' : 'warn';
    this.#context.throttled.note(this.address, () =>
      this.#log[level]({ reason: reason.code, at: reason.at }, 'hypervisor disconnected'),
    );
    this.#context.claims.release(this);
    this.#context.changed(this);
  }
}

/** Milliseconds that a session has to prove it is alive when another claims its place. */
const CHALLENGE_TIMEOUT = 2_000;

function cannotWatch(error: Parameters<typeof refusalText>[0]): string {
  return `the database cannot be watched: ${refusalText(error)}`;
}

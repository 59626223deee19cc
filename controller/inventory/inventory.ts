import { OVSDB_ERRORS, type OvsdbError, plainAddress, Session } from 'ovsdb-client-ts';
import type { Logger } from 'pino';
import { type Places, tooMany } from '#controller/base/crowd';
import { ThrottledLog } from '#controller/base/throttled-log';
import type { ListenAddress } from '#controller/config/address';
import type { Dialler } from '#controller/dialling/dialler';
import type { DialTarget } from '#controller/dialling/target';
import { Door, type DoorIdentity, type Guest } from '#controller/door/door';
import { type Origin, originText } from '#controller/door/origin';
import type { Change, Store } from '#controller/store/store';
import type { Admit } from './admission/allow-list.ts';
import { Claims } from './admission/claims.ts';
import { tooHeavy } from './admission/weight.ts';
import { DialledHypervisor, type Unreached } from './dialled.ts';
import { HypervisorSession } from './hypervisor-session.ts';
import type { Wanted } from './plan/repair.ts';
import { Standing } from './standing.ts';
import { STRANGER_LIMITS } from './view.ts';

export interface InventoryOptions {
  readonly store: Store;
  readonly log: Logger;
  /** In which this controller is the master of hypervisors: databases that name a newer one are left alone. */
  readonly generation: bigint;
  /** Where switches shall connect by OpenFlow, on the address on which their database reached us. */
  readonly openflowPort: number;
  /** Bounds of tables that switches learn into. Default: none. */
  readonly flowTables?: Wanted['flowTables'];
  /** TLS towards hypervisors; absent, they come without. */
  readonly identity?: DoorIdentity | undefined;
  readonly requireTls?: boolean;
  /** Whether the switch of a chassis is connected by OpenFlow. Default: it is. */
  readonly hasSwitch?: (chassisId: string) => boolean;
  /** Where that connection comes from, or goes to, `HOST:PORT`. Default: nowhere. */
  readonly switchPeer?: (chassisId: string) => string | undefined;
  /** Calls hypervisors. Needed for `dial`. */
  readonly dialler?: Dialler;
  /** Gets the OpenFlow connections of hypervisors that are called. */
  readonly welcomeSwitch?: (guest: Guest) => void;
  /** The generation above ours of a chassis' master, as its switch tells. Default: none. */
  readonly masterOf?: (chassisId: string) => bigint | undefined;
  /** A hypervisor has a master of this newer generation. */
  readonly onOutranked?: (newer: bigint) => void;
  /** Which hypervisors may take part. Default: all. */
  readonly admit?: Admit;
  /** The chassis connected, disconnected, or its record was stored. */
  readonly onChange?: (chassisId: string) => void;
  /** A session has ended, for a reason with this code (`OVSDB_ERRORS`). */
  readonly closed?: (code: OvsdbError['code']) => void;
  /** Most sessions that are not accepted, at a time. Default 1024, and 128 of one address. */
  readonly strangers?: Places;
  /** Most accepted sessions at a time. Default 2048, and 256 of one address. */
  readonly hypervisors?: Places;
  /** Most hypervisors that are known, connected or not; of one address, in this process. Default 4096, and 256. */
  readonly known?: Places;
  /** Bytes that the databases of all hypervisors may take in memory, roughly. Default 1 GiB. */
  readonly cacheBytes?: number;
}

/** One OVSDB connection, for status displays. */
export interface SessionStatus {
  /** external_ids:system-id; '' when it has none. */
  readonly id: string;
  /** `HOST:PORT` where the session comes from. */
  readonly peer: string;
  /** It answers, as far as is known. */
  readonly connected: boolean;
  readonly synced: boolean;
  /** Why it cannot be used, for people; undefined when it can. */
  readonly problem: string | undefined;
  /** What went wrong lately although it is used, for people. */
  readonly warning: string | undefined;
}

/**
 * All hypervisors, as their databases describe them. It waits for them to connect (`ovs-vsctl set-manager`), or calls them, makes
 * and keeps their bridges as we need them, and keeps their chassis records in the store.
 */
export class Inventory {
  readonly #options: InventoryOptions;
  readonly #sessions = new Set<HypervisorSession>();
  /** Those that we call. */
  readonly #dialled: DialledHypervisor[] = [];
  readonly #claims = new Claims<HypervisorSession>(() => this.#reconsider());
  /** Where, and as whom, the last session came of chassis whose record was compared with the hypervisor in this process. */
  readonly #origins = new Map<string, Origin>();
  /** Why the last session of a hypervisor that has none ended. */
  readonly #ends = new Map<string, string>();
  /** What we are to hypervisors that have been accepted in this process. */
  readonly #standings = new Map<string, Standing>();
  /** What sessions' caches took in memory when they were last asked, and all of them together: bytes. */
  readonly #weights = new Map<HypervisorSession, number>();
  #bytes = 0;
  /** Messages that never end make no cache grow. */
  readonly #weighing: NodeJS.Timeout;
  readonly #throttled: ThrottledLog;
  readonly #unwatch: () => void;
  readonly #door: Door;

  constructor(options: InventoryOptions) {
    this.#options = options;
    this.#unwatch = options.store.watch(options.store.revision, ({ changes }) => this.#stored(changes));
    this.#throttled = new ThrottledLog(options.log.child({ what: 'ovsdb' }));
    this.#weighing = setInterval(() => {
      for (const session of this.#sessions) this.#grown(session);
    }, WEIGHING_MS).unref();
    const { identity, requireTls = false, log } = options;
    this.#door = new Door({
      identity,
      requireTls,
      welcome: (guest) => this.#welcome(guest),
      turnedAway: (peer, address, reason) =>
        this.#throttled.note(address, () => log.warn({ peer, reason }, 'hypervisor turned away')),
      onError: (error) => log.error({ err: error }, 'ovsdb server'),
    });
  }

  /** Starts to listen and resolves with `HOST:PORT`, the chosen port for port 0. Rejects when it is taken. */
  listen(address: ListenAddress): Promise<string> {
    return this.#door.listen(address);
  }

  /** Calls these hypervisors from now on. */
  dial(targets: readonly DialTarget[]): void {
    const { dialler, welcomeSwitch } = this.#options;
    if (dialler === undefined || welcomeSwitch === undefined) return;
    for (const target of targets) {
      const dialled: DialledHypervisor = new DialledHypervisor(dialler, target, {
        database: (guest) => this.#welcome(guest, dialled),
        switch: welcomeSwitch,
      });
      this.#dialled.push(dialled);
    }
  }

  /** Hypervisors, or parts of them, that we call and that do not answer. */
  unreached(): readonly Unreached[] {
    return this.#dialled.flatMap((each) => each.unreached);
  }

  /** Other certificates, and perhaps other hypervisors that may take part: all are looked at again. */
  accessChanged(identity: DoorIdentity | undefined): void {
    if (identity) this.#door.change(identity);
    for (const [id, origin] of this.#origins) {
      if (this.#refusal(id, origin) === undefined) continue;
      this.#origins.delete(id);
      this.#leave(id);
      this.#options.onChange?.(id);
    }
    for (const session of this.#sessions) session.wake();
  }

  /** The hypervisor's database is connected and accepted, and not known to be silent. */
  connected(chassisId: string): boolean {
    return this.#claims.holderOf(chassisId)?.answers.isSilent === false;
  }

  /** Asks the hypervisor's database, if there is one; resolves with whether it has said anything, within a moment. */
  async answers(chassisId: string): Promise<boolean> {
    return (await this.#claims.holderOf(chassisId)?.answers.ask()) ?? false;
  }

  /** The chassis record was brought up to date from the hypervisor's database since this process started. */
  synced(chassisId: string): boolean {
    return this.#origins.has(chassisId);
  }

  /** Whence the session of a synced chassis comes, or came last: its switch comes from there, too. */
  originOf(chassisId: string): string | undefined {
    const origin = this.#origins.get(chassisId);
    return origin && originText(origin);
  }

  /** Why the last session of a hypervisor that is not connected ended; undefined when it had none. */
  endOf(chassisId: string): string | undefined {
    return this.#ends.get(chassisId);
  }

  /** The generation of the master above ours that the hypervisor's database names; undefined when it names none. */
  outrankedBy(chassisId: string): bigint | undefined {
    return this.#standings.get(chassisId)?.outrankedBy;
  }

  /** Why interfaces of the hypervisor's bridge cannot be used, by name; none while its database is not connected. */
  unusableInterfaces(chassisId: string): ReadonlyMap<string, string> {
    return this.#claims.holderOf(chassisId)?.unusableInterfaces ?? new Map();
  }

  /** The chassis' switch tells another master than before. */
  masterChanged(chassisId: string): void {
    this.#claims.holderOf(chassisId)?.wake();
  }

  /** The switch of a connection from this origin (`originText`) may be taken care of by now. */
  ready(origin: string): void {
    for (const session of this.#sessions)
      if (session.isDialled && originText(session.origin) === origin) session.wake();
  }

  /** A switch has called from this origin (`originText`). */
  called(origin: string): void {
    for (const session of this.#sessions) if (originText(session.origin) === origin) session.hurry();
  }

  /** Every open connection, also of hypervisors that are not accepted. */
  sessions(): readonly SessionStatus[] {
    return [...this.#sessions].map((session) => ({
      id: session.systemId,
      peer: session.peer,
      connected: !session.answers.isSilent,
      synced: session.synced,
      problem: session.problem,
      warning: session.warning,
    }));
  }

  /** Stops listening and closes all connections; the switches go on forwarding. */
  async close(): Promise<void> {
    clearInterval(this.#weighing);
    const closed = this.#door.close();
    for (const session of this.#sessions) session.close();
    await closed;
    this.#unwatch();
    this.#throttled.close();
  }

  #welcome({ socket, certificate }: Guest, dialled?: DialledHypervisor): void {
    const { log, store, generation, openflowPort, flowTables = new Map() } = this.#options;
    socket.setNoDelay(true);
    const session = new Session(socket, STRANGER_LIMITS);
    const hypervisor: HypervisorSession = new HypervisorSession(session, { certificate, dialled }, log, {
      store,
      openflowPort,
      flowTables,
      claims: this.#claims,
      throttled: this.#throttled,
      changed: (changed) => this.#changed(changed),
      refusal: (...who) => this.#refusal(...who),
      crowded: (newcomer, id) => this.#crowded(newcomer) ?? this.#unknown(newcomer, id),
      grown: () => this.#grown(hypervisor),
      hasSwitch: (id) => this.#options.hasSwitch?.(id) ?? true,
      switchPeer: (id) => this.#options.switchPeer?.(id),
      generation,
      masterOf: (id) => this.#options.masterOf?.(id),
      standing: (id) => this.#standing(id),
      outranked: (newer) => this.#options.onOutranked?.(newer),
    });
    this.#sessions.add(hypervisor);
    session.onClose(({ code }) => {
      this.#options.closed?.(code);
      if (hypervisor.synced) this.#ends.set(hypervisor.systemId, OVSDB_ERRORS[code]);
      this.#sessions.delete(hypervisor);
      this.#bytes -= this.#weights.get(hypervisor) ?? 0;
      this.#weights.delete(hypervisor);
    });
    this.#makeRoom();
  }

  #standing(systemId: string): Standing {
    const standing = this.#standings.get(systemId) ?? new Standing();
    this.#standings.set(systemId, standing);
    return standing;
  }

  #refusal(systemId: string, origin: Origin, hostname?: string): string | undefined {
    return this.#options.admit?.(systemId, origin, hostname);
  }

  #changed(session: HypervisorSession): void {
    const { systemId } = session;
    // It may have been struck off the list while its round was under way.
    if (session.synced && this.#refusal(systemId, session.origin) === undefined) {
      this.#origins.set(systemId, session.origin);
      this.#ends.delete(systemId);
      if (!session.isDialled) this.#leave(systemId);
    }
    if (systemId !== '') this.#options.onChange?.(systemId);
  }

  /** A record that changed or went may have left a name to somebody who was refused for it. */
  #stored(changes: readonly Change[]): void {
    const chassis = changes.filter(({ collection }) => collection === 'chassis');
    for (const { id, after } of chassis) {
      if (after !== undefined) continue;
      this.#origins.delete(id);
      this.#ends.delete(id);
      this.#standings.delete(id);
      this.#leave(id);
    }
    if (chassis.length > 0) this.#reconsider();
  }

  /** The hypervisor's switch is called no more: it may not take part, or calls us. */
  #leave(systemId: string): void {
    for (const each of this.#dialled) if (each.systemId === systemId) each.leave();
  }

  /** Accepted ones take more room, and a legitimate one must not lose its place to the next: here the new one waits. */
  #crowded(newcomer: HypervisorSession): string | undefined {
    const { each, all } = this.#options.hypervisors ?? HYPERVISORS;
    const others = [...this.#sessions].filter((one) => one !== newcomer && one.problem === undefined);
    if (others.length >= all) return `${all} hypervisors are connected already: no more are accepted`;
    if (others.filter(({ address }) => address === newcomer.address).length < each) return undefined;
    return `${each} hypervisors of ${newcomer.address} are connected already: no more are accepted`;
  }

  /** Each name stays until it is forgotten, and one hypervisor might come under one after the other. */
  #unknown({ address }: HypervisorSession, id: string): string | undefined {
    const { store, known: { each, all } = KNOWN } = this.#options;
    if (store.get('chassis', id) !== undefined) return undefined;
    const rest = 'are known already: no new one is accepted until one is forgotten (`tenantflow forget`)';
    if (store.list('chassis').length >= all) return `${all} hypervisors ${rest}`;
    const others = [...this.#origins.values()].filter((origin) => plainAddress(origin.address) === address);
    return others.length < each ? undefined : `${each} hypervisors of ${address} ${rest}`;
  }

  /** All caches and messages together are bounded: the largest of the address that takes most has to go. */
  #grown(session: HypervisorSession): void {
    if (!this.#sessions.has(session)) return;
    this.#bytes += session.bytes - (this.#weights.get(session) ?? 0);
    this.#weights.set(session, session.bytes);
    const limit = this.#options.cacheBytes ?? CACHE_BYTES;
    // Hypervisors' databases change all the time, and all of them are looked at only when they are too large.
    if (this.#bytes <= limit) return;
    const fattest = tooHeavy(this.#sessions, limit);
    if (fattest === undefined) return;
    this.#throttled.note(fattest.address, () =>
      this.#options.log.error({ peer: fattest.peer, bytes: fattest.bytes }, 'hypervisors fill the memory'),
    );
    fattest.close();
  }

  /** Those that are not accepted, yet or ever, have few places: anybody can take one. */
  #makeRoom(): void {
    const strangers = [...this.#sessions].filter((session) => session.problem !== undefined);
    tooMany(strangers, this.#options.strangers ?? STRANGERS)?.close();
  }

  /** A name came free: whoever was refused for it may have it now. */
  #reconsider(): void {
    for (const session of this.#sessions) if (session.problem !== undefined) session.wake();
  }
}

const STRANGERS: Places = { all: 1_024, each: 128 };
const HYPERVISORS: Places = { all: 2_048, each: 256 };
const KNOWN: Places = { all: 4_096, each: 256 };
const WEIGHING_MS = 500;
/** A hypervisor with 100 ports takes about 300 kB. */
const CACHE_BYTES = 1024 ** 3;

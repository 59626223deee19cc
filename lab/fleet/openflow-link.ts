import { connect, type Socket } from 'node:net';
import {
  type BundleControlType,
  CodecError,
  decode,
  encodeToBytes,
  Framer,
  type Message,
  type MeterMod,
  type MultipartRequest,
} from 'openflow-codec';
import type { Controlled, Datapath } from './datapath.ts';
import { type FaultPlan, type Manner, SLOW_MS } from './faults.ts';
import { type FlowModBody, flowModBody } from './flow-table.ts';

/** Milliseconds until a switch calls its controller again. */
const BACKOFF = 1_000;
/** Milliseconds. */
const PROBE_INTERVAL = 5_000;
const NOTHING = new Uint8Array(0);
const ONF = 0x4f4e4600;
const FLOW_MOD = 14;
const EXPERIMENTER = 4;
const BUNDLE_ADD = 2301;
/** The message in a bundle add, after ofp_header, ofp_experimenter_header and ofp_bundle_add_msg (ONF EXT-230). */
const INNER = 24;

/** Errors that a fake switch answers, by their numbers (OF 1.3.5, 7.4.4; the last three ONF EXT-230). */
const ERRORS = {
  badType: [1, 1],
  badMultipart: [1, 2],
  isSlave: [1, 10],
  tableFull: [5, 1],
  staleRole: [11, 0],
  outOfMeters: [12, 10],
  unknownBundle: [0xffff, 2302],
  bundleExists: [0xffff, 2303],
  badBundleMessage: [0xffff, 2310],
} as const;

/** The switch's side of one OpenFlow 1.3 connection to a controller, which it keeps up until it is closed. */
export class OpenFlowLink implements Controlled {
  role: Controlled['role'] = 'equal';
  readonly #datapath: Datapath;
  readonly #faults: FaultPlan;
  readonly #where: { readonly host: string; readonly port: number; readonly localAddress: string };
  readonly #bundles = new Map<number, FlowModBody[]>();
  #socket: Socket | undefined;
  readonly #watches = new Set<number>();
  #manner: Manner = 'well';
  #timer: NodeJS.Timeout | undefined;

  constructor(
    datapath: Datapath,
    faults: FaultPlan,
    where: { readonly host: string; readonly port: number; readonly localAddress: string },
  ) {
    this.#datapath = datapath;
    this.#faults = faults;
    this.#where = where;
    this.#dial();
  }

  close(): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
    this.#datapath.leave(this);
  }

  /** Breaks the connection; the switch calls again. */
  reset(): void {
    this.#socket?.resetAndDestroy();
  }

  /** From now on, also on connections to come. Who is no longer deaf reads on from where it stopped. */
  behave(manner: Manner): void {
    this.#manner = manner;
    if (manner === 'deaf') this.#socket?.pause();
    else this.#socket?.resume();
  }

  #dial(): void {
    const socket = connect(this.#where);
    const framer = new Framer();
    this.#socket = socket;
    this.role = 'equal';
    this.#bundles.clear();
    this.#watches.clear();
    this.#datapath.join(this);
    socket.setNoDelay(true);
    socket.on('connect', () => {
      this.behave(this.#manner);
      this.#send({ type: 'hello', xid: 1, elements: [{ element: 'versionBitmap', versions: [4] }] });
    });
    let isHeard = true;
    // As ovs-vswitchd does with a controller that is silent.
    const probe = setInterval(() => {
      if (!isHeard && this.#manner === 'well') socket.destroy();
      isHeard = false;
      this.#send({ type: 'echoRequest', xid: 0, data: NOTHING });
    }, PROBE_INTERVAL);
    socket.on('data', (chunk) => {
      isHeard = true;
      const latencyMs = this.#manner === 'slow' ? SLOW_MS : this.#faults.faults.latencyMs;
      const take = () => this.#receive(socket, framer, chunk);
      if (latencyMs > 0) setTimeout(take, latencyMs);
      else take();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(probe);
      this.#datapath.leave(this);
      if (this.#socket === socket) this.#timer = setTimeout(() => this.#dial(), BACKOFF);
    });
  }

  #receive(socket: Socket, framer: Framer, chunk: Uint8Array): void {
    if (socket.destroyed) return;
    socket.cork();
    try {
      framer.push(chunk, (bytes) => this.#take(bytes));
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      socket.destroy();
    }
    socket.uncork();
  }

  #take(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const type = view.getUint8(1);
    // What comes in millions is not made into objects.
    if (type === FLOW_MOD) this.#flowMod(bytes, view.getUint32(4));
    else if (
      type === EXPERIMENTER &&
      bytes.length > INNER &&
      view.getUint32(8) === ONF &&
      view.getUint32(12) === BUNDLE_ADD
    )
      this.#bundleAdd(bytes, view);
    else this.#message(decode(bytes), bytes);
  }

  #flowMod(bytes: Uint8Array, xid: number): void {
    if (this.role === 'slave') this.#refuse(xid, 'isSlave', bytes);
    else if (this.#faults.refuses()) this.#refuse(xid, 'tableFull', bytes);
    else this.#apply([flowModBody(bytes)], xid);
  }

  /** Does flow-mods of one request, unless the connection breaks before. Returns whether it has not broken. */
  #apply(flowMods: readonly FlowModBody[], xid: number): boolean {
    const broken = this.#faults.breaks();
    if (broken !== 'before') this.#datapath.apply(flowMods);
    if (broken !== undefined) this.reset();
    else if (flowMods.length > 0) this.#tellOwnChange(xid);
    return broken === undefined;
  }

  #bundleAdd(bytes: Uint8Array, view: DataView): void {
    const xid = view.getUint32(4);
    const bundle = this.#bundles.get(view.getUint32(16));
    const inner = bytes.subarray(INNER, INNER + view.getUint16(INNER + 2));
    if (bundle === undefined) this.#refuse(xid, 'unknownBundle', bytes);
    else if (inner[1] !== FLOW_MOD) this.#refuse(xid, 'badBundleMessage', bytes);
    else if (this.#faults.refuses()) this.#refuse(xid, 'tableFull', inner);
    else bundle.push(flowModBody(inner));
  }

  #message(message: Message, bytes: Uint8Array): void {
    const { xid } = message;
    const datapath = this.#datapath;
    switch (message.type) {
      case 'hello':
      case 'echoReply':
      case 'error':
      case 'setAsync':
      case 'packetOut':
        break;
      case 'echoRequest':
        this.#send({ ...message, type: 'echoReply' });
        break;
      case 'featuresRequest':
        this.#send({ type: 'featuresReply', xid, datapathId: datapath.id, ...FEATURES });
        break;
      case 'setConfig':
        datapath.config = { flags: message.flags, missSendLength: message.missSendLength };
        break;
      case 'getConfigRequest':
        this.#send({ type: 'getConfigReply', xid, ...datapath.config });
        break;
      case 'barrierRequest':
        this.#send({ type: 'barrierReply', xid });
        datapath.confirm();
        break;
      case 'roleRequest':
        if (!datapath.take(this, message.role, message.generationId)) this.#refuse(xid, 'staleRole', bytes);
        else this.#send({ type: 'roleReply', xid, role: this.role, generationId: datapath.generation });
        break;
      case 'bundleControl':
        this.#bundleControl(message, bytes);
        break;
      case 'multipartRequest':
        this.#multipart(message, bytes);
        break;
      case 'meterMod':
        this.#meterMod(message, bytes);
        break;
      case 'flowMonitorCancel':
        this.#watches.delete(message.id);
        break;
      default:
        this.#refuse(xid, 'badType', bytes);
    }
  }

  #meterMod(message: MeterMod, bytes: Uint8Array): void {
    if (this.role === 'slave') this.#refuse(message.xid, 'isSlave', bytes);
    else if (this.#faults.faults.refusesMeters && message.command !== 'delete')
      this.#refuse(message.xid, 'outOfMeters', bytes);
    else this.#datapath.applyMeter(message);
  }

  #bundleControl(message: Message & { readonly type: 'bundleControl' }, bytes: Uint8Array): void {
    const { xid, bundleId, control } = message;
    const bundle = this.#bundles.get(bundleId);
    if (control === 'openRequest' && bundle !== undefined) this.#refuse(xid, 'bundleExists', bytes);
    else if (control === 'openRequest') this.#bundles.set(bundleId, []);
    else if (bundle === undefined) this.#refuse(xid, 'unknownBundle', bytes);
    else if (control === 'commitRequest') this.#commit(message, bundle, bytes);
    else if (control === 'discardRequest') this.#bundles.delete(bundleId);
    const reply = BUNDLE_REPLIES.get(control);
    const isDone = (control === 'openRequest') === (bundle === undefined);
    if (reply !== undefined && isDone) this.#send({ ...message, control: reply });
  }

  #commit(
    message: Message & { readonly type: 'bundleControl' },
    bundle: readonly FlowModBody[],
    bytes: Uint8Array,
  ): void {
    this.#bundles.delete(message.bundleId);
    if (this.role === 'slave') this.#refuse(message.xid, 'isSlave', bytes);
    else if (this.#apply(bundle, message.xid)) this.#send({ ...message, control: 'commitReply' });
  }

  /** Its own changes come abbreviated to who watches flows (ovs-ofctl(8), monitor watch:); there are no others'. */
  #tellOwnChange(xid: number): void {
    const head = { type: 'multipartReply', xid: 0, more: false } as const;
    if (this.#watches.size > 0)
      this.#send({ ...head, part: 'flowMonitor', body: [{ event: 'abbreviated', xid }] });
  }

  #multipart(request: MultipartRequest, bytes: Uint8Array): void {
    const { xid } = request;
    const head = { type: 'multipartReply', xid, more: false } as const;
    const datapath = this.#datapath;
    switch (request.part) {
      case 'flow':
        this.#flowStats(xid, [...datapath.flows.stats(request.body)]);
        break;
      case 'aggregate': {
        const flowCount = datapath.flows.count(request.body);
        this.#send({ ...head, part: 'aggregate', body: { packetCount: 0n, byteCount: 0n, flowCount } });
        break;
      }
      case 'flowMonitor':
        for (const { id } of request.body) this.#watches.add(id);
        this.#send({ ...head, part: 'flowMonitor', body: [] });
        break;
      case 'desc':
        this.#send({ ...head, part: 'desc', body: DESCRIPTION });
        break;
      case 'portDesc':
      case 'groupDesc':
      case 'meter':
        this.#send({ ...head, part: request.part, body: [] });
        break;
      case 'meterConfig':
        this.#send({ ...head, part: 'meterConfig', body: [...datapath.meters.values()] });
        break;
      default:
        this.#refuse(xid, 'badMultipart', bytes);
    }
  }

  #flowStats(xid: number, parts: readonly Buffer[]): void {
    for (const [at, body] of parts.entries()) {
      // OFPMP_FLOW (OF 1.3.5, 7.3.5).
      const part = { part: 'raw', partType: 1, more: at < parts.length - 1, body } as const;
      this.#send({ type: 'multipartReply', xid, ...part });
    }
  }

  #refuse(xid: number, name: keyof typeof ERRORS, message: Uint8Array): void {
    const [errorType, errorCode] = ERRORS[name];
    const experimenter = errorType === 0xffff ? { experimenter: ONF } : {};
    const data = message.slice(0, 64);
    this.#send({ type: 'error', xid, errorType, errorCode, name: '', data, ...experimenter });
  }

  #send(message: Message): void {
    if (this.#socket?.writable && this.#manner !== 'mute') this.#socket.write(encodeToBytes(message));
  }
}

const BUNDLE_REPLIES: ReadonlyMap<BundleControlType, BundleControlType> = new Map([
  ['openRequest', 'openReply'],
  ['closeRequest', 'closeReply'],
  ['discardRequest', 'discardReply'],
]);
const FEATURES = { bufferCount: 0, tableCount: 254, auxiliaryId: 0, capabilities: 0x4f, reserved: 0 };
const DESCRIPTION = {
  manufacturer: 'Nicira, Inc.',
  hardware: 'Open vSwitch',
  software: 'fake',
  serialNumber: 'None',
  datapath: 'None',
};

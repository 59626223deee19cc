import { type Action, FIELDS, type FieldName, type FieldValue, PORT } from 'openflow-codec';
import { DEPTH_LIMIT, RESUBMIT_LIMIT } from '../limits.ts';
import { actionSetList } from './action-set.ts';
import { read } from './bits.ts';
import { AT, placeOf } from './layout.ts';
import { FRAG } from './needs.ts';
import type { ControllerOutput, Note, Outcome, Output, Step, TranslationError, Tunnel } from './outcome.ts';
import type { Rule } from './rule.ts';
import type { SwitchState } from './switch-state.ts';
import type { Wire } from './wire.ts';

/** OFPR_* (OF 1.3.5, 7.4.1). */
const NO_MATCH = 0;
const ACTION = 1;

/** One action, made ready to run. */
export interface Run {
  readonly action: Action;
  readonly run: (packet: Translation) => void;
}

/** One packet on its way through the tables (do_xlate_actions and its helpers, ofproto/ofproto-dpif-xlate.c). */
export class Translation {
  /** What is known of the packet now; actions change it. */
  key: Uint32Array;
  readonly state: SwitchState;
  readonly packetSize: number;
  /** Milliseconds on the caller's clock. */
  readonly now: number;
  readonly tcpFlags: number;
  /** Set by `exit` and by what stops the packet for good. */
  exit = false;
  error: TranslationError | undefined;
  rule: Rule | undefined;
  isActionSet = false;
  isBucket = false;
  actionSet: readonly Run[] = [];
  actionSetHasGroup = false;
  /** Values that stack_push has put there, the last on top. */
  stack: bigint[] = [];
  readonly #sent: (Output | ControllerOutput)[] = [];
  readonly #steps: Step[] = [];
  readonly #wire: Wire;
  readonly #cameFrom: readonly number[];
  #table = 0;
  #depth = 0;
  #nesting = 0;
  #resubmits = 0;
  /** Set by an action that ends its own list, and no other. */
  #leave = false;

  constructor(state: SwitchState, key: Uint32Array, wire: Wire, packetSize: number, now: number) {
    this.state = state;
    this.key = key;
    this.#wire = wire;
    this.packetSize = packetSize;
    this.now = now;
    this.tcpFlags = key[AT.tcpFlags] ?? 0;
    this.#cameFrom = destinationOf(key);
  }

  run(): Outcome {
    this.#enter(this.#find(0, this.inPort), 0, false);
    if (!this.error) this.runActionSet();
    const [sent, key] = [this.error ? [] : this.#sent, this.key];
    return {
      sent,
      outputs: sent.filter((each) => 'port' in each),
      toController: sent.filter((each) => 'reason' in each),
      steps: this.#steps,
      field: (name) => fieldValue(key, name),
      ...(this.error && { error: this.error }),
      resubmits: this.#resubmits,
    };
  }

  get inPort(): number {
    return this.key[AT.inPort] ?? 0;
  }

  /** Runs a list of actions in order. */
  runList(list: readonly Run[]): void {
    for (const each of list) {
      if (this.error || this.exit) return;
      each.run(this);
      if (!this.#leave) continue;
      this.#leave = false;
      return;
    }
  }

  /** Ends the list of actions that runs now. */
  leaveList(): void {
    this.#leave = true;
  }

  /** Looks up `table` as if the packet had come in by `inPort`, and does what is found. */
  lookUp(table: number, inPort: number): void {
    if (!this.checkLimits()) return;
    const before = this.#table;
    const deepens = table <= before;
    this.#table = table;
    const rule = this.#find(table, inPort);
    this.#resubmits++;
    if (deepens) this.#depth++;
    this.#enter(rule, table, true);
    if (deepens) this.#depth--;
    this.#table = before;
  }

  /**
   * Goes on in `table` as the datapath's next look at the packet does (compose_recirculate_and_fork): counted anew, and
   * without what the present list has still to do, which goes on afterwards. `change` adds what the datapath has found.
   */
  recirculate(table: number, change: (key: Uint32Array) => void): void {
    const before = { key: this.key, actionSet: this.actionSet, stack: this.stack, rule: this.rule };
    const [depth, resubmits, current] = [this.#depth, this.#resubmits, this.#table];
    const sentBefore = this.#sent.length;
    this.key = this.key.slice();
    change(this.key);
    this.stack = [...this.stack];
    this.#depth = 0;
    this.#resubmits = 0;
    this.#table = table;
    this.#enter(this.#find(table, this.inPort), table, true);
    if (!this.error) this.runActionSet();
    // What the packet did before it came again stays done.
    if (this.error) this.#sent.length = sentBefore;
    this.error = undefined;
    this.exit = false;
    Object.assign(this, before);
    this.#depth = depth;
    this.#resubmits = resubmits;
    this.#table = current;
  }

  get table(): number {
    return this.#table;
  }

  /** False, and the packet's end, when it has been looked up too often or too deep. */
  checkLimits(): boolean {
    if (this.#depth >= DEPTH_LIMIT) this.error = 'tooDeep';
    else if (this.#resubmits >= RESUBMIT_LIMIT) this.error = 'tooManyResubmits';
    return this.error === undefined;
  }

  /** Runs a bucket of a group on a copy of the packet. Buckets are action sets. */
  runBucket(bucket: readonly Run[]): void {
    const key = this.key.slice();
    const wasBucket = this.isBucket;
    this.#depth++;
    this.isBucket = true;
    this.runList(actionSetList(bucket));
    this.isBucket = wasBucket;
    this.#depth--;
    this.key = key;
    this.exit = false;
  }

  /** Runs actions, and the action set so far, on a copy of the packet. */
  runClone(list: readonly Run[]): void {
    const [key, actionSet, stack] = [this.key.slice(), this.actionSet, [...this.stack]];
    this.runList(list);
    this.runActionSet();
    this.key = key;
    this.actionSet = actionSet;
    this.stack = stack;
  }

  runActionSet(): void {
    const list = actionSetList(this.actionSet);
    this.actionSet = [];
    if (list.length === 0) return;
    this.note('actionSet');
    this.isActionSet = true;
    this.runList(list);
    this.isActionSet = false;
  }

  /** Adds to the action set (OF 1.3.5, 5.10), and keeps the field that says where it leads. */
  writeActions(list: readonly Run[]): void {
    for (const { action } of this.actionSetHasGroup ? [] : list) {
      if (action.action === 'output') this.key[AT.actsetOutput] = action.port;
      if (action.action !== 'group') continue;
      this.key[AT.actsetOutput] = PORT.unset;
      this.actionSetHasGroup = true;
      break;
    }
    this.actionSet = [...this.actionSet, ...list];
  }

  clearActions(): void {
    this.actionSet = [];
    this.actionSetHasGroup = false;
    this.key[AT.actsetOutput] = PORT.unset;
  }

  /** Sends a copy to the controller; the table-miss flow's is one for want of a match. */
  toControllerAs(reason: number, maxLength: number, controllerId: number): void {
    const isMiss = this.rule?.priority === 0 && this.rule.condition.at.length === 0;
    const told = reason === ACTION && isMiss ? NO_MATCH : reason;
    this.#sent.push({ bytes: this.frame(), maxLength, controllerId, reason: told });
  }

  /** Sends a copy out of a port, unless that is impossible. `maxLength` cuts it. */
  output(port: number, maxLength?: number): void {
    if (port === this.inPort) this.note('inPort');
    else this.deliver(port, maxLength);
  }

  /** As output, also where the packet came from. */
  deliver(port: number, maxLength?: number): void {
    if (this.state.hasPort && !this.state.hasPort(port)) {
      this.note('noSuchPort');
      return;
    }
    const local = this.state.tunnelPorts.get(port);
    const tunnel = local && tunnelOf(this.key, local.address);
    if (local && destinationOf(this.key).every((word, index) => word === this.#cameFrom[index])) {
      this.note('noTunnelDestination');
      // Open vSwitch forgets to take the port's own address back out of the flow here.
      putAddress(this.key, local.address);
      return;
    }
    const bytes = this.frame();
    this.#sent.push({
      port,
      bytes: maxLength === undefined ? bytes : bytes.slice(0, maxLength),
      ...(tunnel && { tunnel }),
    });
  }

  /** The frame as it is now. */
  frame(): Uint8Array {
    const bytes = this.#wire.commit(this.key);
    if (this.#wire.isPastEnd) this.note('pastEnd');
    return bytes;
  }

  note(note: Note): void {
    this.#steps.push({ step: 'note', depth: this.#nesting, note });
  }

  #find(table: number, inPort: number): Rule | undefined {
    const key = this.key;
    const isFragment = ((key[AT.nwFrag] ?? 0) & FRAG.any) !== 0;
    if (isFragment && this.state.fragments === 'drop') {
      this.note('fragment');
      return undefined;
    }
    const [ofPort, source, destination] = [key[AT.inPort], key[AT.tpSrc], key[AT.tpDst]];
    key[AT.inPort] = inPort;
    if (isFragment && this.state.fragments === 'normal') key.fill(0, AT.tpSrc, AT.tpDst + 1);
    const rule = this.state.classifiers[table]?.find(key);
    key[AT.inPort] = ofPort ?? 0;
    key[AT.tpSrc] = source ?? 0;
    key[AT.tpDst] = destination ?? 0;
    return rule;
  }

  #enter(rule: Rule | undefined, table: number, isNested: boolean): void {
    if (isNested) this.#nesting++;
    const found = rule && { priority: rule.priority, cookie: rule.cookie, match: rule.match };
    this.#steps.push({ step: 'table', depth: this.#nesting, table, ...(found && { rule: found }) });
    if (rule) {
      const [before, wasBucket] = [this.rule, this.isBucket];
      this.rule = rule;
      this.isBucket = false;
      rule.packetCount++;
      rule.byteCount += this.packetSize;
      rule.used = this.now;
      this.runList(rule.run);
      this.rule = before;
      this.isBucket = wasBucket;
    }
    if (isNested) this.#nesting--;
  }
}

/** Where a tunnel leads: IPv4 and IPv6 address as words, the latter only without the former. */
function destinationOf(key: Uint32Array): readonly number[] {
  const ipv4 = key[AT.tunDst] ?? 0;
  return ipv4 !== 0 ? [ipv4, 0, 0, 0, 0] : [0, ...key.subarray(AT.tunIpv6Dst, AT.tunIpv6Dst + 4)];
}

/** Puts the address that tunnel packets leave from into the key. */
function putAddress(key: Uint32Array, address: number | bigint): void {
  const isIpv4 = typeof address === 'number';
  key[AT.tunSrc] = isIpv4 ? address : 0;
  for (let index = 0; index < 4; index++) {
    const word = isIpv4 ? 0 : Number((address >> BigInt(32 * (3 - index))) & 0xffffffffn);
    key[AT.tunIpv6Src + index] = word;
  }
}

function fieldValue(key: Uint32Array, name: FieldName): FieldValue {
  const value = read(key, placeOf(name));
  return FIELDS[name].bits > 32 ? value : Number(value);
}

function tunnelOf(key: Uint32Array, address: number | bigint): Tunnel {
  const [ipv4 = 0, ...ipv6] = destinationOf(key);
  const [high = 0, low = 0] = key.subarray(AT.tunId, AT.tunId + 2);
  return {
    id: (BigInt(high) << 32n) | BigInt(low),
    ...(typeof address === 'bigint' ? { ipv6Src: address } : address !== 0 && { src: address }),
    ...(ipv4 !== 0
      ? { dst: ipv4 }
      : { ipv6Dst: ipv6.reduce((value, word) => (value << 32n) | BigInt(word), 0n) }),
  };
}

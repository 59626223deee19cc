import {
  type Action,
  type ActionName,
  CT_FLAG,
  FIELDS,
  type FieldNeed,
  type Instruction,
  type LearnSpec,
  NAT_FLAG,
  PORT,
} from 'openflow-codec';
import { type Scope, sourceOf, targetOf, usableBits, writableField } from './fields.ts';
import type { Kind } from './match.ts';
import type { Random } from './random.ts';

/** Groups, meters and queues that the switch has before the flows come. */
export const GROUPS = [1, 2, 3] as const;
export const METERS = [1, 2, 3] as const;

/** Makes one action, or tells why no flow here has it. */
type Recipe = string | ((random: Random, scope: Scope) => Action);

const UNKNOWN = 'Open vSwitch does not know it: OFPBAC_BAD_TYPE';

/** Needs of actions that are no fields. */
const NEEDS: Readonly<Partial<Record<ActionName, FieldNeed>>> = {
  dec_ttl: 'ip',
  set_nw_ttl: 'ip',
  dec_ttl_cnt_ids: 'ip',
  pop_vlan: 'vlan',
  set_mpls_label: 'mpls',
  set_mpls_tc: 'mpls',
  set_mpls_ttl: 'mpls',
  dec_mpls_ttl: 'mpls',
  pop_mpls: 'mpls',
  fin_timeout: 'tcp',
  dec_nsh_ttl: 'nsh',
  ct: 'ip',
  conjunction: 'ip',
};

/** Every action of the codec: one that is new must be added here. */
const RECIPES: { readonly [N in ActionName]: Recipe } = {
  output: (random) => ({ action: 'output', port: outPort(random), maxLength: random.uint(16) }),
  group: (random) => ({ action: 'group', group: random.pick(GROUPS) }),
  set_queue: (random) => ({ action: 'set_queue', queue: random.uint(32) }),
  pop_queue: () => ({ action: 'pop_queue' }),
  dec_ttl: () => ({ action: 'dec_ttl' }),
  set_nw_ttl: (random) => ({ action: 'set_nw_ttl', ttl: random.uint(8) }),
  copy_ttl_out: UNKNOWN,
  copy_ttl_in: UNKNOWN,
  push_pbb: UNKNOWN,
  pop_pbb: UNKNOWN,
  push_vlan: 'changes what the packet is: see retagging',
  pop_vlan: 'changes what the packet is: see retagging',
  push_mpls: 'changes what the packet is: see retagging',
  pop_mpls: 'changes what the packet is: see retagging',
  set_mpls_label: (random) => ({ action: 'set_mpls_label', label: random.uint(20) }),
  set_mpls_tc: (random) => ({ action: 'set_mpls_tc', trafficClass: random.uint(3) }),
  set_mpls_ttl: (random) => ({ action: 'set_mpls_ttl', ttl: random.uint(8) }),
  dec_mpls_ttl: () => ({ action: 'dec_mpls_ttl' }),
  set_field: setField,
  reg_move: (random, scope) => {
    const to = targetOf(scope, 64, random);
    return { action: 'reg_move', from: sourceOf(scope, to.bits, random), to };
  },
  reg_load: (random, scope) => {
    const to = targetOf(scope, 64, random);
    return { action: 'reg_load', to, value: random.bits(to.bits) };
  },
  copy_field: (random, scope) => {
    const to = targetOf(scope, 64, random);
    return { action: 'copy_field', from: sourceOf(scope, to.bits, random), to };
  },
  stack_push: (random, scope) => ({
    action: 'stack_push',
    from: sourceOf(scope, random.between(1, 32), random),
  }),
  stack_pop: (random, scope) => ({ action: 'stack_pop', to: targetOf(scope, 32, random) }),
  output_reg: (random, scope) => ({
    action: 'output_reg',
    from: sourceOf(scope, random.between(1, 16), random),
    maxLength: random.uint(16),
  }),
  resubmit: (random) => ({
    action: 'resubmit',
    inPort: random.oneIn(2) ? PORT.inPort : random.between(1, 0xfeff),
    table: random.below(255),
  }),
  note: (random) => ({ action: 'note', bytes: bytes(random.pick([6, 14, 22]), random) }),
  clone: (random, scope) => ({ action: 'clone', actions: someOf(CLONABLE, random.below(3), scope, random) }),
  learn,
  conjunction: 'stands alone: see randomInstructions',
  ct: connection,
  nat: 'stands inside of ct',
  ct_clear: () => ({ action: 'ct_clear' }),
  exit: () => ({ action: 'exit' }),
  fin_timeout: (random) => ({
    action: 'fin_timeout',
    idleTimeout: random.uint(16),
    hardTimeout: random.uint(16),
  }),
  set_tunnel: (random) => ({ action: 'set_tunnel', tunnel: random.uint(32) }),
  set_tunnel64: (random) => ({ action: 'set_tunnel64', tunnel: random.bits(64) }),
  multipath: (random, scope) => ({
    action: 'multipath',
    fields: random.pick(HASHES),
    basis: random.uint(16),
    algorithm: random.pick(['modulo_n', 'hash_threshold', 'hrw', 'iter_hash'] as const),
    maxLink: random.below(2 ** 5),
    argument: random.uint(16),
    to: { ...targetOf(scope, 32, random), field: 'reg5', offset: 3, bits: 20 },
  }),
  bundle: (random) => ({ action: 'bundle', ...members(random) }),
  bundle_load: (random) => ({
    action: 'bundle_load',
    ...members(random),
    to: { field: 'reg6', offset: random.below(16), bits: 16 },
  }),
  controller: (random) => ({
    action: 'controller',
    maxLength: random.uint(16),
    controllerId: random.uint(16),
    reason: random.below(3),
  }),
  controller2: (random) => ({
    action: 'controller2',
    ...(random.oneIn(2) && { maxLength: random.uint(15) }),
    ...(random.oneIn(2) && { controllerId: random.between(1, 0xffff) }),
    ...(random.oneIn(2) && { reason: 0 }),
    userdata: bytes(random.between(1, 20), random),
    ...(random.oneIn(2) && { pause: true as const }),
  }),
  dec_ttl_cnt_ids: (random) => ({
    action: 'dec_ttl_cnt_ids',
    ids: Array.from({ length: random.between(1, 5) }, () => random.between(1, 0xffff)),
  }),
  write_metadata: 'in OpenFlow 1.3 an instruction',
  sample: (random) => ({
    action: 'sample',
    probability: random.between(1, 0xffff),
    collectorSetId: random.uint(32),
    observationDomainId: random.uint(32),
    observationPointId: random.uint(32),
    ...(random.oneIn(2) && { samplingPort: random.between(1, 0xfeff) }),
  }),
  output_trunc: (random) => ({
    action: 'output_trunc',
    port: random.between(1, 0xfeff),
    maxLength: random.between(14, 0xffff),
  }),
  encap: 'changes what the packet is',
  decap: 'changes what the packet is',
  dec_nsh_ttl: () => ({ action: 'dec_nsh_ttl' }),
  check_pkt_larger: (random) => ({
    action: 'check_pkt_larger',
    length: random.uint(16),
    to: { field: 'reg7', offset: random.below(32), bits: 1 },
  }),
  delete_field: 'needs a table of tunnel options',
  raw: 'is what this codec does not model',
};

const NAMES = Object.keys(RECIPES) as ActionName[];
/** Actions that may stand in a list of their own. */
const CLONABLE: readonly ActionName[] = ['output', 'set_field', 'reg_load', 'resubmit', 'note', 'ct_clear'];

/** Instructions that a flow of this kind may have; in one of some they are conjunctions, which stand alone. */
export function randomInstructions(tableId: number, kind: Kind, random: Random): Instruction[] {
  if (random.oneIn(40)) return [applied(conjunctions(random))];
  const instructions: Instruction[] = [];
  if (random.oneIn(8)) instructions.push({ instruction: 'meter', meter: random.pick(METERS) });
  const isRetagged = random.oneIn(4);
  if (isRetagged || !random.oneIn(8)) {
    const actions = someOf(NAMES, random.below(7), kind, random);
    instructions.push(applied(isRetagged ? [...actions, ...retagging(kind, random)] : actions));
  }
  if (random.oneIn(8)) instructions.push({ instruction: 'clear_actions' });
  if (random.oneIn(4)) {
    // The switch checks them after the applied actions.
    const after: Scope = isRetagged ? { provides: [] } : kind;
    const actions = someOf(['set_field', 'output', 'group', 'set_queue'], random.below(4), after, random);
    instructions.push({ instruction: 'write_actions', actions });
  }
  if (random.oneIn(4)) {
    const mask = random.bits(64);
    instructions.push({ instruction: 'write_metadata', metadata: random.bits(64) & mask, mask });
  }
  if (random.oneIn(2)) {
    instructions.push({ instruction: 'goto_table', table: random.between(tableId + 1, 253) });
  }
  return random.some(instructions, instructions.length);
}

/** Actions after which the packet is another, so that they come last. */
function retagging({ provides }: Scope, random: Random): Action[] {
  if (random.oneIn(2)) {
    const push: Action = { action: 'push_vlan', ethType: random.pick([0x8100, 0x88a8]) };
    return provides.includes('vlan') ? [{ action: 'pop_vlan' }, push] : [push, { action: 'pop_vlan' }];
  }
  const push: Action = { action: 'push_mpls', ethType: random.pick([0x8847, 0x8848]) };
  const pop: Action = { action: 'pop_mpls', ethType: 0x0800 };
  return provides.includes('mpls') ? [pop] : [push, { action: 'set_mpls_ttl', ttl: random.uint(8) }, pop];
}

/** Actions that an action set, and so a bucket, may have. */
export function randomSetActions(random: Random): Action[] {
  return someOf(['set_field', 'output', 'set_queue'], random.below(4), { provides: [] }, random);
}

function applied(actions: readonly Action[]): Instruction {
  return { instruction: 'apply_actions', actions };
}

function someOf(names: readonly ActionName[], count: number, scope: Scope, random: Random): Action[] {
  const actions: Action[] = [];
  const usable = names.filter((name) => {
    const needs = NEEDS[name];
    return needs === undefined || scope.provides.includes(needs);
  });
  while (actions.length < count) {
    const recipe = RECIPES[random.pick(usable)];
    if (typeof recipe !== 'string') actions.push(recipe(random, scope));
  }
  return actions;
}

function setField(random: Random, scope: Scope): Action {
  const field = writableField(scope, random);
  const { maskable, nxm } = FIELDS[field];
  const bits = usableBits(field);
  const value = random.bits(bits);
  const typed = (wide: bigint) => (bits > 32 ? wide : Number(wide));
  if (!maskable || random.oneIn(2)) {
    const form = nxm !== undefined && random.oneIn(4) ? ({ form: 'nxm' } as const) : {};
    return { action: 'set_field', field, value: typed(value), ...form };
  }
  const mask = random.bits(bits) | 1n;
  return { action: 'set_field', field, value: typed(value & mask), mask: typed(mask) };
}

function learn(random: Random, scope: Scope): Action {
  const learned = random.oneIn(2) ? LEARNS_IPV4 : LEARNS_ANY;
  const specs = Array.from({ length: random.between(1, 5) }, () => learnSpec(learned, random, scope));
  const hasLimit = random.oneIn(3);
  return {
    action: 'learn',
    idleTimeout: random.uint(16),
    hardTimeout: random.uint(16),
    priority: random.uint(16),
    cookie: random.bits(64),
    flags: random.below(4),
    table: random.below(254),
    finIdleTimeout: random.uint(16),
    finHardTimeout: random.uint(16),
    specs: [...learned.specs, ...specs],
    ...(hasLimit && { limit: random.uint(32) }),
  };
}

/** What a learned flow begins with, and the fields that it may match and load therefore. */
interface Learned extends Scope {
  readonly specs: readonly LearnSpec[];
}

const LEARNS_ANY: Learned = { provides: [], specs: [] };
const LEARNS_IPV4: Learned = {
  provides: ['ip', 'ipv4'],
  specs: [{ spec: 'match', to: { field: 'eth_type', offset: 0, bits: 16 }, from: 0x0800n }],
};

function learnSpec(learned: Learned, random: Random, scope: Scope): LearnSpec {
  if (random.oneIn(6)) return { spec: 'output', from: sourceOf(scope, 16, random) };
  const to = targetOf(learned, 64, random);
  const from = random.oneIn(2) ? random.bits(to.bits) : sourceOf(scope, to.bits, random);
  return { spec: random.pick(['match', 'load'] as const), to, from };
}

function connection(random: Random, scope: Scope): Action {
  const isCommit = random.oneIn(2);
  const actions: Action[] = [];
  if (isCommit && random.oneIn(2))
    actions.push({ action: 'set_field', field: 'ct_mark', value: random.uint(32) });
  if (random.oneIn(3)) actions.push(isCommit ? translation(random, scope) : { action: 'nat', flags: 0 });
  return {
    action: 'ct',
    flags: isCommit ? random.pick([CT_FLAG.commit, CT_FLAG.commit | CT_FLAG.force]) : 0,
    zone: random.oneIn(2) ? random.uint(16) : { field: 'reg4', offset: random.below(17), bits: 16 },
    recircTable: random.below(254),
    alg: 0,
    actions,
  };
}

function translation(random: Random, scope: Scope): Action {
  const flags = random.pick([NAT_FLAG.source, NAT_FLAG.destination]);
  const first = random.between(1, 1000);
  const ports = random.oneIn(2) ? { portMin: first, portMax: first + random.between(1, 1000) } : {};
  return scope.provides.includes('ipv4')
    ? { action: 'nat', flags, ipv4Min: 0x0a000001, ipv4Max: 0x0a000001 + random.between(1, 200), ...ports }
    : { action: 'nat', flags, ipv6Min: 5n, ipv6Max: 5n + BigInt(random.between(1, 200)), ...ports };
}

function conjunctions(random: Random): Action[] {
  return Array.from({ length: random.between(1, 3) }, () => {
    const clauses = random.between(2, 64);
    return { action: 'conjunction', id: random.uint(32), clause: random.between(1, clauses), clauses };
  });
}

const HASHES = ['eth_src', 'symmetric_l4', 'symmetric_l3l4', 'symmetric_l3l4+udp', 'symmetric_l3'] as const;

function members(random: Random) {
  return {
    fields: random.pick(HASHES),
    basis: random.uint(16),
    algorithm: random.pick(['active_backup', 'hrw'] as const),
    members: Array.from({ length: random.below(6) }, () => random.between(1, 0xfeff)),
  };
}

function outPort(random: Random): number {
  const reserved = [PORT.inPort, PORT.normal, PORT.flood, PORT.all, PORT.controller, PORT.local];
  return random.oneIn(3) ? random.pick(reserved) : random.between(1, 0xfeff);
}

function bytes(count: number, random: Random): Uint8Array {
  return Uint8Array.from({ length: count }, () => random.below(256));
}

import fc from 'fast-check';
import {
  type Action,
  FIELD_NAMES,
  FIELDS,
  type FieldName,
  type Instruction,
  type LearnSpec,
  type Subfield,
} from '../index.ts';
import { bitsOf } from '../text/subfield.ts';
import { bits, number, PLAIN, typed } from './arbitrary-matches.ts';

const SOURCES = FIELD_NAMES.filter((name) => name !== 'in_port');
const TARGETS = SOURCES.filter((name) => !FIELDS[name].readOnly);

const subfield = (fields: readonly FieldName[], width?: number): fc.Arbitrary<Subfield> =>
  fc
    .constantFrom(...fields.filter((name) => bitsOf(name) >= (width ?? 1)))
    .chain((field) =>
      fc
        .nat(bitsOf(field) - (width ?? 1))
        .chain((offset) =>
          (width === undefined
            ? fc.integer({ min: 1, max: Math.min(64, bitsOf(field) - offset) })
            : fc.constant(width)
          ).map((count) => ({ field, offset, bits: count })),
        ),
    );

const register = fc
  .constantFrom('reg0', 'reg15', 'xreg3', 'xxreg1', 'metadata', 'eth_dst', 'ip_src', 'tun_id')
  .chain((field) =>
    fc
      .nat(bitsOf(field) - 1)
      .chain((offset) =>
        fc
          .integer({ min: 1, max: Math.min(64, bitsOf(field) - offset) })
          .map((count) => ({ field, offset, bits: count })),
      ),
  );
const pair = fc
  .integer({ min: 1, max: 32 })
  .chain((width) => fc.record({ from: subfield(SOURCES, width), to: subfield(TARGETS, width) }));
const port = fc.oneof(number(15), fc.constantFrom(0xfffffff8, 0xfffffffe));
const hash = fc.constantFrom(
  'eth_src',
  'symmetric_l4',
  'symmetric_l3l4',
  'symmetric_l3l4+udp',
  'nw_src',
  'nw_dst',
  'symmetric_l3',
);
const bytes = (most: number) => fc.uint8Array({ minLength: 1, maxLength: most });
const exactly = <const A>(value: A) => fc.constant(value);

const SETTABLE = PLAIN.filter(
  (name) => !name.startsWith('tun_metadata') && !FIELDS[name].readOnly && FIELDS[name].as !== 'port',
);

const learnSpec: fc.Arbitrary<LearnSpec> = fc.oneof(
  pair.map(({ from, to }) => ({ spec: 'match' as const, to, from })),
  pair.map(({ from, to }) => ({ spec: 'load' as const, to, from })),
  register.chain((to) => bits(to.bits).map((from) => ({ spec: 'load' as const, to, from }))),
  register.chain((to) => bits(to.bits).map((from) => ({ spec: 'match' as const, to, from }))),
  register.map((from) => ({ spec: 'output' as const, from })),
);

const LAST_IPV6 = (1n << 128n) - 1n;

// A range of one address has no end.
const nat = fc
  .record({
    end: fc.constantFrom(1, 2),
    options: fc.constantFrom(0, 4, 8, 16, 12, 20),
    low: fc.oneof(bits(32), bits(128)),
    ports: fc.boolean(),
    isRange: fc.boolean(),
  })
  .map(({ end, options, low, ports, isRange }) => {
    const isIpv4 = low < 1n << 32n;
    const range = isIpv4
      ? { ipv4Min: Number(low), ...(isRange && low < 0xffffffffn && { ipv4Max: Number(low) + 1 }) }
      : { ipv6Min: low, ...(isRange && low < LAST_IPV6 && { ipv6Max: LAST_IPV6 }) };
    return {
      action: 'nat' as const,
      flags: end | options,
      ...range,
      ...(ports && { portMin: 80, portMax: 90 }),
    };
  });

/**
 * Every action that its text says all of. Not here: forms of OpenFlow 1.0 and 1.5 that print like another action
 * (set_tunnel, copy_field, Nicira's older ones), masked set_field, which becomes loads as in ovs-ofctl, and bundle,
 * which is bundle_load without a field.
 */
export const actions: fc.Arbitrary<Action> = fc.letrec<{ action: Action }>((tie) => ({
  action: fc.oneof(
    { maxDepth: 3 },
    port.map((one) => ({ action: 'output' as const, port: one, maxLength: 0 })),
    fc.record({ action: exactly('output'), port: exactly(0xfffffffd), maxLength: number(16) }),
    fc.record({ action: exactly('group'), group: number(32) }),
    fc.record({ action: exactly('set_queue'), queue: number(32) }),
    fc.constantFrom<Action>(
      { action: 'dec_ttl' },
      { action: 'pop_vlan' },
      { action: 'pop_queue' },
      { action: 'dec_mpls_ttl' },
      { action: 'dec_nsh_ttl' },
      { action: 'ct_clear' },
      { action: 'exit' },
    ),
    fc.record({ action: exactly('set_nw_ttl'), ttl: number(8) }),
    fc.record({ action: exactly('set_mpls_ttl'), ttl: number(8) }),
    fc.record({ action: exactly('push_vlan'), ethType: fc.constantFrom(0x8100, 0x88a8) }),
    fc.record({ action: exactly('push_mpls'), ethType: number(16) }),
    fc.record({ action: exactly('pop_mpls'), ethType: number(16) }),
    fc.constantFrom(...SETTABLE).chain((field) =>
      bits(bitsOf(field)).map((value) => ({
        action: 'set_field' as const,
        field,
        value: typed(field, value),
      })),
    ),
    pair.map(({ from, to }) => ({ action: 'reg_move' as const, from, to })),
    register.chain((to) => bits(to.bits).map((value) => ({ action: 'reg_load' as const, to, value }))),
    fc.record({ action: exactly('resubmit'), inPort: port, table: fc.nat(254) }),
    fc.record({ action: exactly('resubmit'), inPort: port, table: fc.nat(254), form: exactly('ct') }),
    fc.record({ action: exactly('output_reg'), from: register, maxLength: exactly(0xffff) }),
    fc.record({ action: exactly('clone'), actions: fc.array(tie('action'), { maxLength: 3 }) }),
    fc.record({
      action: exactly('conjunction'),
      id: number(32),
      clause: fc.integer({ min: 1, max: 4 }),
      clauses: fc.integer({ min: 4, max: 64 }),
    }),
    fc.record({ action: exactly('fin_timeout'), idleTimeout: number(16), hardTimeout: number(16) }),
    fc
      .constantFrom(6, 14, 22)
      .chain((size) =>
        fc.record({ action: exactly('note'), bytes: fc.uint8Array({ minLength: size, maxLength: size }) }),
      ),
    fc.record({
      action: exactly('learn'),
      idleTimeout: number(16),
      hardTimeout: number(16),
      priority: number(16),
      cookie: bits(64),
      flags: fc.nat(3),
      table: fc.nat(254),
      finIdleTimeout: number(16),
      finHardTimeout: number(16),
      specs: fc.array(learnSpec, { maxLength: 5 }),
    }),
    fc.record({
      action: exactly('ct'),
      flags: fc.constantFrom(0, 1, 3),
      zone: fc.oneof(number(16), exactly({ field: 'reg0' as const, offset: 16, bits: 16 })),
      recircTable: fc.nat(255),
      alg: fc.constantFrom(0, 21, 69),
      actions: fc
        .tuple(fc.option(nat, { nil: undefined }), fc.array(tie('action'), { maxLength: 2 }))
        .map(([first, rest]) => (first === undefined ? rest : [first, ...rest])),
    }),
    fc.record({
      action: exactly('multipath'),
      fields: hash,
      basis: number(16),
      algorithm: fc.constantFrom('modulo_n', 'hash_threshold', 'hrw', 'iter_hash'),
      maxLink: number(8),
      argument: number(32),
      to: exactly({ field: 'reg1' as const, offset: 0, bits: 16 }),
    }),
    fc.record({
      action: exactly('bundle_load'),
      fields: hash,
      basis: number(16),
      algorithm: fc.constantFrom('active_backup', 'hrw'),
      members: fc.array(port, { maxLength: 4 }),
      to: register,
    }),
    fc.record({
      action: exactly('dec_ttl_cnt_ids'),
      ids: fc.array(number(16), { minLength: 1, maxLength: 4 }),
    }),
    fc.record({ action: exactly('stack_push'), from: subfield(SOURCES) }),
    fc.record({ action: exactly('stack_pop'), to: subfield(TARGETS) }),
    fc.record({
      action: exactly('sample'),
      probability: fc.integer({ min: 1, max: 0xffff }),
      collectorSetId: number(32),
      observationDomainId: number(32),
      observationPointId: number(32),
      samplingPort: port,
      direction: fc.constantFrom('ingress', 'egress'),
    }),
    fc.record({
      action: exactly('output_trunc'),
      port: number(15),
      maxLength: fc.integer({ min: 14, max: 0xffffffff }),
    }),
    fc.record({ action: exactly('decap'), packetType: number(32) }),
    fc.record({ action: exactly('check_pkt_larger'), length: number(16), to: subfield(SOURCES, 1) }),
    fc.record({
      action: exactly('controller'),
      maxLength: number(16),
      controllerId: number(16),
      reason: fc.constantFrom(0, 2),
    }),
    fc.record({
      action: exactly('controller2'),
      userdata: bytes(20),
      pause: exactly(true),
      meter: number(32),
    }),
    fc.record({
      action: exactly('encap'),
      headerSize: exactly(0),
      packetType: fc.constantFrom(0, 0x1894f, 0x18847),
      properties: fc.array(
        fc.oneof(
          fc.record({ property: exactly('nshMdType'), mdType: number(8) }),
          fc.record({
            property: exactly('nshTlv'),
            tlvClass: number(16),
            tlvType: number(8),
            data: bytes(9).map((data) => Uint8Array.of(1, ...data)),
          }),
        ),
        { maxLength: 3 },
      ),
    }),
  ),
})).action;

/** Instructions in the order in which a switch executes them, each at most once. */
export const instructions: fc.Arbitrary<Instruction[]> = fc
  .record({
    meter: fc.option(fc.record({ instruction: exactly('meter'), meter: number(31) })),
    apply: fc.option(
      fc.record({
        instruction: exactly('apply_actions'),
        actions: fc.array(actions, { minLength: 1, maxLength: 3 }),
      }),
    ),
    clear: fc.option(fc.record({ instruction: exactly('clear_actions') })),
    write: fc.option(
      fc.record({
        instruction: exactly('write_actions'),
        actions: fc.array(actions, { minLength: 1, maxLength: 3 }),
      }),
    ),
    metadata: fc.option(
      fc.record({ instruction: exactly('write_metadata'), metadata: bits(64), mask: bits(64) }),
    ),
    goto: fc.option(fc.record({ instruction: exactly('goto_table'), table: number(8) })),
  })
  .map((all) => Object.values(all).filter((one): one is Exclude<typeof one, null> => one !== null));

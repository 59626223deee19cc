import { FIELDS, type FieldName, type Subfield, VLAN_PRESENT } from 'openflow-codec';
import { type MaskedWords, spread, write } from './bits.ts';
import { AT, placeOf } from './layout.ts';
import { ETH, isIp, presenceOf } from './needs.ts';
import type { Preparations } from './prepare.ts';
import { readSubfield, wordsOfSubfield } from './subfield.ts';
import type { Run } from './translation.ts';

/** OFPR_INVALID_TTL (OF 1.3.5, 7.4.1). */
const INVALID_TTL = 2;
/** Controllers get the whole packet unless an action says otherwise. */
const WHOLE = 0xffff;

/** Actions that change what is known of a packet. */
export const FIELD_ACTIONS: Preparations = {
  set_field: ({ field, value, mask }) => {
    const ones = (1n << BigInt(FIELDS[field].bits)) - 1n;
    return setting(field, spread(placeOf(field), BigInt(value), mask === undefined ? ones : BigInt(mask)));
  },
  reg_load: ({ to, value }) => setting(to.field, wordsOfSubfield(to, value)),
  reg_move: ({ from, to }) => moving(from, to),
  copy_field: ({ from, to }) => moving(from, to),
  set_tunnel: ({ tunnel }) => setting('tun_id', wordsOf('tun_id', BigInt(tunnel))),
  set_tunnel64: ({ tunnel }) => setting('tun_id', wordsOf('tun_id', tunnel)),
  write_metadata: ({ metadata, mask }) => setting('metadata', spread(placeOf('metadata'), metadata, mask)),
  set_nw_ttl: ({ ttl }) => {
    const words = wordsOf('nw_ttl', BigInt(ttl));
    return ({ key }) => {
      if (isIp(key)) write(key, words);
    };
  },
  push_vlan:
    ({ ethType }) =>
    ({ key }) => {
      key.copyWithin(AT.innerTci, AT.tci, AT.tci + 2);
      key[AT.tci] = VLAN_PRESENT;
      key[AT.tpid] = ethType;
    },
  pop_vlan:
    () =>
    ({ key }) => {
      if (((key[AT.tci] ?? 0) & VLAN_PRESENT) === 0) return;
      const isDouble = ((key[AT.innerTci] ?? 0) & VLAN_PRESENT) !== 0;
      if (isDouble) key.copyWithin(AT.tci, AT.innerTci, AT.innerTci + 2);
      const last = isDouble ? AT.innerTci : AT.tci;
      key.fill(0, last, last + 2);
    },
  // Neither asks whether the packet has the field.
  stack_push: ({ from }) => {
    return ({ stack, key }) => {
      stack.push(readSubfield(key, from));
    };
  },
  stack_pop:
    ({ to }) =>
    (packet) => {
      const value = packet.stack.pop();
      if (value === undefined) packet.note('emptyStack');
      else {
        write(packet.key, wordsOfSubfield(to, value));
        if (to.field.startsWith('vlan')) completeTag(packet.key, to.field);
      }
    },
  dec_ttl: () => decrementing([0]),
  dec_ttl_cnt_ids: ({ ids }) => decrementing(ids),
};

function wordsOf(field: FieldName, value: bigint): MaskedWords {
  const place = placeOf(field);
  return spread(place, value, place.ones);
}

function setting(field: FieldName, words: MaskedWords): Run['run'] {
  const isPresent = presenceOf(field);
  const isTag = words.at.includes(AT.tci);
  return (packet) => {
    if (!isPresent(packet.key)) {
      packet.note('absentField');
      return;
    }
    write(packet.key, words);
    if (isTag) completeTag(packet.key, field);
  };
}

function moving(from: Subfield, to: Subfield): Run['run'] {
  const [isPresent, isTargetPresent] = [presenceOf(from.field), presenceOf(to.field)];
  return (packet) => {
    if (!isPresent(packet.key) || !isTargetPresent(packet.key)) {
      packet.note('absentField');
      return;
    }
    write(packet.key, wordsOfSubfield(to, readSubfield(packet.key, from)));
    if (to.field.startsWith('vlan')) completeTag(packet.key, to.field);
  };
}

/** A tag that gets a priority is there, and one that is there has a type (flow_fix_vlan_tpid). */
function completeTag(key: Uint32Array, field: FieldName): void {
  if (field === 'vlan_pcp') key[AT.tci] = (key[AT.tci] ?? 0) | VLAN_PRESENT;
  if (key[AT.tpid] === 0 && key[AT.tci] !== 0) key[AT.tpid] = ETH.vlan;
}

/** A packet whose TTL ends goes to the controllers instead, and no further in this list. */
function decrementing(ids: readonly number[]): Run['run'] {
  return (packet) => {
    const { key } = packet;
    if (!isIp(key)) return;
    const ttl = key[AT.nwTtl] ?? 0;
    if (ttl > 1) {
      key[AT.nwTtl] = ttl - 1;
      return;
    }
    for (const id of ids) packet.toControllerAs(INVALID_TTL, WHOLE, id);
    packet.leaveList();
  };
}

import { PORT } from '../constants.ts';
import { FIELDS, type FieldName } from '../fields.ts';
import { encodeEntry, readEntry } from '../match/codec.ts';
import { allOnes } from '../match/value.ts';
import { isReservedPort, portText } from '../text/names.ts';
import { hexText, valueText } from '../text/value.ts';
import { struct } from '../wire/struct.ts';
import { type ActionEntry, type ActionOf, type Form, form, plain } from './form.ts';

const Nothing = struct('ofp_action_header', 4, { pad: { pad: 4 } });
const Output = struct('ofp_action_output', 12, { port: 'u32', maxLength: 'u16', pad: { pad: 6 } });
const Group = struct('ofp_action_group', 4, { group: 'u32' });
const SetQueue = struct('ofp_action_set_queue', 4, { queue: 'u32' });
const Ethertype = struct('ofp_action_push', 4, { ethType: 'u16', pad: { pad: 2 } });
const SetField = struct('ofp_action_set_field', 0, {});

type Standard =
  | 'output'
  | 'group'
  | 'set_queue'
  | 'dec_ttl'
  | 'push_vlan'
  | 'pop_vlan'
  | 'push_mpls'
  | 'pop_mpls'
  | 'set_field';

/** The actions of OpenFlow 1.3 itself (OF 1.3.5, 7.2.5). */
export const STANDARD_ACTIONS: { readonly [N in Standard]: ActionEntry<ActionOf<N>> } = {
  output: {
    forms: [plain('output', { standard: 0 }, Output)],
    text({ port, maxLength }, { names }) {
      if (port === PORT.controller) return `CONTROLLER:${maxLength}`;
      return isReservedPort(port) ? portText(port, names) : `output:${portText(port, names)}`;
    },
  },
  group: { forms: [plain('group', { standard: 22 }, Group)], text: ({ group }) => `group:${group}` },
  set_queue: {
    forms: [plain('set_queue', { standard: 21 }, SetQueue)],
    text: ({ queue }) => `set_queue:${queue}`,
  },
  dec_ttl: { forms: [plain('dec_ttl', { standard: 24 }, Nothing)], text: () => 'dec_ttl' },
  push_vlan: {
    forms: [plain('push_vlan', { standard: 17 }, Ethertype)],
    text: ({ ethType }) => `push_vlan:${hexText(ethType)}`,
  },
  pop_vlan: { forms: [plain('pop_vlan', { standard: 18 }, Nothing)], text: () => 'pop_vlan' },
  push_mpls: {
    forms: [plain('push_mpls', { standard: 19 }, Ethertype)],
    text: ({ ethType }) => `push_mpls:${ethertypeText(ethType)}`,
  },
  pop_mpls: {
    forms: [plain('pop_mpls', { standard: 20 }, Ethertype)],
    text: ({ ethType }) => `pop_mpls:${ethertypeText(ethType)}`,
  },
  set_field: {
    forms: [setField(), regLoad2()],
    text: ({ field, value, mask }, { names }) =>
      `set_field:${valueText(field, value, mask === allOnes(field) ? undefined : mask, names)}->${setFieldName(field)}`,
  },
};

/** OFPAT_SET_FIELD, which carries no mask. */
function setField(): Form<ActionOf<'set_field'>> {
  return form({
    code: { standard: 25 },
    layout: SetField,
    fits: (action) => !isRegLoad2(action),
    read(_, reader, end) {
      const entry = readEntry(reader, end);
      return entry.field === 'raw' || entry.mask !== undefined
        ? undefined
        : { action: 'set_field', ...entry };
    },
    write: () => ({}),
    tail({ field, value, form: header }, writer) {
      encodeEntry(header === 'nxm' ? { field, value, form: header } : { field, value }, writer);
    },
  });
}

/** NXAST_REG_LOAD2 with Nicira's header where there is one; the other header, which nobody sends, stays raw. */
function regLoad2(): Form<ActionOf<'set_field'>> {
  return form({
    code: { nicira: 33 },
    layout: SetField,
    fits: isRegLoad2,
    read(_, reader, end) {
      const entry = readEntry(reader, end);
      if (entry.field === 'raw') return undefined;
      const { field, value, mask, form: header } = entry;
      if (header !== 'nxm' && FIELDS[field].nxm !== undefined) return undefined;
      return {
        action: 'set_field',
        field,
        value,
        ...(mask === undefined ? { form: 'reg_load2' } : { mask }),
      };
    },
    write: () => ({}),
    tail({ field, value, mask }: ActionOf<'set_field'>, writer) {
      encodeEntry(
        mask === undefined ? { field, value, form: 'nxm' } : { field, value, mask, form: 'nxm' },
        writer,
      );
    },
  });
}

function isRegLoad2({ mask, form: wanted }: ActionOf<'set_field'>): boolean {
  return mask !== undefined || wanted === 'reg_load2';
}

function setFieldName(field: FieldName): string {
  return FIELDS[field].text ?? field;
}

function ethertypeText(ethType: number): string {
  return `0x${ethType.toString(16).padStart(4, '0')}`;
}

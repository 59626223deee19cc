import { PORT } from '../constants.ts';
import { FIELDS, type FieldName } from '../fields.ts';
import { encodeEntry, readEntry } from '../match/codec.ts';
import { isReservedPort, portText } from '../text/names.ts';
import { hexText, valueText } from '../text/value.ts';
import { type LayoutOf, type Struct, struct } from '../wire/struct.ts';
import { type ActionCode, type ActionEntry, type ActionOf, type Form, form, plain } from './form.ts';

const Nothing = struct('ofp_action_header', 4, { pad: { pad: 4 } });
const Output = struct('ofp_action_output', 12, { port: 'u32', maxLength: 'u16', pad: { pad: 6 } });
const Group = struct('ofp_action_group', 4, { group: 'u32' });
const SetQueue = struct('ofp_action_set_queue', 4, { queue: 'u32' });
const Ethertype = struct('ofp_action_push', 4, { ethType: 'u16', pad: { pad: 2 } });
const SetField = struct('ofp_action_set_field', 0, {});
const RegLoad2 = struct('nx_action_reg_load2', 6, { pad: { pad: 6 } });

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
    forms: [setField({ standard: 25 }, SetField, false), setField({ nicira: 33 }, RegLoad2, true)],
    text: ({ field, value, mask }, { names }) =>
      `set_field:${valueText(field, value, mask, names)}->${setFieldName(field)}`,
  },
};

/** OFPAT_SET_FIELD carries no mask, NXAST_REG_LOAD2 always one. */
function setField<L extends LayoutOf>(
  code: ActionCode,
  layout: Struct<L>,
  hasMask: boolean,
): Form<ActionOf<'set_field'>> {
  return form({
    code,
    layout,
    fits: ({ mask }) => (mask !== undefined) === hasMask,
    read(_, reader, end) {
      const entry = readEntry(reader, end);
      if (entry.field === 'raw' || (entry.mask !== undefined) !== hasMask) return undefined;
      return { action: 'set_field', ...entry };
    },
    write: () => layout.readMembers(ZEROS, 0),
    tail: ({ action: _, ...entry }, writer) => encodeEntry(entry, writer),
  });
}

const ZEROS = new DataView(new ArrayBuffer(8));

function setFieldName(field: FieldName): string {
  return FIELDS[field].text ?? field;
}

function ethertypeText(ethType: number): string {
  return `0x${ethType.toString(16).padStart(4, '0')}`;
}

import { PORT } from '../constants.ts';
import { FIELDS, type FieldName } from '../fields.ts';
import { encodeEntry, readEntry } from '../match/codec.ts';
import { allOnes } from '../match/value.ts';
import { isReservedPort, portText } from '../text/names.ts';
import { hexText } from '../text/number.ts';
import { valueText } from '../text/value.ts';
import type { LayoutOf, Members } from '../wire/layout.ts';
import { type Struct, struct } from '../wire/struct.ts';
import { type ActionEntry, type ActionOf, type Form, form, plain } from './form.ts';

const Nothing = struct('ofp_action_header', 4, { pad: { pad: 4 } });
const Output = struct('ofp_action_output', 12, { port: 'u32', maxLength: 'u16', pad: { pad: 6 } });
const Group = struct('ofp_action_group', 4, { group: 'u32' });
const SetQueue = struct('ofp_action_set_queue', 4, { queue: 'u32' });
const Ethertype = struct('ofp_action_push', 4, { ethType: 'u16', pad: { pad: 2 } });
const Label = struct('ofp_action_mpls_label', 4, { label: 'u32' });
const TrafficClass = struct('ofp_action_mpls_tc', 4, { trafficClass: 'u8', pad: { pad: 3 } });
const Ttl = struct('ofp_action_nw_ttl', 4, { ttl: 'u8', pad: { pad: 3 } });
const NxNothing = struct('nx_action_header', 6, { pad: { pad: 6 } });
const NxGroup = struct('nx_action_group', 6, { pad: { pad: 2 }, group: 'u32' });
const NxSetQueue = struct('nx_action_set_queue', 6, { pad: { pad: 2 }, queue: 'u32' });
const NxEthertype = struct('nx_action_push_mpls', 6, { ethType: 'u16', pad: { pad: 4 } });
const NxLabel = struct('nx_action_mpls_label', 6, { pad: { pad: 2 }, label: 'u32' });
const NxTrafficClass = struct('nx_action_mpls_tc', 6, { trafficClass: 'u8', pad: { pad: 5 } });
const NxTtl = struct('nx_action_mpls_ttl', 6, { ttl: 'u8', pad: { pad: 5 } });
const SetField = struct('ofp_action_set_field', 0, {});

type Standard =
  | 'output'
  | 'group'
  | 'set_queue'
  | 'dec_ttl'
  | 'set_nw_ttl'
  | 'copy_ttl_out'
  | 'copy_ttl_in'
  | 'push_vlan'
  | 'pop_vlan'
  | 'push_mpls'
  | 'pop_mpls'
  | 'set_mpls_label'
  | 'set_mpls_tc'
  | 'set_mpls_ttl'
  | 'dec_mpls_ttl'
  | 'push_pbb'
  | 'pop_pbb'
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
  group: { forms: both('group', 22, Group, 40, NxGroup), text: ({ group }) => `group:${group}` },
  set_queue: {
    forms: both('set_queue', 21, SetQueue, 4, NxSetQueue),
    text: ({ queue }) => `set_queue:${queue}`,
  },
  dec_ttl: { forms: both('dec_ttl', 24, Nothing, 18, NxNothing), text: () => 'dec_ttl' },
  set_nw_ttl: {
    forms: [plain('set_nw_ttl', { standard: 23 }, Ttl)],
    text: ({ ttl }) => `mod_nw_ttl:${ttl}`,
  },
  copy_ttl_out: { forms: [plain('copy_ttl_out', { standard: 11 }, Nothing)], text: () => 'copy_ttl_out' },
  copy_ttl_in: { forms: [plain('copy_ttl_in', { standard: 12 }, Nothing)], text: () => 'copy_ttl_in' },
  push_vlan: {
    forms: [plain('push_vlan', { standard: 17 }, Ethertype)],
    text: ({ ethType }) => `push_vlan:${hexText(ethType)}`,
  },
  pop_vlan: { forms: [plain('pop_vlan', { standard: 18 }, Nothing)], text: () => 'pop_vlan' },
  push_mpls: {
    forms: both('push_mpls', 19, Ethertype, 23, NxEthertype),
    text: ({ ethType }) => `push_mpls:${ethertypeText(ethType)}`,
  },
  pop_mpls: {
    forms: both('pop_mpls', 20, Ethertype, 24, NxEthertype),
    text: ({ ethType }) => `pop_mpls:${ethertypeText(ethType)}`,
  },
  set_mpls_label: {
    forms: both('set_mpls_label', 13, Label, 30, NxLabel),
    text: ({ label }) => `set_mpls_label(${label})`,
  },
  set_mpls_tc: {
    forms: both('set_mpls_tc', 14, TrafficClass, 31, NxTrafficClass),
    text: ({ trafficClass }) => `set_mpls_tc(${trafficClass})`,
  },
  set_mpls_ttl: {
    forms: both('set_mpls_ttl', 15, Ttl, 25, NxTtl),
    text: ({ ttl }) => `set_mpls_ttl(${ttl})`,
  },
  dec_mpls_ttl: { forms: both('dec_mpls_ttl', 16, Nothing, 26, NxNothing), text: () => 'dec_mpls_ttl' },
  push_pbb: {
    forms: [plain('push_pbb', { standard: 26 }, Ethertype)],
    text: ({ ethType }) => `push_pbb:${hexText(ethType)}`,
  },
  pop_pbb: { forms: [plain('pop_pbb', { standard: 27 }, Nothing)], text: () => 'pop_pbb' },
  set_field: {
    forms: [setField(), regLoad2()],
    text: ({ field, value, mask }, { names }) =>
      `set_field:${valueText(field, value, mask === allOnes(field) ? undefined : mask, names)}->${setFieldName(field)}`,
  },
};

/** The specification's form of an action, and the one that Nicira had before it, of the same members. */
function both<const N extends string, L extends LayoutOf, O extends LayoutOf>(
  action: N,
  standard: number,
  layout: Struct<L>,
  nicira: number,
  older: Struct<O> & (Members<O> extends Members<L> ? unknown : never),
): Form<{ readonly action: N; readonly form?: 'nicira' } & Members<L>>[] {
  type Both = { readonly action: N; readonly form?: 'nicira' } & Members<L>;
  return [
    form<Both, L>({
      code: { standard },
      layout,
      fits: (one) => one.form === undefined,
      read: (members) => ({ action, ...members }),
      write: (members) => members,
    }),
    form<Both, O>({
      code: { nicira },
      layout: older,
      // The parameter's type says that both layouts have the same members.
      read: (members) => ({ action, ...members, form: 'nicira' }) as unknown as Both,
      write: (members) => members as unknown as Members<O>,
    }),
  ];
}

/** OFPAT_SET_FIELD, which carries no mask. */
function setField(): Form<ActionOf<'set_field'>> {
  return form({
    code: { standard: 25 },
    layout: SetField,
    fits: (action) => !isRegLoad2(action),
    read(_, reader, end) {
      const entry = readEntry(reader, end);
      if (entry.field === 'raw' || entry.mask !== undefined) return undefined;
      const { field, value, form: header, size } = entry;
      if (header !== undefined || size !== undefined) return { action: 'set_field', ...entry };
      return { action: 'set_field', field, value };
    },
    write: () => ({}),
    tail({ field, value, form: header, size }, writer) {
      if (header === undefined && size === undefined) {
        encodeEntry({ field, value }, writer);
        return;
      }
      const isMatchForm = header === 'nxm' || header === 'alias';
      encodeEntry(
        { field, value, ...(isMatchForm && { form: header }), ...(size !== undefined && { size }) },
        writer,
      );
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
      const { form: header, ...rest } = entry;
      const isWritten = header === 'nxm' || (header === undefined && FIELDS[rest.field].nxm === undefined);
      if (!isWritten) return undefined;
      return { action: 'set_field', ...rest, ...(rest.mask === undefined && { form: 'reg_load2' }) };
    },
    write: () => ({}),
    tail: (action: ActionOf<'set_field'>, writer) => encodeEntry({ ...action, form: 'nxm' }, writer),
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

import type { Subfield } from '../action.ts';
import { CodecError } from '../errors.ts';
import { portText, type TextNames } from '../text/names.ts';
import { subfieldText } from '../text/subfield.ts';
import type { Members } from '../wire/layout.ts';
import type { Reader } from '../wire/reader.ts';
import { struct } from '../wire/struct.ts';
import type { Writer } from '../wire/writer.ts';
import { type ActionEntry, type ActionOf, BAD_LENGTH, form } from './form.ts';
import { names } from './names.ts';
import { fromShortPort, toShortPort } from './port.ts';
import {
  hasLongHeader,
  makeSubfield,
  packRange,
  readFieldHeader,
  unpackRange,
  writeFieldHeader,
} from './subfield.ts';

/** nx_action_multipath between Nicira's header and the field that is written. */
const Multipath = struct('nx_action_multipath', 18, {
  fields: 'u16',
  basis: 'u16',
  pad: { pad: 2 },
  algorithm: 'u16',
  maxLink: 'u16',
  argument: 'u32',
  pad2: { pad: 2 },
  range: 'u16',
});

/** nx_action_bundle between Nicira's header and the field that is written. */
const Bundle = struct('nx_action_bundle', 14, {
  algorithm: 'u16',
  fields: 'u16',
  basis: 'u16',
  memberType: 'u32',
  count: 'u16',
  range: 'u16',
});

/** The header NXM_OF_IN_PORT, the one type of members there is. */
const PORT_MEMBERS = 0x00000002;
const FIELD_SIZE = 4;
const BUNDLE_PAD = 4;

/** NX_HASH_FIELDS_*. */
export const hashes = names([
  'eth_src',
  'symmetric_l4',
  'symmetric_l3l4',
  'symmetric_l3l4+udp',
  'nw_src',
  'nw_dst',
  'symmetric_l3',
]);
/** NX_MP_ALG_*. */
export const multipaths = names(['modulo_n', 'hash_threshold', 'hrw', 'iter_hash']);
/** NX_BD_ALG_*. */
export const bundles = names(['active_backup', 'hrw']);

type BundleAction = ActionOf<'bundle'> | ActionOf<'bundle_load'>;

/** Nicira's actions that choose by a hash of the packet (ovs-actions(7)). */
export const HASH_ACTIONS: {
  readonly [N in 'multipath' | 'bundle' | 'bundle_load']: ActionEntry<ActionOf<N>>;
} = {
  multipath: {
    forms: [
      form({
        code: { nicira: 10 },
        layout: Multipath,
        read({ range, ...members }, reader, end) {
          const fields = hashes.nameOf(members.fields);
          const algorithm = multipaths.nameOf(members.algorithm);
          const to = readRange(range, reader, end);
          if (!fields || !algorithm || !to) return undefined;
          return { action: 'multipath', ...members, fields, algorithm, to };
        },
        write: ({ to, fields, algorithm, ...members }) => ({
          ...members,
          fields: hashes.numberOf(fields),
          algorithm: multipaths.numberOf(algorithm),
          range: packRange(to),
        }),
        tail: ({ to }, writer) => writeShortHeader(to, writer),
      }),
    ],
    text: ({ fields, basis, algorithm, maxLink, argument, to }) =>
      `multipath(${fields},${basis},${algorithm},${maxLink + 1},${argument},${subfieldText(to)})`,
  },
  bundle: {
    forms: [
      form({
        code: { nicira: 12 },
        layout: Bundle,
        read(members, reader, end) {
          const isEmpty =
            members.range === 0 && reader.isZero(reader.at, Math.min(reader.at + FIELD_SIZE, end));
          reader.take(FIELD_SIZE, end, Bundle.name, BAD_LENGTH);
          const bundle = readBundle(members, reader, end);
          return bundle && isEmpty ? { action: 'bundle', ...bundle } : undefined;
        },
        write: (action) => bundleMembers(action, 0),
        tail(action, writer) {
          writer.pad(FIELD_SIZE);
          writeMembers(action, writer);
        },
      }),
    ],
    text: (action, { names: known }) => `bundle(${bundleText(action, '', known)})`,
  },
  bundle_load: {
    forms: [
      form({
        code: { nicira: 13 },
        layout: Bundle,
        read(members, reader, end) {
          const to = readRange(members.range, reader, end);
          const bundle = to && readBundle(members, reader, end);
          return bundle && { action: 'bundle_load', ...bundle, to };
        },
        write: (action) => bundleMembers(action, packRange(action.to)),
        tail(action, writer) {
          writeShortHeader(action.to, writer);
          writeMembers(action, writer);
        },
      }),
    ],
    text: (action, { names: known }) =>
      `bundle_load(${bundleText(action, `${subfieldText(action.to)},`, known)})`,
  },
};

function readRange(range: number, reader: Reader, end: number): Subfield | undefined {
  const { offset, bits } = unpackRange(range);
  const to = makeSubfield(readFieldHeader(reader, end), offset, bits);
  return to && !hasLongHeader(to) ? to : undefined;
}

/** Undefined when a value has no name, or when more follows the members than padding. */
function readBundle(
  members: Members<typeof Bundle.layout>,
  reader: Reader,
  end: number,
): Omit<ActionOf<'bundle'>, 'action'> | undefined {
  const padAt = reader.take(BUNDLE_PAD, end, Bundle.name, BAD_LENGTH);
  const isPadded = reader.isZero(padAt, reader.at);
  const at = reader.take(2 * members.count, end, Bundle.name, BAD_LENGTH);
  const ports = Array.from({ length: members.count }, (_, index) =>
    fromShortPort(reader.view.getUint16(at + 2 * index)),
  );
  const fields = hashes.nameOf(members.fields);
  const algorithm = bundles.nameOf(members.algorithm);
  if (!fields || !algorithm || !isPadded || members.memberType !== PORT_MEMBERS) return undefined;
  return { fields, basis: members.basis, algorithm, members: ports };
}

function bundleMembers(action: BundleAction, range: number): Members<typeof Bundle.layout> {
  return {
    algorithm: bundles.numberOf(action.algorithm),
    fields: hashes.numberOf(action.fields),
    basis: action.basis,
    memberType: PORT_MEMBERS,
    count: action.members.length,
    range,
  };
}

function writeMembers({ members }: BundleAction, writer: Writer): void {
  writer.pad(BUNDLE_PAD);
  for (const port of members) {
    const short = toShortPort(port);
    const at = writer.reserve(2);
    writer.view.setUint16(at, short);
  }
}

/** The field's header, for which there are 4 bytes. */
function writeShortHeader(to: Subfield, writer: Writer): void {
  if (hasLongHeader(to)) throw new CodecError('OFC_VALUE', { struct: 'nx_action', field: to.field });
  writeFieldHeader(to, writer);
}

function bundleText(action: BundleAction, to: string, known: TextNames): string {
  const members = action.members.map((port) => portText(port, known)).join(',');
  return `${action.fields},${action.basis},${action.algorithm},ofport,${to}members:${members}`;
}

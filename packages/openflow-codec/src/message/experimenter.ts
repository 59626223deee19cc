import { CodecError } from '../errors.ts';
import { EXPERIMENTER } from '../field.ts';
import type { BundleAdd, BundleControl, Experimenter } from '../message.ts';
import { enumeration } from '../wire/enumeration.ts';
import type { Reader } from '../wire/reader.ts';
import { type Members, struct } from '../wire/struct.ts';
import type { Writer } from '../wire/writer.ts';
import { type Frame, type MessageEntry, type MessageNesting, writeStruct } from './entry.ts';

/** OFPT_EXPERIMENTER. */
export const EXPERIMENTER_MESSAGE = 4;

/** ofp_experimenter_header after the common header (OF 1.3.5, 7.5.4). */
export const ExperimenterHeader = struct('ofp_experimenter_header', 8, {
  experimenter: 'u32',
  experimenterType: 'u32',
});

/** Types of the ONF's bundle extension (EXT-230). */
const BUNDLE_CONTROL = { experimenter: EXPERIMENTER.onf, experimenterType: 2300 };
export const BUNDLE_ADD = { experimenter: EXPERIMENTER.onf, experimenterType: 2301 };

/** ofp_bundle_ctrl_msg and ofp_bundle_add_msg after the experimenter header. */
const Control = struct('ofp_bundle_ctrl_msg', 8, { bundleId: 'u32', control: 'u16', flags: 'u16' });
export const Add = struct('ofp_bundle_add_msg', 8, { bundleId: 'u32', pad: { pad: 2 }, flags: 'u16' });

const BAD_BUNDLE_TYPE = [0xffff, 2306] as const;
const controls = enumeration(
  Control.name,
  'control',
  [
    'openRequest',
    'openReply',
    'closeRequest',
    'closeReply',
    'commitRequest',
    'commitReply',
    'discardRequest',
    'discardReply',
  ],
  BAD_BUNDLE_TYPE,
);

/** Messages that share OFPT_EXPERIMENTER. */
export type Extension = Experimenter | BundleControl | BundleAdd;

/** One row of the table of experimenter messages: what comes after the experimenter header. */
interface Entry<M> {
  readonly ids: Members<typeof ExperimenterHeader.layout>;
  read(reader: Reader, frame: Frame, nesting: MessageNesting): M;
  write(message: M, writer: Writer, nesting: MessageNesting): void;
}

const bundleControl: Entry<BundleControl> = {
  ids: BUNDLE_CONTROL,
  read(reader, { xid, end }) {
    const { control, ...members } = reader.members(Control, end);
    return {
      type: 'bundleControl',
      xid,
      ...members,
      control: controls.nameOf(control),
      ...readRest(reader, end),
    };
  },
  write(message, writer) {
    writeStruct(Control, { ...message, control: controls.numberOf(message.control) }, writer);
    if (message.properties !== undefined) writer.append(message.properties);
  },
};

const bundleAdd: Entry<BundleAdd> = {
  ids: BUNDLE_ADD,
  read(reader, { xid, end }, nesting) {
    const members = reader.members(Add, end);
    const message = nesting.readMessage(reader, end);
    return { type: 'bundleAdd', xid, ...members, message, ...readRest(reader, end) };
  },
  write(message, writer, nesting) {
    if (message.message.xid !== message.xid) {
      throw new CodecError('OFC_VALUE', { struct: Add.name, field: 'xid' });
    }
    writeStruct(Add, message, writer);
    nesting.writeMessage(message.message, writer);
    if (message.properties !== undefined) writer.append(message.properties);
  },
};

const EXTENSIONS: { readonly [T in 'bundleControl' | 'bundleAdd']: Entry<Extract<Extension, { type: T }>> } =
  {
    bundleControl,
    bundleAdd,
  };

/** OFPT_EXPERIMENTER, as the message that its ids stand for or as an unknown one. */
export const experimenter: MessageEntry<Extension> = {
  type: EXPERIMENTER_MESSAGE,
  read(reader, frame, nesting) {
    const ids = reader.members(ExperimenterHeader, frame.end);
    const entry = Object.values(EXTENSIONS).find(
      (one) => one.ids.experimenter === ids.experimenter && one.ids.experimenterType === ids.experimenterType,
    );
    if (entry !== undefined) return entry.read(reader, frame, nesting);
    return { type: 'experimenter', xid: frame.xid, ...ids, data: reader.rest(frame.end) };
  },
  write(message, writer, nesting) {
    if (message.type === 'experimenter') {
      writeStruct(ExperimenterHeader, message, writer);
      writer.append(message.data);
      return;
    }
    const entry: Entry<Extension> = EXTENSIONS[message.type];
    writeStruct(ExperimenterHeader, entry.ids, writer);
    entry.write(message, writer, nesting);
  },
};

function readRest(reader: Reader, end: number): { readonly properties?: Uint8Array } {
  return reader.at === end ? {} : { properties: reader.rest(end) };
}

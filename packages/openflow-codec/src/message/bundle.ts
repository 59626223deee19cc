import { CodecError } from '../errors.ts';
import { EXPERIMENTER } from '../field.ts';
import { enumeration } from '../wire/enumeration.ts';
import type { Reader } from '../wire/reader.ts';
import { struct } from '../wire/struct.ts';
import { writeStruct } from './entry.ts';
import type { Extensions } from './extension.ts';

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

/** The messages of the ONF's bundles (EXT-230). */
export const BUNDLE_MESSAGES: Extensions<'bundleControl' | 'bundleAdd'> = {
  bundleControl: {
    ids: BUNDLE_CONTROL,
    read(reader, { xid, end }) {
      const start = reader.at;
      const { control, ...members } = reader.members(Control, end);
      return {
        type: 'bundleControl',
        xid,
        ...members,
        control: controls.nameOf(control, start),
        ...readRest(reader, end),
      };
    },
    write(message, writer) {
      writeStruct(Control, { ...message, control: controls.numberOf(message.control) }, writer);
      if (message.properties !== undefined) writer.append(message.properties);
    },
  },

  bundleAdd: {
    ids: BUNDLE_ADD,
    read(reader, { xid, end }, nesting) {
      const members = reader.members(Add, end);
      const message = nesting.readMessage(reader, end);
      if (message.xid !== xid) {
        throw new CodecError('OFC_VALUE', { struct: Add.name, field: 'xid', offset: reader.at });
      }
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
  },
};

function readRest(reader: Reader, end: number): { readonly properties?: Uint8Array } {
  return reader.at === end ? {} : { properties: reader.rest(end) };
}

import { CodecError } from '../errors.ts';
import { EXPERIMENTER } from '../field.ts';
import type { Reader } from '../wire/reader.ts';
import { struct } from '../wire/struct.ts';
import { writeStruct } from './entry.ts';
import type { Extensions } from './extension.ts';

/** Types of the ONF's bundle extension (EXT-230). */
const BUNDLE_CONTROL = { experimenter: EXPERIMENTER.onf, experimenterType: 2300 };
export const BUNDLE_ADD = { experimenter: EXPERIMENTER.onf, experimenterType: 2301 };

/** ONF_BCT_*, with OFPBFC_BAD_TYPE for others. */
const CONTROL = {
  named: [
    'openRequest',
    'openReply',
    'closeRequest',
    'closeReply',
    'commitRequest',
    'commitReply',
    'discardRequest',
    'discardReply',
  ],
  as: 'u16',
  answer: [0xffff, 2306],
} as const;

/** ofp_bundle_ctrl_msg and ofp_bundle_add_msg after the experimenter header. */
const Control = struct('ofp_bundle_ctrl_msg', 8, { bundleId: 'u32', control: CONTROL, flags: 'u16' });
export const Add = struct('ofp_bundle_add_msg', 8, { bundleId: 'u32', pad: { pad: 2 }, flags: 'u16' });

/** The messages of the ONF's bundles (EXT-230). */
export const BUNDLE_MESSAGES: Extensions<'bundleControl' | 'bundleAdd'> = {
  bundleControl: {
    ids: BUNDLE_CONTROL,
    read(reader, end, xid) {
      return { type: 'bundleControl', xid, ...reader.members(Control, end), ...readRest(reader, end) };
    },
    write(message, writer) {
      writeStruct(Control, message, writer);
      if (message.properties !== undefined) writer.append(message.properties);
    },
  },

  bundleAdd: {
    ids: BUNDLE_ADD,
    read(reader, end, xid, nesting) {
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

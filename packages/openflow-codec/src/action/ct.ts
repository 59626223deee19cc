import { CT_FLAG, type CtAction } from '../action.ts';
import { ALL_TABLES } from '../constants.ts';
import { CodecError } from '../errors.ts';
import { tableText } from '../text/names.ts';
import { subfieldText } from '../text/subfield.ts';
import { struct } from '../wire/struct.ts';
import { type ActionEntry, BAD_LENGTH, form } from './form.ts';
import {
  hasLongHeader,
  makeSubfield,
  packRange,
  readFieldHeader,
  unpackRange,
  writeFieldHeader,
} from './subfield.ts';

/** Between these two stands the header of the zone's field, or four zero bytes when `zone` is the number. */
const Ct = struct('nx_action_conntrack', 2, { flags: 'u16' });
const CtEnd = struct('nx_action_conntrack.zone', 8, {
  zone: 'u16',
  recircTable: 'u8',
  pad: { pad: 3 },
  alg: 'u16',
});

const HEADER_SIZE = 4;
/** Protocols with connections of their own that `ct` can follow, by port. */
export const ALGS: Readonly<Record<number, string>> = { 21: 'ftp', 69: 'tftp' };

/** `ct` (ovs-actions(7)): sends the packet through connection tracking. */
export const ct: ActionEntry<CtAction> = {
  forms: [
    form({
      code: { nicira: 35 },
      layout: Ct,
      read({ flags }, reader, end, nesting) {
        const at = reader.take(HEADER_SIZE, end, Ct.name, BAD_LENGTH);
        const isNumber = reader.isZero(at, reader.at);
        reader.at = at;
        const field = readFieldHeader(reader, end);
        if (isNumber) reader.at = at + HEADER_SIZE;
        const endAt = reader.at;
        const { zone: number, ...members } = reader.members(CtEnd, end);
        const { offset, bits } = unpackRange(number);
        const zone = isNumber ? number : makeSubfield(field, offset, bits);
        if (zone === undefined || !CtEnd.isClean(reader.view, endAt)) return undefined;
        return { action: 'ct', flags, zone, ...members, actions: nesting.readActions(reader, end) };
      },
      write: ({ flags }) => ({ flags }),
      tail({ zone, recircTable, alg, actions }, writer, nesting) {
        if (typeof zone === 'number') writer.pad(HEADER_SIZE);
        else if (hasLongHeader(zone))
          throw new CodecError('OFC_VALUE', { struct: Ct.name, field: zone.field });
        else writeFieldHeader(zone, writer);
        const at = writer.reserve(CtEnd.size);
        const number = typeof zone === 'number' ? zone : packRange(zone);
        CtEnd.writeMembers(writer.view, at, { zone: number, recircTable, alg });
        nesting.writeActions(actions, writer);
      },
    }),
  ],
  text({ flags, zone, recircTable, alg, actions }, { names, actions: print }) {
    const [first] = actions;
    const executed = first?.action === 'nat' ? actions.slice(1) : actions;
    const parts = [
      ...(flags & CT_FLAG.commit ? ['commit'] : []),
      ...(flags & CT_FLAG.force ? ['force'] : []),
      ...(recircTable === ALL_TABLES ? [] : [`table=${tableText(recircTable, names)}`]),
      ...(zone === 0 ? [] : [`zone=${typeof zone === 'number' ? zone : subfieldText(zone)}`]),
      ...(first?.action === 'nat' ? [print([first])] : []),
      ...(executed.length === 0 ? [] : [`exec(${print(executed)})`]),
      ...(alg === 0 ? [] : [`alg=${ALGS[alg] ?? alg}`]),
    ];
    return `ct(${parts.join(',')})`;
  },
};

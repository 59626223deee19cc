import { struct } from '../wire/struct.ts';
import { type MessageEntry, type MessageOf, writeStruct } from './entry.ts';
import { errorName, experimenterErrorName } from './error-names.ts';

/** ofp_error_msg after the header, and what follows it for an experimenter's error (OF 1.3.5, 7.4.4). */
const ErrorBody = struct('ofp_error_msg', 4, { errorType: 'u16', errorCode: 'u16' });
const ErrorExperimenter = struct('ofp_error_experimenter_msg', 4, { experimenter: 'u32' });

/** OFPET_EXPERIMENTER. */
const EXPERIMENTER_TYPE = 0xffff;

/** OFPT_ERROR. */
export const error: MessageEntry<MessageOf<'error'>> = {
  type: 1,
  read(reader, end, xid) {
    const body = reader.members(ErrorBody, end);
    if (body.errorType !== EXPERIMENTER_TYPE) {
      const name = errorName(body.errorType, body.errorCode);
      return { type: 'error', xid, ...body, name, data: reader.rest(end) };
    }
    const { experimenter } = reader.members(ErrorExperimenter, end);
    const name = experimenterErrorName(experimenter, body.errorCode);
    return { type: 'error', xid, ...body, name, data: reader.rest(end), experimenter };
  },
  write(message, writer) {
    writeStruct(ErrorBody, message, writer);
    if (message.errorType === EXPERIMENTER_TYPE) {
      writeStruct(ErrorExperimenter, { experimenter: message.experimenter ?? 0 }, writer);
    }
    writer.append(message.data);
  },
};

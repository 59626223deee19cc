import { CodecError } from '../../errors.ts';
import { decode } from '../../message/codec.ts';
import { errorName } from '../../message/error-names.ts';
import type { ErrorMessage, Message } from '../../message.ts';
import { hexDump, printable } from '../plain.ts';

const HEADER_SIZE = 8;
/** OFPET_HELLO_FAILED, whose data are text (OF 1.3.5, 7.4.4.1). */
const HELLO_FAILED = 0;

/** Where Open vSwitch keeps another name than OpenFlow 1.3.5, 7.4.4. */
const OVS_NAMES: Readonly<Record<string, string>> = {
  OFPBRC_BAD_MULTIPART: 'OFPBRC_BAD_STAT',
  OFPBRC_BAD_EXPERIMENTER: 'OFPBRC_BAD_VENDOR',
  OFPBRC_BAD_EXP_TYPE: 'OFPBRC_BAD_SUBTYPE',
  OFPBRC_IS_SLAVE: 'OFPBRC_IS_SECONDARY',
  OFPBAC_BAD_EXPERIMENTER: 'OFPBAC_BAD_VENDOR',
  OFPBAC_BAD_EXP_TYPE: 'OFPBAC_BAD_VENDOR_TYPE',
  OFPTFFC_BAD_TYPE: 'OFPBPC_BAD_TYPE',
  OFPTFFC_BAD_LEN: 'OFPBPC_BAD_LEN',
  OFPTFFC_BAD_ARGUMENT: 'OFPBPC_BAD_VALUE',
};

/** OFPT_ERROR after its head, with the message that failed as `print` writes it. */
export function errorText(message: ErrorMessage, print: (message: Message) => string): string {
  const { name, errorType, errorCode, data } = message;
  const known = name === 'unknown' ? `${errorType}/${errorCode}` : (OVS_NAMES[name] ?? name);
  const payload = errorType === HELLO_FAILED ? printable(data) : failedText(data, print);
  return ` ${known}\n${payload}`;
}

/** The message that a switch refused, or as much of it as there is. */
function failedText(data: Uint8Array, print: (message: Message) => string): string {
  if (data.length === 0) return 'OpenFlow message is empty';
  if (data.length < HEADER_SIZE) {
    return `OpenFlow packet too short (only ${data.length} bytes):\n${hexDump(data)}`;
  }
  const length = ((data[2] ?? 0) << 8) | (data[3] ?? 0);
  if (length > data.length)
    return `(***truncated to ${data.length} bytes from ${length}***)\n${hexDump(data)}`;
  if (length < data.length)
    return `(***only uses ${length} bytes out of ${data.length}***)\n${hexDump(data)}`;
  try {
    return print(decode(data));
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const name = errorName(error.errorType, error.errorCode);
    return `***decode error: ${OVS_NAMES[name] ?? name}***\n${hexDump(data)}`;
  }
}

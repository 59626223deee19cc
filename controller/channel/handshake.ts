import { decode, encodeToBytes } from 'openflow-codec';
import { ChannelError } from './errors.ts';
import { OFPT, type RawMessage } from './raw-message.ts';

/** The version that we speak: OpenFlow 1.3. */
const VERSION = 4;
/** OFPET_HELLO_FAILED and OFPHFC_INCOMPATIBLE (OF 1.3.5, 7.4.4). */
const INCOMPATIBLE = { errorType: 0, errorCode: 0 };
const REASON = new TextEncoder().encode('This controller speaks OpenFlow 1.3 (version 4) only.');

/**
 * Checks the peer's first message (OF 1.3.5, 6.3.1). Undefined when OpenFlow 1.3 is spoken from now on, otherwise the
 * OFPT_ERROR to send before the connection ends. Throws ChannelError OFCH_UNEXPECTED or CodecError when it is no HELLO.
 */
export function answerHello(message: RawMessage): Uint8Array | undefined {
  const hello = message.type === OFPT.hello ? decode(message.bytes) : undefined;
  if (hello?.type !== 'hello') throw new ChannelError('OFCH_UNEXPECTED', `type ${message.type} before HELLO`);
  const bitmap = hello.elements.find((each) => each.element === 'versionBitmap');
  // Without a bitmap, the lower of both sides' header versions is spoken.
  if (bitmap ? bitmap.versions.includes(VERSION) : message.version >= VERSION) return undefined;
  const error = encodeToBytes({ type: 'error', xid: message.xid, ...INCOMPATIBLE, name: '', data: REASON });
  // In the peer's own version if that is the older: it could not read ours.
  error[0] = Math.min(VERSION, message.version);
  return error;
}

/** The datapath id, as 16 hex digits, in the answer to our FEATURES_REQUEST; undefined when it is another message. */
export function datapathIdOf(message: RawMessage): string | undefined {
  if (message.type === OFPT.error)
    throw new ChannelError('OFCH_UNEXPECTED', 'an error answers the handshake');
  const features = message.type === OFPT.featuresReply ? decode(message.bytes) : undefined;
  return features?.type === 'featuresReply' ? features.datapathId.toString(16).padStart(16, '0') : undefined;
}

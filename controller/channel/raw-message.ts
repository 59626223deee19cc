/** Numbers of the message types that are told apart before decoding (OF 1.3.5, 7.1: enum ofp_type). */
export const OFPT = {
  hello: 0,
  error: 1,
  echoRequest: 2,
  echoReply: 3,
  experimenter: 4,
  featuresReply: 6,
  getConfigReply: 8,
  packetIn: 10,
  flowRemoved: 11,
  multipartReply: 19,
  barrierReply: 21,
  roleReply: 25,
} as const;

/** The requests that have an answer, and its type. An OFPT_ERROR can answer each of them. */
export const ANSWER_TYPE = {
  echoRequest: OFPT.echoReply,
  featuresRequest: OFPT.featuresReply,
  getConfigRequest: OFPT.getConfigReply,
  multipartRequest: OFPT.multipartReply,
  barrierRequest: OFPT.barrierReply,
  roleRequest: OFPT.roleReply,
  bundleControl: OFPT.experimenter,
} as const;

/** A whole message of which only the header was read. `bytes` is valid only during the call that hands it over. */
export interface RawMessage {
  readonly version: number;
  readonly type: number;
  readonly xid: number;
  readonly bytes: Uint8Array;
}

/** Reads the header of a framed message (OF 1.3.5, 7.1). */
export function rawMessage(bytes: Uint8Array): RawMessage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { version: view.getUint8(0), type: view.getUint8(1), xid: view.getUint32(4), bytes };
}

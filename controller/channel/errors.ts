/** Why an OpenFlow connection ended, or what it could not do. The code is the log and metric label. */
const CHANNEL_CODES = {
  OFCH_CLOSED: 'the connection was closed',
  OFCH_HANDSHAKE_TIMEOUT: 'the handshake took too long',
  OFCH_SILENT: 'the peer answered nothing for too long',
  OFCH_MALFORMED: 'the peer sent a message that cannot be decoded',
  OFCH_VERSION: 'the peer does not speak OpenFlow 1.3',
  OFCH_UNEXPECTED: 'the peer sent a message that has no place here',
  OFCH_ANSWER_SIZE: 'the answer to a request does not end',
  OFCH_TIMEOUT: 'no answer came in time',
  OFCH_BUSY: 'too many requests wait for an answer',
  OFCH_OVERFLOW: 'the peer takes bytes too slowly, too many wait to be sent',
  OFCH_LIMIT: 'too many connections',
  OFCH_REPLACED: 'a newer connection of the same switch has taken its place',
  OFCH_IMPOSTOR: 'the switch that it claims to be has another address',
  OFCH_UNCLAIMED: 'no hypervisor has a switch with this datapath id',
  OFCH_FAULT: 'a mistake of the controller',
} as const;
export type ChannelCode = keyof typeof CHANNEL_CODES;

/** An expected failure of one connection: logged with the peer's identity, never fatal to the process. */
export class ChannelError extends Error {
  readonly code: ChannelCode;

  constructor(code: ChannelCode, detail?: string, options?: ErrorOptions) {
    super(`${CHANNEL_CODES[code]}${detail ? `: ${detail}` : ''}`, options);
    this.name = 'ChannelError';
    this.code = code;
  }
}

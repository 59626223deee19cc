/** Every way this package fails, and what it means. The code is public contract: use it in logs and metrics. */
export const OVSDB_ERRORS = {
  OVSDB_ADDRESS: 'not an OVSDB connection method (tcp:, ssl:, unix:, ptcp:, pssl:, punix:)',
  OVSDB_CONNECT: 'the connection could not be made',
  OVSDB_CLOSED: 'the connection is closed',
  OVSDB_TIMEOUT: 'the peer did not answer in time',
  OVSDB_BACKLOG: 'too much is waiting for the peer',
  OVSDB_TOO_LARGE: 'a message is longer than allowed',
  OVSDB_TOO_DEEP: 'a message is nested deeper than allowed',
  OVSDB_TOO_MANY: 'a message holds more values than allowed',
  OVSDB_JSON: 'the stream is not JSON in UTF-8',
  OVSDB_PROTOCOL: 'a message is not what RFC 7047 allows here',
  OVSDB_SCHEMA: 'the schema is not valid, or lacks this table or column',
  OVSDB_VALUE: 'a value does not fit its column',
  OVSDB_CACHE_FULL: 'the monitored tables are larger than allowed',
} as const;

export type OvsdbErrorCode = keyof typeof OVSDB_ERRORS;

/** Where an error happened: names and numbers, ready for a structured log. */
export type ErrorPlace = Readonly<Record<string, string | number>>;

/** The only class this package throws. What the *server* refuses is a value instead: see `RemoteError`. */
export class OvsdbError extends Error {
  override readonly name = 'OvsdbError';
  readonly code: OvsdbErrorCode;
  readonly at: ErrorPlace;

  constructor(code: OvsdbErrorCode, at: ErrorPlace = {}, cause?: unknown) {
    const place = Object.entries(at).map(([key, value]) => `${key}=${value}`);
    super(`${code}: ${OVSDB_ERRORS[code]}${place.length > 0 ? ` (${place.join(', ')})` : ''}`, { cause });
    this.code = code;
    this.at = at;
  }
}

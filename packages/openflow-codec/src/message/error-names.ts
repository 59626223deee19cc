/** Codes of one error type, from 0 up, as the specification names them after the prefix; '' is unused. */
interface ErrorTypeRow {
  readonly prefix: string;
  readonly codes: string;
}

/** Error types and codes, from 0 up (OF 1.3.5, 7.4.4). */
const ERROR_TYPES: readonly ErrorTypeRow[] = [
  { prefix: 'OFPHFC', codes: 'INCOMPATIBLE EPERM' },
  {
    prefix: 'OFPBRC',
    codes:
      'BAD_VERSION BAD_TYPE BAD_MULTIPART BAD_EXPERIMENTER BAD_EXP_TYPE EPERM BAD_LEN BUFFER_EMPTY BUFFER_UNKNOWN BAD_TABLE_ID IS_SLAVE BAD_PORT BAD_PACKET MULTIPART_BUFFER_OVERFLOW',
  },
  {
    prefix: 'OFPBAC',
    codes:
      'BAD_TYPE BAD_LEN BAD_EXPERIMENTER BAD_EXP_TYPE BAD_OUT_PORT BAD_ARGUMENT EPERM TOO_MANY BAD_QUEUE BAD_OUT_GROUP MATCH_INCONSISTENT UNSUPPORTED_ORDER BAD_TAG BAD_SET_TYPE BAD_SET_LEN BAD_SET_ARGUMENT',
  },
  {
    prefix: 'OFPBIC',
    codes:
      'UNKNOWN_INST UNSUP_INST BAD_TABLE_ID UNSUP_METADATA UNSUP_METADATA_MASK BAD_EXPERIMENTER BAD_EXP_TYPE BAD_LEN EPERM',
  },
  {
    prefix: 'OFPBMC',
    codes:
      'BAD_TYPE BAD_LEN BAD_TAG BAD_DL_ADDR_MASK BAD_NW_ADDR_MASK BAD_WILDCARDS BAD_FIELD BAD_VALUE BAD_MASK BAD_PREREQ DUP_FIELD EPERM',
  },
  {
    prefix: 'OFPFMFC',
    codes: 'UNKNOWN TABLE_FULL BAD_TABLE_ID OVERLAP EPERM BAD_TIMEOUT BAD_COMMAND BAD_FLAGS',
  },
  {
    prefix: 'OFPGMFC',
    codes:
      'GROUP_EXISTS INVALID_GROUP WEIGHT_UNSUPPORTED OUT_OF_GROUPS OUT_OF_BUCKETS CHAINING_UNSUPPORTED WATCH_UNSUPPORTED LOOP UNKNOWN_GROUP CHAINED_GROUP BAD_TYPE BAD_COMMAND BAD_BUCKET BAD_WATCH EPERM',
  },
  { prefix: 'OFPPMFC', codes: 'BAD_PORT BAD_HW_ADDR BAD_CONFIG BAD_ADVERTISE EPERM' },
  { prefix: 'OFPTMFC', codes: 'BAD_TABLE BAD_CONFIG EPERM' },
  { prefix: 'OFPQOFC', codes: 'BAD_PORT BAD_QUEUE EPERM' },
  { prefix: 'OFPSCFC', codes: 'BAD_FLAGS BAD_LEN EPERM' },
  { prefix: 'OFPRRFC', codes: 'STALE UNSUP BAD_ROLE' },
  {
    prefix: 'OFPMMFC',
    codes:
      'UNKNOWN METER_EXISTS INVALID_METER UNKNOWN_METER BAD_COMMAND BAD_FLAGS BAD_RATE BAD_BURST BAD_BAND BAD_BAND_VALUE OUT_OF_METERS OUT_OF_BANDS',
  },
  {
    prefix: 'OFPTFFC',
    codes: 'BAD_TABLE BAD_METADATA BAD_TYPE BAD_LEN BAD_ARGUMENT EPERM',
  },
];

/** Codes of the ONF's bundle extension, from 2300 up (EXT-230). */
const FIRST_BUNDLE_ERROR = 2300;
const BUNDLE_ERRORS =
  'UNKNOWN EPERM BAD_ID BUNDLE_EXIST BUNDLE_CLOSED OUT_OF_BUNDLES BAD_TYPE BAD_FLAGS MSG_BAD_LEN MSG_BAD_XID MSG_UNSUP MSG_CONFLICT MSG_TOO_MANY MSG_FAILED TIMEOUT BUNDLE_IN_PROGRESS'.split(
    ' ',
  );

const NAMES = ERROR_TYPES.map(({ prefix, codes }) => codes.split(' ').map((code) => `${prefix}_${code}`));

/** The specification's name of an error, or 'unknown'. */
export function errorName(errorType: number, errorCode: number): string {
  return NAMES[errorType]?.[errorCode] ?? 'unknown';
}

/** The name of an error of the ONF's bundle extension, or 'unknown'. */
export function bundleErrorName(errorCode: number): string {
  const name = BUNDLE_ERRORS[errorCode - FIRST_BUNDLE_ERROR];
  return name === undefined ? 'unknown' : `OFPBFC_${name}`;
}

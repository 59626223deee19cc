import { EXPERIMENTER } from '../field.ts';

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

/** Error codes of an experimenter that follow each other, from `first` up; '-' is unused. */
interface ExperimenterRow {
  readonly experimenter: number;
  readonly first: number;
  readonly codes: string;
}

/** Codes of experimenter errors on OpenFlow 1.3: the ONF's extensions and Nicira's, as Open vSwitch names them. */
const EXPERIMENTER_ERRORS: readonly ExperimenterRow[] = [
  {
    experimenter: EXPERIMENTER.onf,
    first: 2300,
    codes:
      'OFPBFC_UNKNOWN OFPBFC_EPERM OFPBFC_BAD_ID OFPBFC_BUNDLE_EXIST OFPBFC_BUNDLE_CLOSED OFPBFC_OUT_OF_BUNDLES OFPBFC_BAD_TYPE OFPBFC_BAD_FLAGS OFPBFC_MSG_BAD_LEN OFPBFC_MSG_BAD_XID OFPBFC_MSG_UNSUP OFPBFC_MSG_CONFLICT OFPBFC_MSG_TOO_MANY OFPBFC_MSG_FAILED OFPBFC_TIMEOUT OFPBFC_BUNDLE_IN_PROGRESS',
  },
  { experimenter: EXPERIMENTER.onf, first: 2360, codes: 'OFPFMFC_BAD_PRIORITY' },
  {
    experimenter: EXPERIMENTER.onf,
    first: 2370,
    codes: 'OFPACFC_INVALID OFPACFC_UNSUPPORTED OFPACFC_EPERM',
  },
  { experimenter: EXPERIMENTER.onf, first: 2600, codes: 'OFPBIC_DUP_INST' },
  {
    experimenter: EXPERIMENTER.onf,
    first: 2640,
    codes: 'OFPBRC_MULTIPART_REQUEST_TIMEOUT OFPBRC_MULTIPART_REPLY_TIMEOUT',
  },
  { experimenter: EXPERIMENTER.onf, first: 4250, codes: 'OFPBAC_BAD_SET_MASK' },
  {
    experimenter: EXPERIMENTER.onf,
    first: 4443,
    codes:
      'OFPBPC_TOO_MANY OFPBPC_DUP_TYPE OFPBPC_BAD_EXPERIMENTER OFPBPC_BAD_EXP_TYPE OFPBPC_BAD_EXP_VALUE OFPBPC_EPERM',
  },
  {
    experimenter: EXPERIMENTER.nicira,
    first: 2,
    codes:
      'NXBRC_NXM_INVALID NXBRC_NXM_BAD_TYPE NXBRC_MUST_BE_ZERO NXBRC_BAD_REASON OFPMOFC_MONITOR_EXISTS OFPMOFC_BAD_FLAGS OFPMOFC_UNKNOWN_MONITOR NXBRC_FM_BAD_EVENT NXBRC_UNENCODABLE_ERROR NXBAC_MUST_BE_ZERO NXFMFC_HARDWARE NXFMFC_BAD_TABLE_ID - NXBAC_BAD_CONJUNCTION NXTTMFC_BAD_COMMAND NXTTMFC_BAD_OPT_LEN NXTTMFC_BAD_FIELD_IDX NXTTMFC_TABLE_FULL NXTTMFC_ALREADY_MAPPED NXTTMFC_DUP_ENTRY',
  },
  {
    experimenter: EXPERIMENTER.nicira,
    first: 34,
    codes:
      'NXR_NOT_SUPPORTED NXR_STALE NXST_NOT_CONFIGURED NXFMFC_INVALID_TLV_FIELD NXTTMFC_INVALID_TLV_DEL NXBAC_BAD_HEADER_TYPE NXBAC_UNKNOWN_ED_PROP NXBAC_BAD_ED_PROP NXBAC_CT_DATAPATH_SUPPORT NXBMC_CT_DATAPATH_SUPPORT NXTFFC_DUP_TABLE',
  },
];

const NAMES = ERROR_TYPES.map(({ prefix, codes }) => codes.split(' ').map((code) => `${prefix}_${code}`));

/** The specification's name of an error, or 'unknown'. */
export function errorName(errorType: number, errorCode: number): string {
  return NAMES[errorType]?.[errorCode] ?? 'unknown';
}

/** The name of an experimenter's error, or 'unknown'. */
export function experimenterErrorName(experimenter: number, errorCode: number): string {
  return EXPERIMENTER_NAMES.get(experimenter)?.get(errorCode) ?? 'unknown';
}

const EXPERIMENTER_NAMES: ReadonlyMap<number, ReadonlyMap<number, string>> = new Map(
  [EXPERIMENTER.onf, EXPERIMENTER.nicira].map((id) => [id, namesOf(id)]),
);

function namesOf(id: number): ReadonlyMap<number, string> {
  const rows = EXPERIMENTER_ERRORS.filter(({ experimenter }) => experimenter === id);
  const names = rows.flatMap(({ first, codes }) =>
    codes.split(' ').map((name, index) => [first + index, name] as const),
  );
  return new Map(names.filter(([, name]) => name !== '-'));
}

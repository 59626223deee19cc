export type { Json, JsonObject } from './json.ts';
export type { MonitorMethod, UpdateMethod } from './monitor.ts';
export {
  type ColumnsOf,
  type Condition,
  type ConditionFunction,
  type Mutation,
  type Mutator,
  type NewRow,
  type Operation,
  Operations,
} from './operation.ts';
export {
  type OperationResult,
  REMOTE_ERRORS,
  type RemoteError,
  type RemoteErrorName,
  type Reply,
  type TransactReply,
} from './result.ts';
export { decodeRow, decodeRows, encodeRow, equalRows, type Row } from './row.ts';
export {
  type Atom,
  type AtomType,
  type BaseType,
  type ColumnSchema,
  type ColumnShape,
  type ColumnType,
  columnOf,
  type DatabaseSchema,
  parseSchema,
  type TableSchema,
  type Tables,
  tableOf,
} from './schema.ts';
export {
  applyDiff,
  decodeValue,
  defaultValue,
  encodeValue,
  equalValues,
  isUuid,
  type Uuid,
  type Value,
} from './value.ts';

export {
  type CacheOptions,
  type RowChange,
  type SelectedRow,
  type Selection,
  TableCache,
} from './cache/table-cache.ts';
export { type ErrorPlace, OVSDB_ERRORS, OvsdbError, type OvsdbErrorCode } from './errors.ts';
export { type GenerateOptions, generateModels } from './modelgen/generate.ts';
export {
  generateOpenVSwitch,
  OPEN_VSWITCH_MODELS_FILE,
  OPEN_VSWITCH_SCHEMA_FILE,
} from './modelgen/open-vswitch.ts';
export * from './models/open-vswitch.generated.ts';
export * from './notation/index.ts';
export { FRAME_LIMITS, type FrameLimits, JsonFramer } from './rpc/framing.ts';
export { PEER_DEFAULTS, type PeerOptions } from './rpc/peer.ts';
export type { Endpoints } from './session/endpoints.ts';
export {
  type LockEvent,
  type MonitorOptions,
  type RequestOptions,
  Session,
  type SessionLimits,
  type SessionOptions,
  type UpdateHandler,
} from './session/session.ts';
export { type ConnectOptions, connect } from './transport/connect.ts';
export { type Listener, type ListenOptions, listen } from './transport/listen.ts';
export {
  formatEndpoint,
  parseActiveTarget,
  parsePassiveTarget,
  plainAddress,
  type Target,
} from './transport/target.ts';

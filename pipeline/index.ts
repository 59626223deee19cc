export { type Action, ETHERTYPE, PROTOCOL } from 'openflow-codec';
export { FORGET_IN_PORT, move, put, swap } from './actions.ts';
export { type App, type AppKit, defineApp, type Emit, type Fact, type FactMap, type FactOf } from './app.ts';
export {
  type Assignment,
  type Branch,
  type Clause,
  FlowBuilder,
  type Target,
  type Tracking,
} from './builder.ts';
export {
  COOKIE_SPACE_HI,
  COOKIE_SPACE_MASK_HI,
  type Cookie,
  cookieHi,
  LEARNED_SPACE_HI,
  LEARNED_SPACE_MASK_HI,
  parseCookie,
} from './cookie.ts';
export { describePipeline } from './describe.ts';
export { PIPELINE_CODES, type PipelineCode, PipelineError } from './errors.ts';
export {
  bytesAsText,
  Flow,
  flowKey,
  hasContent,
  makeFlow,
  preparedKey,
  prepareKey,
  sameContent,
} from './flow.ts';
export { type FlowChange, FlowSet } from './flow-set.ts';
export { FlowTable } from './flow-table.ts';
export { Layout, type PlacedTable } from './layout.ts';
export type { Lesson } from './learn.ts';
export { DEPTH_LIMIT, RESUBMIT_LIMIT } from './limits.ts';
export { isOurMeter, type Meter, type MeterRate, meterOf } from './meter.ts';
export { noteOf } from './note.ts';
export { type DropReason, Pipeline } from './pipeline.ts';
export { printFlow, printFlows } from './print.ts';
export { band, MISS_PRIORITY } from './priority.ts';
export { type Register, type RegisterName, registers, regs } from './registers.ts';
export { BRANCHES_PER_FLOW, emitReplication } from './replicate.ts';
export {
  defineTable,
  edge,
  type MatchName,
  STAGE_NAMES,
  STAGES,
  type StageName,
  type Table,
} from './table.ts';
export { CUSTOMER_TAG, SERVICE_TAG, TAGGED, UNTAGGED } from './vlan.ts';

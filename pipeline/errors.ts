/** Every mistake the pipeline can find in a table, an app or a flow. The code is public contract and log label. */
export const PIPELINE_CODES = {
  PIPE_ACTION_AFTER_END: 'a flow ends with its terminal action',
  PIPE_APP_NUMBER: 'two apps share one number, or it is outside 1–255',
  PIPE_APP_THREW: 'the app threw an error',
  PIPE_ASIDE: 'only tables of stage aside are looked up or learned into, and no packet is sent there',
  PIPE_BUDGET: 'the flow could resubmit more often than Open vSwitch allows for one packet',
  PIPE_DROP_REASON: 'the app declares no such reason for a drop, or more than 255',
  PIPE_FACT_KEY: 'a fact key must be an integer from 0 to 4294967295',
  PIPE_FACT_KIND: 'the kind of fact has no number',
  PIPE_FIELD_UNDECLARED: 'the table does not declare this match field',
  PIPE_FIELD_UNKNOWN: 'there is no such field or register',
  PIPE_FIELD_VALUE: 'the value does not fit the field',
  PIPE_GOTO_BACK: 'goto must move forward',
  PIPE_METER:
    'an app has meters for one kind of fact with keys of 24 bits and rates of 1 to 4294967295, and a reason that it declares; its flows use that fact’s own',
  PIPE_NO_END: 'a flow must end, and only once; with `done` only in stage aside',
  PIPE_PRIORITY: 'a priority must be an integer from 1 to 65535',
  PIPE_REGISTER_FOREIGN: 'the register is neither the pipeline’s nor the app’s',
  PIPE_REGISTER_NAME: 'two registers share one name',
  PIPE_REGISTER_OVERLAP: 'two registers share bits',
  PIPE_REGISTER_RANGE: 'a register is bits of metadata, of one of reg0 to reg15 or of xxreg0 to xxreg3',
  PIPE_REPLICATE: 'only a table that replicates makes copies, and no copy is copied again',
  PIPE_STAGE_FULL: 'a stage holds at most 16 tables',
  PIPE_STAGE_UNKNOWN: 'there is no such stage',
  PIPE_STAGE_EMPTY: 'no table stands at or after this stage',
  PIPE_TABLE_FOREIGN: 'the app neither owns nor uses this table',
  PIPE_TABLE_NAME: 'two tables share one name',
  PIPE_TRACK: 'only IP goes through connection tracking: the flow must match eth_type 0x0800 or 0x86dd',
  PIPE_TWICE: 'two flows of one table are equal in match and priority',
} as const;
export type PipelineCode = keyof typeof PIPELINE_CODES;

/** A mistake in the program that declares tables or emits flows, never a packet's or a tenant's fault. */
export class PipelineError extends Error {
  readonly code: PipelineCode;
  /** What the code is about, by name: table, field, app… */
  readonly at: Readonly<Record<string, unknown>>;

  constructor(code: PipelineCode, at: Readonly<Record<string, unknown>> = {}, options?: ErrorOptions) {
    super(`${code}: ${PIPELINE_CODES[code]} (${JSON.stringify(at)})`, options);
    this.name = 'PipelineError';
    this.code = code;
    this.at = at;
  }
}

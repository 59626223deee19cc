/** Open vSwitch drops a packet after so many resubmits, goto_table included (MAX_RESUBMITS). */
export const RESUBMIT_LIMIT = 4096;
/** So deep may resubmits to the same or an earlier table and groups be nested in one packet (MAX_DEPTH). */
export const DEPTH_LIMIT = 64;

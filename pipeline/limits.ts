/** Open vSwitch drops a packet after so many resubmits, goto_table included (MAX_RESUBMITS). */
export const RESUBMIT_LIMIT = 4096;
/** How deeply one packet may nest groups, and resubmits to the same or an earlier table (MAX_DEPTH). */
export const DEPTH_LIMIT = 64;

/**
 * absent: no connection. silent: neither the switch nor its database answers, or the switch hangs. standby: we asked to be its
 * slave. outranked: another controller, of a newer generation, is its master. reading, installing: at work. retrying: waiting
 * after a failure. steady: the switch has what is desired.
 */
const SWITCH_STATES = [
  'absent',
  'silent',
  'standby',
  'outranked',
  'reading',
  'installing',
  'retrying',
  'steady',
] as const;
export type SwitchState = (typeof SWITCH_STATES)[number];

/** What the switch has does not come nearer to what is desired meanwhile. */
export const IDLE_STATES: readonly SwitchState[] = ['silent', 'standby', 'outranked', 'retrying'];

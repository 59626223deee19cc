/**
 * absent: no connection. silent: neither the switch nor its database answers, or the switch hangs. standby: slave by our own wish. outranked: another controller is its master, of a newer
 * generation. reading, installing: on the way. retrying: waiting after a failure. steady: all is as desired.
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

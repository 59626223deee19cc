import type { Action } from 'openflow-codec';

/** Lets a packet leave by the OpenFlow port it came in by: between logical ports of one OpenFlow port that is rightful. */
export const FORGET_IN_PORT: Action = {
  action: 'reg_load',
  to: { field: 'nxm_in_port', offset: 0, bits: 16 },
  value: 0n,
};

/** ofp_port (OF 1.3.5, 7.2.1). Speeds are kb/s; config and state are bit sets of OFPPC_* and OFPPS_*. */
export interface Port {
  readonly port: number;
  readonly hwAddr: bigint;
  readonly name: string;
  readonly config: number;
  readonly state: number;
  readonly current: number;
  readonly advertised: number;
  readonly supported: number;
  readonly peer: number;
  readonly currentSpeed: number;
  readonly maxSpeed: number;
}

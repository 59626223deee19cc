/** Bounds on what one peer, or all of them, can make the controller hold or wait for. Times in ms, sizes in bytes. */
export const CHANNEL_LIMITS = {
  handshakeMs: 5_000,
  /** An echo request goes out after so long without a byte from the switch… */
  idleMs: 5_000,
  /** …and the connection ends after so long. */
  silentMs: 15_000,
  requestMs: 30_000,
  /** Requests in flight on one connection. */
  requests: 1_024,
  /** Bytes waiting to be sent on one connection before it is given up. */
  unsentBytes: 256 * 1024 * 1024,
  /** Connections that have not finished their handshake, and all of them. */
  handshakes: 256,
  connections: 4_096,
} as const;
export type ChannelLimits = { readonly [K in keyof typeof CHANNEL_LIMITS]: number };

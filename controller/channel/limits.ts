/**
 * Bounds on what one peer, or all of them, can make the controller hold or wait for. Times in ms of a clock that never
 * jumps, sizes in bytes.
 */
export const CHANNEL_LIMITS = {
  handshakeMs: 5_000,
  /** An echo request goes out after so long without a byte from the switch… */
  idleMs: 400,
  /** …it is said not to answer after as long again as this… */
  answerMs: 200,
  /** …for so long it may be busy, and for longer it hangs… */
  busyMs: 3_000,
  /** …and the connection ends when it has answered nothing for so long, whatever it says by itself. */
  silentMs: 15_000,
  /** A request fails when it is not answered, or its answer does not go on, for so long. */
  requestMs: 30_000,
  /** The connection ends when the switch has not taken what waits for it in so long. */
  stalledMs: 30_000,
  /** What is still to be sent when a connection is closed may take so long. */
  closeMs: 1_000,
  /** How often the times above are looked at. */
  tickMs: 1_000,
  /** After so many bytes of one connection, the others have their turn. */
  turnBytes: 256 * 1024,
  /** From so many messages in `tickMs` on that nobody asked for, the log tells of the switch. */
  floodMessages: 10_000,
  /** Requests in flight on one connection. */
  requests: 1_024,
  /** All parts of the answer to one request: some 2 million flows. */
  answerBytes: 256 * 1024 * 1024,
  /** From so many unsent bytes on, senders of much wait and echo requests are not answered… */
  congestedBytes: 512 * 1024,
  /** …and at so many the connection is given up. */
  unsentBytes: 8 * 1024 * 1024,
  /** Connections that have not finished their handshake, and all of them. */
  handshakes: 1_024,
  connections: 4_096,
} as const;
export type ChannelLimits = { readonly [K in keyof typeof CHANNEL_LIMITS]: number };

/** How connections are remembered: what the operator decides for all switches (settings of `tenantflow serve`). */
export interface FirewallSettings {
  /** Most flows that one port's connections may be remembered by. */
  readonly limit: number;
  /** Seconds. */
  readonly timeouts: { readonly tcp: number; readonly tcpClosing: number; readonly other: number };
}

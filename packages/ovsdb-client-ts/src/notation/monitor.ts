/** The three ways to watch tables: RFC 7047, 4.1.5, and ovsdb-server(7), 4.1.12 and 4.1.15. */
export type MonitorMethod = 'monitor' | 'monitor_cond' | 'monitor_cond_since';

/** The notification that each monitor method sends. */
export type UpdateMethod = 'update' | 'update2' | 'update3';

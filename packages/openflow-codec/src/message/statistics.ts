import { struct } from '../wire/struct.ts';

/** ofp_desc (OF 1.3.5, 7.3.5.1). */
export const Description = struct('ofp_desc', 1056, {
  manufacturer: { text: 256 },
  hardware: { text: 256 },
  software: { text: 256 },
  serialNumber: { text: 32 },
  datapath: { text: 256 },
});

/** ofp_aggregate_stats_reply (OF 1.3.5, 7.3.5.3). */
export const Aggregate = struct('ofp_aggregate_stats_reply', 24, {
  packetCount: 'u64',
  byteCount: 'u64',
  flowCount: 'u32',
  pad: { pad: 4 },
});

/** ofp_table_stats (OF 1.3.5, 7.3.5.4). */
export const Table = struct('ofp_table_stats', 24, {
  tableId: 'u8',
  pad: { pad: 3 },
  activeCount: 'u32',
  lookupCount: 'u64',
  matchedCount: 'u64',
});

/** ofp_port_stats_request (OF 1.3.5, 7.3.5.6). */
export const PortRequest = struct('ofp_port_stats_request', 8, { port: 'u32', pad: { pad: 4 } });

/** ofp_port_stats (OF 1.3.5, 7.3.5.6). */
export const PortStatsStruct = struct('ofp_port_stats', 112, {
  port: 'u32',
  pad: { pad: 4 },
  receivedPackets: 'u64',
  sentPackets: 'u64',
  receivedBytes: 'u64',
  sentBytes: 'u64',
  receiveDropped: 'u64',
  sendDropped: 'u64',
  receiveErrors: 'u64',
  sendErrors: 'u64',
  frameErrors: 'u64',
  overrunErrors: 'u64',
  crcErrors: 'u64',
  collisions: 'u64',
  durationSec: 'u32',
  durationNsec: 'u32',
});

/** ofp_queue_stats_request (OF 1.3.5, 7.3.5.8). */
export const QueueRequest = struct('ofp_queue_stats_request', 8, { port: 'u32', queue: 'u32' });

/** ofp_queue_stats (OF 1.3.5, 7.3.5.8). */
export const QueueStatsStruct = struct('ofp_queue_stats', 40, {
  port: 'u32',
  queue: 'u32',
  sentBytes: 'u64',
  sentPackets: 'u64',
  sendErrors: 'u64',
  durationSec: 'u32',
  durationNsec: 'u32',
});

/** ofp_group_stats_request (OF 1.3.5, 7.3.5.9). */
export const GroupRequest = struct('ofp_group_stats_request', 8, { group: 'u32', pad: { pad: 4 } });

/** nx_ipfix_stats_reply. */
export const IpfixStatsStruct = struct('nx_ipfix_stats_reply', 88, {
  totalFlows: 'u64',
  currentFlows: 'u64',
  packets: 'u64',
  ipv4Packets: 'u64',
  ipv6Packets: 'u64',
  errorPackets: 'u64',
  ipv4ErrorPackets: 'u64',
  ipv6ErrorPackets: 'u64',
  sentPackets: 'u64',
  sendErrors: 'u64',
  collectorSetId: 'u32',
  pad: { pad: 4 },
});

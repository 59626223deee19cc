/** Version byte of OpenFlow 1.3 (OF 1.3.5, 7.1). */
export const OPENFLOW_13 = 4;

/** Reserved port numbers (OF 1.3.5, 7.2.1, ofp_port_no). */
export const PORT = {
  max: 0xffffff00,
  unset: 0xfffffff7,
  inPort: 0xfffffff8,
  table: 0xfffffff9,
  normal: 0xfffffffa,
  flood: 0xfffffffb,
  all: 0xfffffffc,
  controller: 0xfffffffd,
  local: 0xfffffffe,
  any: 0xffffffff,
} as const;

/** Reserved group numbers (OF 1.3.5, 7.3.4.2, ofp_group). */
export const GROUP = { max: 0xffffff00, all: 0xfffffffc, any: 0xffffffff } as const;

/** Reserved meter numbers (OF 1.3.5, 7.3.4.4, ofp_meter). */
export const METER = {
  max: 0xffff0000,
  slowpath: 0xfffffffd,
  controller: 0xfffffffe,
  all: 0xffffffff,
} as const;

/** Buffer id of a packet that is not buffered (OF 1.3.5, 7.3.4.1). */
export const NO_BUFFER = 0xffffffff;

/** All tables, in deletions and requests (OF 1.3.5, 7.3.4.1, OFPTT_ALL). */
export const ALL_TABLES = 0xff;

/** max_len of an output to the controller that sends the whole packet (OF 1.3.5, 7.2.5). */
export const NO_TRUNCATION = 0xffff;

/** OFPVID_PRESENT: the bit of `vlan_vid` that says that there is a tag (OF 1.3.5, 7.2.3.7). */
export const VLAN_PRESENT = 0x1000;

/** OFPFF_* (OF 1.3.5, 7.3.4.1). */
export const FLOW_FLAG = {
  sendFlowRemoved: 1,
  checkOverlap: 2,
  resetCounts: 4,
  noPacketCounts: 8,
  noByteCounts: 16,
} as const;

/** ONF EXT-230 bundle flags: all or nothing, and in the order of the adds. */
export const BUNDLE_FLAG = { atomic: 1, ordered: 2 } as const;

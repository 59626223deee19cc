import { struct } from '../wire/struct.ts';

/** ofp_async_config and nx_async_config after the header (OF 1.3.5, 7.3.10). */
export const AsyncStruct = struct('ofp_async_config', 24, {
  packetInMaster: 'u32',
  packetInSlave: 'u32',
  portStatusMaster: 'u32',
  portStatusSlave: 'u32',
  flowRemovedMaster: 'u32',
  flowRemovedSlave: 'u32',
});

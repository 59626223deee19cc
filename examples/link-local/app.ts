import type { Facts } from 'tenantflow/facts';
import type { App, AppKit } from 'tenantflow/pipeline';

/** Frames for the bridge next door only: spanning tree, LACP, LLDP and their like (IEEE 802.1Q, 8.6.3). */
const RESERVED = { address: 0x0180c2000000n, mask: 0xfffffffffff0n } as const;

/** What tenantflow calls to get the app; the kit is its own `tenantflow/pipeline`. */
export function app({ band, defineApp, defineTable }: AppKit): App<Facts> {
  const reserved = defineTable({
    name: 'reserved',
    stage: 'guard',
    match: ['eth_dst'],
    miss: 'next',
    doc: 'Frames for the bridge next door (01:80:c2:00:00:00 to 0f) go no further.',
  });
  return defineApp<Facts>({
    name: 'link-local',
    number: 128,
    doc: 'Drops frames that are for the bridge next door.',
    owns: [reserved],
    uses: [],
    drops: { 'bridge-next-door': 'A frame that no bridge forwards (IEEE 802.1Q, 8.6.3).' },
    always(emit) {
      emit(reserved, band.veto).when('eth_dst', RESERVED.address, RESERVED.mask).drop('bridge-next-door');
    },
    compile: {},
  });
}

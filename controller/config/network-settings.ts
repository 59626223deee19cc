import type { NetworkSettings } from '#controller/api/settings';
import type { Settings } from './settings.ts';

/** What the operator decided about networks, as the API needs it. */
export function networkSettings(settings: Settings): NetworkSettings {
  return {
    pathMtu: settings['path-mtu'],
    overlayIpVersion: settings['overlay-ip-version'],
    tenantTypes: settings['tenant-network-types'],
    tunnelIds: {
      vxlan: settings['vxlan-ids'],
      gre: settings['gre-ids'],
      geneve: settings['geneve-ids'],
    },
    vlans: settings.vlans,
    flat: settings['flat-networks'],
    vlanTransparent: settings['vlan-transparent'],
    qinq: settings.qinq,
    quotas: settings.quotas,
  };
}

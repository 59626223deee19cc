import type { ChassisRecord } from '#controller/store/records';
import { familiesOf } from './tunnel-ends.ts';

/** The attributes of a network that facts depend on, as those below of a port: a change of any other costs nothing. */
export const NETWORK_FIELDS = [
  'key',
  'type',
  'physicalNetwork',
  'segmentationId',
  'adminStateUp',
  'vlanTransparent',
  'qinq',
] as const;
/** Of a port: what decides where it is. */
export const PLACE_FIELDS = ['hostId', 'isBindingRefused', 'inactiveBindings', 'bindingProfile'] as const;
/** Of a port: all but what the firewall asks for. */
export const PORT_FIELDS = [
  ...(['key', 'networkId', 'macAddress', 'adminStateUp'] as const),
  ...(['fixedIps', 'allowedAddressPairs', 'portSecurityEnabled'] as const),
  ...PLACE_FIELDS,
] as const;
/** Of a port: whom groups that name its groups as remote let in. */
export const MEMBER_FIELDS = ['key', 'fixedIps', 'allowedAddressPairs', 'securityGroupIds'] as const;
/** Of a port: which rules it is held to. */
export const GUARD_FIELDS = ['securityGroupIds', 'portSecurityEnabled'] as const;

/** How a chassis is part of the fabric: of its addresses only their families, which decide whom it reaches. */
export function fabricOf({ encapIps, peerKeys, tunnelPorts, physicalNetworks }: ChassisRecord) {
  return { families: familiesOf({ encapIps }), peerKeys, tunnelPorts, physicalNetworks };
}

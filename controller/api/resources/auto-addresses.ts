import { eui64, formatIp, parseCidr } from '#controller/base/addresses';
import type { SubnetRecord } from '#controller/store/records';
import type { Transaction } from '#controller/store/store';
import { fault } from '../faults.ts';
import type { Context } from '../resource/resource.ts';
import { changed } from './changed.ts';

/** Whether the hosts of a subnet make their own addresses from its prefix (SLAAC), so that Neutron only predicts them. */
export function isAutoAddressed(subnet: Pick<SubnetRecord, 'ipv6RaMode' | 'ipv6AddressMode'>): boolean {
  return [subnet.ipv6RaMode, subnet.ipv6AddressMode].some(
    (mode) => mode === 'slaac' || mode === 'dhcpv6-stateless',
  );
}

/** The address that a port with this MAC makes for itself on an automatically addressed subnet. */
export function autoAddress(subnet: SubnetRecord, mac: string): string {
  const cidr = parseCidr(subnet.cidr);
  if (cidr === undefined) throw fault('HTTPInternalServerError');
  return formatIp(6, eui64(cidr, mac));
}

/** Gives the ports that are there already an address on a new subnet. */
export function addAutoAddresses(tx: Transaction, subnet: SubnetRecord, context: Context): void {
  for (const port of tx.find('ports', 'network', subnet.networkId)) {
    if (port.deviceOwner.startsWith('network:router')) continue;
    const fixedIps = [
      ...port.fixedIps,
      { subnetId: subnet.id, ipAddress: autoAddress(subnet, port.macAddress) },
    ];
    tx.put('ports', port.id, changed(port, { fixedIps }, context));
  }
}

/** Takes from all ports their addresses on a subnet that goes away. */
export function dropAddressesOf(tx: Transaction, subnet: SubnetRecord, context: Context): void {
  for (const port of tx.find('ports', 'subnet', subnet.id)) {
    const fixedIps = port.fixedIps.filter(({ subnetId }) => subnetId !== subnet.id);
    tx.put('ports', port.id, changed(port, { fixedIps }, context));
  }
}

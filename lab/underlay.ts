/** Namespace of the underlay, and the name of the bridge in it. */
export const UNDERLAY = 'underlay';

/** Bytes. It carries a tenant's 1500 in any tunnel: tunnelled packets are never fragmented. */
export const UNDERLAY_MTU = 1600;

/** Where the controller listens, as hypervisors see it. */
export const CONTROLLER_ADDRESS = '172.31.0.254';

/** Address of the hypervisor with this number, counted from 1. */
export function underlayAddress(number: number): string {
  if (!(number >= 1 && number < 254))
    throw new RangeError(`hypervisor ${number}: the underlay has room for 1 to 253`);
  return `172.31.0.${number}`;
}

/** The IPv6 address of the same hypervisor. */
export function underlayAddress6(number: number): string {
  return `fd31::${number.toString(16)}`;
}

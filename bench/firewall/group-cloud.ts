import type { Hypervisor } from '#lab';

/** Members whose interfaces are on the hypervisor that is looked at; all others are nowhere. */
export const LOCAL_MEMBERS = 10;
/** A cloud with one hypervisor and one security group, whose members admit each other, and that lets them send all. */
export interface GroupCloud {
  readonly who: string;
  readonly host: Hypervisor;
  /** Adds members with these numbers, as fast as it is meant to be done. */
  addMembers(numbers: readonly number[]): Promise<void>;
  /** Admits one more TCP port from everywhere. */
  addRule(port: number): Promise<void>;
  stop(): Promise<void>;
}

/** The address of a member; the first network is that of the members on the hypervisor. */
export function addressOf(network: number, number: number): string {
  return `10.${network}.${1 + (number >> 8)}.${number & 0xff}`;
}

/** Makes an interface of the switch's own: nobody sends there. */
export async function addInterface(host: Hypervisor, number: number, id: string): Promise<void> {
  const name = `member${number}`;
  const settings = ['type=internal', `external_ids:iface-id=${id}`];
  await host.vsctl('add-port', 'br-int', name, '--', 'set', 'interface', name, ...settings);
}

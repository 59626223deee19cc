import { CHECKOUT, type Hypervisor, type Lab, labFolder, type Vm } from '#lab';

/** The guests of each contender: addresses end in these numbers, and are the same for all contenders. */
export const GUESTS = {
  /** Sends all that is measured but new MAC addresses. */
  sender: { number: 1, host: 0 },
  /** Receives on the same host. */
  near: { number: 2, host: 0 },
  /** Receives on the other host. */
  far: { number: 3, host: 1 },
  /** Its port security is off: it sends with any MAC address. */
  stranger: { number: 4, host: 0 },
} as const;

export type GuestName = keyof typeof GUESTS;
export const GUEST_NAMES = Object.keys(GUESTS) as readonly GuestName[];

/** VLAN by which every guest on a trunk tags what it sends. */
export const GUEST_VLAN = 100;

/** Two hosts with their switches, and four guests on one tenant network. */
export interface Contender {
  readonly name: string;
  readonly hosts: readonly [Hypervisor, Hypervisor];
  readonly guests: Readonly<Record<GuestName, Vm>>;
}

/** Makes a contender's guests, not yet plugged. */
export async function makeGuests(lab: Lab, prefix: string): Promise<Record<GuestName, Vm>> {
  const make = (name: GuestName) => {
    const { number } = GUESTS[name];
    return lab.vm(`${prefix}-${name}`, { mac: guestMac(number), ips: [guestIp(number, '/24')] });
  };
  return {
    sender: await make('sender'),
    near: await make('near'),
    far: await make('far'),
    stranger: await make('stranger'),
  };
}

/** Gives a plugged guest a VLAN device on its interface: it stands for `v0.100`, and costs about as much. */
export async function tagGuest(vm: Vm): Promise<void> {
  const folder = labFolder(`bpf-${vm.name}`);
  const helper = `${CHECKOUT}/bench/dataplane/guest-vlan.py`;
  await vm.exec(['/usr/bin/python3', '-I', '-S', helper, 'v0', String(GUEST_VLAN), folder]);
}

export function guestIp(number: number, prefixLength = ''): string {
  return `10.0.0.${number}${prefixLength}`;
}

export function guestMac(number: number): string {
  return `02:00:00:00:00:${number.toString(16).padStart(2, '0')}`;
}

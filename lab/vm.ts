import { attempt, type CommandOptions, ip, run } from './command.ts';
import { LabError } from './errors.ts';
import { type Capture, FramePort } from './frame-port.ts';
import type { Hypervisor } from './hypervisor.ts';
import { type PingOptions, type PingResult, ping, type RunningPing, startPing } from './ping.ts';

export interface VmOptions {
  readonly mac: string;
  /** Addresses with their prefix length: `10.0.0.11/24`. */
  readonly ips: readonly string[];
  /** Bytes. Default 1450, what a VXLAN network has on an underlay of 1500. */
  readonly mtu?: number;
}

/** Where a VM is plugged. */
export interface Place {
  readonly hypervisor: Hypervisor;
  /** The hypervisor's end of the link, as its switch names it. */
  readonly device: string;
}

/**
 * A guest: a network namespace with one interface, `v0`, that exists while it is plugged. It speaks with the
 * kernel's own stack (`ping`, `exec`) and in raw frames (`send`, `capture`).
 */
export class Vm {
  readonly name: string;
  readonly mac: string;
  readonly ips: readonly string[];
  readonly mtu: number;
  #place: Place | undefined;
  #frames: FramePort | undefined;

  constructor(name: string, { mac, ips, mtu = 1450 }: VmOptions) {
    this.name = name;
    this.mac = mac;
    this.ips = ips;
    this.mtu = mtu;
  }

  /** The first address, without its prefix length. */
  get ip(): string {
    const [address] = this.ips;
    if (address === undefined) throw new LabError('LAB_USAGE', `${this.name} has no address`);
    return address.replace(/\/.*/, '');
  }

  /** Where it is plugged. Throws LAB_USAGE if it is not. */
  get place(): Place {
    if (this.#place === undefined) throw new LabError('LAB_USAGE', `${this.name} is not plugged`);
    return this.#place;
  }

  /** Runs a command in the guest and returns its output. */
  exec(argv: readonly string[], options: Omit<CommandOptions, 'namespace'> = {}): Promise<string> {
    return run(argv, { ...options, namespace: this.name });
  }

  /** Pings an address and waits for the end. */
  ping(address: string, options?: PingOptions): Promise<PingResult> {
    return ping(this.name, address, options);
  }

  /** Pings an address until told to stop. */
  startPing(address: string, options?: PingOptions): RunningPing {
    return startPing(this.name, address, options);
  }

  /** Sends one frame as it is, VLAN tags included, from the guest's interface. */
  async send(frame: Uint8Array): Promise<void> {
    await this.#framePort().send(frame);
  }

  /** Records every frame that arrives at the guest's interface from now on. */
  capture(): Promise<Capture> {
    return this.#framePort().capture();
  }

  /** Called by who has just made `v0`, a hypervisor or a wire: sets it up as a guest's own system would. */
  async connected(place?: Place): Promise<void> {
    this.#place = place;
    // No duplicate address detection: an address works at once, also an IPv6 one.
    await attempt(['sysctl', '-qw', 'net.ipv6.conf.v0.accept_dad=0'], { namespace: this.name });
    await run(['ethtool', '-K', 'v0', 'tx', 'off'], { namespace: this.name });
    await attempt(['ethtool', '-K', 'v0', 'rxvlan', 'off', 'txvlan', 'off'], { namespace: this.name });
    await ip(
      [
        'link set lo up',
        `link set v0 address ${this.mac} mtu ${this.mtu} up`,
        ...this.ips.map((address) => `addr add ${address} dev v0`),
      ],
      this.name,
    );
  }

  /** Called by the hypervisor that is about to take `v0` away. */
  async disconnected(): Promise<void> {
    this.#place = undefined;
    await this.stop();
  }

  /** Ends its helper process. */
  async stop(): Promise<void> {
    await this.#frames?.close();
    this.#frames = undefined;
  }

  #framePort(): FramePort {
    this.#frames ??= new FramePort(this.name, 'v0');
    return this.#frames;
  }
}

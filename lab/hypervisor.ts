import { LEARNED_SPACE_HI } from '#pipeline';
import { attempt, ip, run } from './command.ts';
import { afPacketSettings, DPDK_MTU, type DpdkOptions } from './dpdk.ts';
import { LabError } from './errors.ts';
import { OpenVswitch } from './open-vswitch.ts';
import { CONTROLLER_ADDRESS, UNDERLAY, UNDERLAY_MTU } from './underlay.ts';
import type { Vm } from './vm.ts';
import { waitFor } from './wait-for.ts';

/** Bridge that connects the hypervisor to the underlay and holds its address: userspace tunnels leave through it. */
const UPLINK_BRIDGE = 'br-phy';

/** Bridge that VMs are plugged into, unless told otherwise. */
export const INTEGRATION_BRIDGE = 'br-int';

export interface AttachOptions {
  /** Host of the controller. Default: the lab's. */
  readonly host?: string;
  readonly ovsdbPort?: number;
  /** Default `tcp`; `ssl` needs `ovs-vsctl set-ssl`. */
  readonly transport?: 'tcp' | 'ssl';
  /** What its database calls, or listens at (`ptcp:6640`), instead of all of the above. */
  readonly manager?: string;
  /** Further external_ids, such as `tenantflow-encap-type`. */
  readonly externalIds?: Readonly<Record<string, string>>;
}

export interface HypervisorOptions {
  /** Its switch works with DPDK, which takes packets from devices of the kernel; the bridges are `netdev` either way. */
  readonly dpdk?: DpdkOptions | undefined;
}

/** How learned flows begin (pipeline/cookie.ts); those that learn have such a cookie further on. */
const LEARNED = new RegExp(`^\\s*cookie=0x${(LEARNED_SPACE_HI >>> 24).toString(16)}[0-9a-f]{14}\\b`);

/** A host with an Open vSwitch of its own (userspace datapath) in its own network namespace, and VMs plugged into it. */
export class Hypervisor {
  readonly name: string;
  /** Its address on the underlay. */
  readonly address: string;
  /** Its IPv6 address there. */
  readonly address6: string;
  readonly ovs: OpenVswitch;
  readonly #dpdk: boolean;
  /** VMs that have been plugged so far. */
  #plugged = 0;
  #wired = false;
  #looks = 0;

  constructor(name: string, address: string, address6: string, { dpdk }: HypervisorOptions = {}) {
    this.name = name;
    this.address = address;
    this.address6 = address6;
    this.#dpdk = dpdk !== undefined;
    this.ovs = new OpenVswitch(name, dpdk);
  }

  /** Starts it, or starts again what of it does not run. */
  async start(): Promise<void> {
    if (!this.#wired) await this.#wire();
    await this.ovs.start();
    await this.ovs.vsctl(
      ...['--may-exist', 'add-br', UPLINK_BRIDGE],
      ...['--', 'set', 'bridge', UPLINK_BRIDGE, 'datapath_type=netdev', 'fail_mode=standalone'],
      ...['--', '--may-exist', 'add-port', UPLINK_BRIDGE, 'eth0'],
      ...(this.#dpdk ? ['--', 'set', 'interface', 'eth0', ...afPacketSettings('eth0', 0, DPDK_MTU)] : []),
    );
    // A switch that starts again has all this in its database, so ovs-vsctl does not wait for it.
    const bridges = (await this.vsctl('list-br')).split('\n').filter(Boolean);
    await waitFor(() => Promise.all(bridges.map((bridge) => this.ofctl('show', bridge))), {
      what: `${this.name}'s switch`,
    });
    // The bridge's interface is the switch process's own, so its address goes with the process.
    const device = `dev ${UPLINK_BRIDGE}`;
    await ip(
      [
        `addr replace ${this.address}/24 ${device}`,
        `link set ${device} mtu ${UNDERLAY_MTU} up`,
        `addr replace ${this.address6}/64 ${device} nodad`,
      ],
      this.name,
    );
  }

  /** Orderly end of its Open vSwitch. VMs stay plugged, as far as the kernel is concerned. */
  stop(): Promise<void> {
    return this.ovs.stop();
  }

  /** SIGKILL to its Open vSwitch. */
  kill(): Promise<void> {
    return this.ovs.kill();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Hands the hypervisor to a controller, by the two commands of the README. */
  async attach({
    host = CONTROLLER_ADDRESS,
    ovsdbPort = 6640,
    transport = 'tcp',
    manager = `${transport}:${host}:${ovsdbPort}`,
    externalIds = {},
  }: AttachOptions = {}): Promise<void> {
    const ids = {
      'system-id': this.name,
      hostname: this.name,
      'tenantflow-encap-ip': this.address,
      'tenantflow-datapath-type': 'netdev',
      ...externalIds,
    };
    const settings = Object.entries(ids).map(
      ([key, value]) => `external_ids:${key}=${JSON.stringify(value)}`,
    );
    await this.vsctl('--no-wait', 'set', 'Open_vSwitch', '.', ...settings);
    await this.vsctl('--no-wait', 'set-manager', manager);
  }

  /**
   * Plugs a VM as a cloud does: a link to the VM, and an interface with `external_ids:iface-id`. Returns the
   * interface's name. The controller's bridge must be there.
   */
  async plug(vm: Vm, portId: string, { bridge = INTEGRATION_BRIDGE } = {}): Promise<string> {
    const device = deviceName(portId);
    await ip(
      [`link add ${device} mtu ${vm.mtu} type veth peer name v0 netns ${vm.name}`, `link set ${device} up`],
      this.name,
    );
    await this.#plainPackets(device);
    await vm.connected({ hypervisor: this, device });
    await this.vsctl(
      ...['add-port', bridge, device],
      ...['--', 'set', 'interface', device, `external_ids:iface-id=${portId}`],
      ...(this.#dpdk ? afPacketSettings(device, ++this.#plugged, vm.mtu) : []),
    );
    return device;
  }

  /** Takes the VM's link away; the VM can be plugged again, here or elsewhere. */
  async unplug(vm: Vm): Promise<void> {
    const { device } = vm.place;
    if (vm.place.hypervisor !== this)
      throw new LabError('LAB_USAGE', `${vm.name} is not plugged into ${this.name}`);
    await vm.disconnected();
    await this.vsctl('del-port', device);
    await ip([`link del ${device}`], this.name);
  }

  vsctl(...args: readonly string[]): Promise<string> {
    return this.ovs.vsctl(...args);
  }

  ofctl(...args: readonly string[]): Promise<string> {
    return this.ovs.ofctl(args);
  }

  appctl(command: string, ...args: readonly string[]): Promise<string> {
    return this.ovs.appctl(command, ...args);
  }

  /** Adds flows in the syntax of ovs-ofctl, one a line, all at once or none. */
  async addFlows(flows: string, bridge = INTEGRATION_BRIDGE): Promise<void> {
    await this.ovs.ofctl(['--bundle', 'add-flows', bridge, '-'], flows);
  }

  /**
   * The flows of a bridge, one a line, sorted; without counters, unless asked, and without those that it has learned, which
   * come and go with packets.
   */
  async dumpFlows({ bridge = INTEGRATION_BRIDGE, stats = false } = {}): Promise<readonly string[]> {
    return (await this.#allFlows(bridge, stats)).filter((line) => !LEARNED.test(line));
  }

  /** What the integration bridge has learned, in the same form. */
  async dumpLearned(): Promise<readonly string[]> {
    return (await this.#allFlows(INTEGRATION_BRIDGE, false)).filter((line) => LEARNED.test(line));
  }

  async #allFlows(bridge: string, stats: boolean): Promise<readonly string[]> {
    const text = await this.ofctl('--names', stats ? '--stats' : '--no-stats', 'dump-flows', bridge);
    return text
      .split('\n')
      .flatMap((line) => (/(actions|drop)/.test(line) ? [line.trim()] : []))
      .sort();
  }

  /**
   * Returns when the switch has looked through all that its datapath remembers of packets so far, which it does in
   * rounds, up to half a second apart: flows' counters tell of them, and flows that have changed are what counts.
   */
  async settleCounters(): Promise<void> {
    // A round that is under way may have passed some of it already.
    for (let round = 0; round < 2; round++) await this.appctl('revalidator/wait');
  }

  /** What the switch would do with a packet, in OVS's words (`ofproto/trace`). */
  trace(flow: string, bridge = INTEGRATION_BRIDGE): Promise<string> {
    return this.appctl('ofproto/trace', bridge, flow);
  }

  /** OpenFlow port number of an interface. */
  async ofport(device: string): Promise<number> {
    return Number(await this.vsctl('get', 'interface', device, 'ofport'));
  }

  /** Gives it one more address on the underlay, with its prefix length: `172.31.0.101/24`. It goes with its switch process. */
  async addAddress(address: string): Promise<void> {
    await ip([`addr add ${address} dev ${UPLINK_BRIDGE}`], this.name);
  }

  /** Returns when the switch process has done all that its database tells it now. */
  async configured(): Promise<void> {
    // Only for a command that changes something does ovs-vsctl wait.
    this.#looks += 1;
    await this.vsctl('set', 'Open_vSwitch', '.', `external_ids:lab-looks=${this.#looks}`);
  }

  /** MAC address of the interface that holds its underlay address. */
  async underlayMac(): Promise<string> {
    return JSON.parse(await this.vsctl('get', 'interface', UPLINK_BRIDGE, 'mac_in_use'));
  }

  /** Enters a neighbour on the underlay into the table that tunnels use. */
  async setNeighbour(address: string, mac: string): Promise<void> {
    await this.appctl('tnl/neigh/set', UPLINK_BRIDGE, address, mac);
  }

  logTails(lines?: number): string {
    return this.ovs.logTails(lines);
  }

  async #wire(): Promise<void> {
    await ip([`netns add ${this.name}`]);
    await ip(
      [
        `link add ${this.name} mtu ${UNDERLAY_MTU} type veth peer name eth0 netns ${this.name}`,
        `link set ${this.name} master ${UNDERLAY} up`,
      ],
      UNDERLAY,
    );
    await ip(['link set lo up', `link set eth0 mtu ${UNDERLAY_MTU} up`], this.name);
    await this.#plainPackets('eth0');
    // The address is the bridge's: the kernel would answer for it from the card, too, with a MAC address that leads nowhere.
    await run(['sysctl', '-qw', 'net.ipv4.conf.eth0.arp_ignore=1'], { namespace: this.name });
    this.#wired = true;
  }

  /** No offloads: the userspace datapath takes packets from the interface as they would be on the wire. */
  async #plainPackets(device: string): Promise<void> {
    await run(['ethtool', '-K', device, 'tx', 'off'], { namespace: this.name });
    await attempt(['ethtool', '-K', device, 'rxvlan', 'off', 'txvlan', 'off'], { namespace: this.name });
    // What the kernel itself sends from the device, DPDK takes for packets that have arrived.
    if (this.#dpdk)
      await run(['sysctl', '-qw', `net.ipv6.conf.${device}.disable_ipv6=1`], { namespace: this.name });
  }
}

/** The name Nova gives: `tap` and the first eleven characters of the port's id. */
function deviceName(portId: string): string {
  return `tap${portId.slice(0, 11)}`;
}

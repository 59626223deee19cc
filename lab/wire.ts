import { attempt, ip, run } from './command.ts';
import type { Hypervisor } from './hypervisor.ts';
import { UNDERLAY, UNDERLAY_MTU } from './underlay.ts';
import type { Vm } from './vm.ts';

/**
 * A physical network: a plain Ethernet segment of its own that carries VLAN tags as they are (a Linux bridge in the
 * underlay's namespace). Hypervisors join it through a provider bridge, other machines directly.
 */
export class Wire {
  readonly name: string;
  #links = 0;

  private constructor(name: string) {
    this.name = name;
  }

  /** Makes it in the lab that is there. The name is that of a network device. */
  static async create(name: string): Promise<Wire> {
    await ip([`link add ${name} mtu ${UNDERLAY_MTU} type bridge`, `link set ${name} up`], UNDERLAY);
    return new Wire(name);
  }

  /** What hypervisors reach each other over: for machines that are there, too. */
  static underlay(): Wire {
    return new Wire(UNDERLAY);
  }

  /** Gives a hypervisor a provider bridge with an interface on this wire, as an operator would. */
  async join(hypervisor: Hypervisor, bridge: string): Promise<void> {
    const { name } = hypervisor;
    const device = `${bridge}-nic`;
    await this.#link(name, device);
    await run(['ethtool', '-K', device, 'tx', 'off'], { namespace: name });
    await attempt(['ethtool', '-K', device, 'rxvlan', 'off', 'txvlan', 'off'], { namespace: name });
    await ip([`link set ${device} up`], name);
    await hypervisor.vsctl(
      ...['add-br', bridge, '--', 'set', 'bridge', bridge, 'datapath_type=netdev', 'fail_mode=standalone'],
      ...['--', 'add-port', bridge, device],
    );
  }

  /** Connects a machine that is no guest of ours. */
  async connect(machine: Vm): Promise<void> {
    await this.#link(machine.name, 'v0');
    await machine.connected();
  }

  async #link(namespace: string, device: string): Promise<void> {
    const end = `${this.name}${++this.#links}`;
    await ip(
      [
        `link add ${end} mtu ${UNDERLAY_MTU} type veth peer name ${device} netns ${namespace}`,
        `link set ${end} master ${this.name} up`,
      ],
      UNDERLAY,
    );
    await ip([`link set ${device} mtu ${UNDERLAY_MTU}`], namespace);
  }
}

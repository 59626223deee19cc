import type { Hypervisor, Resource } from '#lab';
import type { Cloud } from '../cloud.ts';
import type { Random } from '../hostile/random.ts';

interface ChaosPort extends Resource {
  readonly network: string;
  /** Where it is plugged, and the name of its interface there. */
  place?: { readonly hypervisor: Hypervisor; readonly device: string };
}

/** Objects of each kind that there are at most: enough to have all kinds of flows, and few to be fast. */
const MOST = { networks: 4, ports: 14, trunks: 3 } as const;

/** Random changes of what tenants want and of what is plugged; each may fail, as what it needs may be away. */
export class Intent {
  readonly #cloud: Cloud;
  readonly #random: Random;
  readonly #networks: Resource[] = [];
  readonly #ports: ChaosPort[] = [];
  readonly #trunks: { readonly id: string; readonly parent: ChaosPort; readonly children: ChaosPort[] }[] =
    [];
  #serial = 0;
  /** Changes that succeeded, by kind. */
  readonly done = new Map<string, number>();

  constructor(cloud: Cloud, random: Random) {
    this.#cloud = cloud;
    this.#random = random;
  }

  /** Does one change. A failure is no news while a fault lasts. */
  async step(): Promise<void> {
    const [name, change] = this.#random.pick(Object.entries(this.#changes));
    try {
      if (await change()) this.done.set(name, (this.done.get(name) ?? 0) + 1);
    } catch {
      // Whether it was done is for the controller to know: what it says is what the flows are held to.
    }
  }

  get #rest() {
    return this.#cloud.controller.rest;
  }

  /** Each resolves with false when there is nothing that it could be done to. */
  readonly #changes: Readonly<Record<string, () => Promise<boolean>>> = {
    createNetwork: async () => {
      if (this.#networks.length >= MOST.networks) return false;
      const network = await this.#rest.create('network', { name: this.#name() });
      this.#networks.push(network);
      await this.#rest.create('subnet', { network_id: network.id, ip_version: 4, cidr: '10.0.0.0/24' });
      if (this.#random.below(2) === 0)
        await this.#rest.create('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd00::/64' });
      return true;
    },
    createPort: async () => {
      const network = this.#some(this.#networks);
      if (network === undefined || this.#ports.length >= MOST.ports) return false;
      const port = await this.#rest.create('port', { network_id: network.id, name: this.#name() });
      this.#ports.push(Object.assign(port, { network: network.id }));
      return true;
    },
    plug: async () => {
      const port = this.#some(this.#ports.filter(({ place }) => place === undefined));
      if (port === undefined) return false;
      await this.#plug(port);
      return true;
    },
    unplug: async () => {
      const port = this.#some(this.#ports.filter(({ place }) => place !== undefined));
      if (port === undefined) return false;
      await this.#unplug(port);
      return true;
    },
    move: async () => {
      const port = this.#some(this.#ports.filter(({ place }) => place !== undefined));
      if (port === undefined) return false;
      await this.#unplug(port);
      await this.#plug(port);
      return true;
    },
    changePort: async () => {
      const port = this.#some(this.#ports);
      if (port === undefined) return false;
      const changes = [
        { admin_state_up: this.#random.below(2) === 0 },
        { port_security_enabled: false, security_groups: [] },
        { port_security_enabled: true },
        { allowed_address_pairs: [{ ip_address: `10.0.1.${this.#random.below(250)}` }] },
      ];
      await this.#rest.update('port', port.id, this.#random.pick(changes));
      return true;
    },
    changeNetwork: async () => {
      const network = this.#some(this.#networks);
      if (network === undefined) return false;
      await this.#rest.update('network', network.id, { admin_state_up: this.#random.below(3) > 0 });
      return true;
    },
    deletePort: async () => {
      const port = this.#some(this.#ports.filter((each) => !this.#isInTrunk(each)));
      if (port === undefined || this.#ports.length < MOST.ports / 2) return false;
      await this.#rest.delete('port', port.id);
      this.#ports.splice(this.#ports.indexOf(port), 1);
      // As often as not its interface stays, with the id of a port that is no more.
      if (port.place !== undefined && this.#random.below(2) === 0) await this.#unplug(port);
      return true;
    },
    createTrunk: async () => {
      const parent = this.#some(this.#ports.filter((each) => !this.#isInTrunk(each)));
      if (parent === undefined || this.#trunks.length >= MOST.trunks) return false;
      const { id } = await this.#rest.create('trunk', { port_id: parent.id });
      this.#trunks.push({ id, parent, children: [] });
      return true;
    },
    addSubport: async () => {
      const trunk = this.#some(this.#trunks);
      const child = this.#some(
        this.#ports.filter((each) => !this.#isInTrunk(each) && each.place === undefined),
      );
      if (trunk === undefined || child === undefined) return false;
      const subport = {
        port_id: child.id,
        segmentation_type: 'vlan',
        segmentation_id: 1 + this.#random.below(4_000),
      };
      await this.#rest.request('PUT', `/v2.0/trunks/${trunk.id}/add_subports`, { sub_ports: [subport] });
      trunk.children.push(child);
      return true;
    },
    deleteTrunk: async () => {
      const trunk = this.#some(this.#trunks);
      if (trunk === undefined || this.#random.below(3) > 0) return false;
      await this.#rest.delete('trunk', trunk.id);
      this.#trunks.splice(this.#trunks.indexOf(trunk), 1);
      return true;
    },
  };

  async #plug(port: ChaosPort): Promise<void> {
    const hypervisor = this.#random.pick(this.#cloud.hypervisors);
    const device = `v${++this.#serial}`;
    await hypervisor.ovs.vsctl(
      ...['--timeout=2', '--no-wait', '--may-exist', 'add-port', 'br-int', device],
      ...['--', 'set', 'interface', device, 'type=internal', `external_ids:iface-id=${port.id}`],
    );
    port.place = { hypervisor, device };
  }

  async #unplug(port: ChaosPort): Promise<void> {
    const { hypervisor, device } = port.place ?? {};
    delete port.place;
    if (hypervisor && device)
      await hypervisor.ovs.vsctl('--timeout=2', '--no-wait', '--if-exists', 'del-port', device);
  }

  #isInTrunk(port: ChaosPort): boolean {
    return this.#trunks.some(({ parent, children }) => parent === port || children.includes(port));
  }

  #some<T>(items: readonly T[]): T | undefined {
    return items.length === 0 ? undefined : this.#random.pick(items);
  }

  #name(): string {
    return `chaos-${++this.#serial}`;
  }
}

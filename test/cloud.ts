import { type ControllerProcess, type Hypervisor, Lab, type Resource, type Vm, waitFor } from '#lab';

/** A row of `GET /v1/switches`, as far as the tests read it. */
export interface SwitchRow {
  readonly id: string;
  readonly address: string;
  readonly connected: boolean;
  readonly ovsdb: boolean;
  readonly state: string;
  readonly flows: number;
  readonly ports: number;
  readonly portsUp: number;
  readonly problem: string | null;
}

/** A VM and its Neutron port. */
export interface Guest {
  readonly vm: Vm;
  readonly port: Resource;
}

export interface CloudOptions {
  readonly args?: readonly string[];
  /** Further environment of the controller. */
  readonly env?: Readonly<Record<string, string>>;
  readonly prepare?: (hypervisors: readonly Hypervisor[]) => Promise<void>;
}

/** A controller and hypervisors that are attached to it: where most end-to-end tests begin. */
export class Cloud {
  readonly lab: Lab;
  readonly controller: ControllerProcess;
  readonly hypervisors: readonly Hypervisor[];
  #guests = 0;

  private constructor(lab: Lab, controller: ControllerProcess, hypervisors: readonly Hypervisor[]) {
    this.lab = lab;
    this.controller = controller;
    this.hypervisors = hypervisors;
  }

  /**
   * Hypervisors hv1… up to `count`, all of them steady; `externalIds` are further settings of each, `args` those of
   * `tenantflow serve`. `prepare` is done before they are attached.
   */
  static async create(
    count: number,
    externalIds: Readonly<Record<string, string>> = {},
    { args = [], env = {}, prepare = async () => {} }: CloudOptions = {},
  ): Promise<Cloud> {
    const lab = await Lab.create();
    const names = Array.from({ length: count }, (_, index) => `hv${index + 1}`);
    const hypervisors = await Promise.all(names.map((name) => lab.hypervisor(name)));
    const controller = lab.controller({ args, env });
    await controller.start();
    await prepare(hypervisors);
    await Promise.all(hypervisors.map((hypervisor) => hypervisor.attach({ externalIds })));
    const cloud = new Cloud(lab, controller, hypervisors);
    await cloud.steady();
    await lab.warmUp();
    return cloud;
  }

  /** hv1 is number 1. */
  hypervisor(number: number): Hypervisor {
    const found = this.hypervisors[number - 1];
    if (!found) throw new Error(`there is no hypervisor ${number}`);
    return found;
  }

  async switches(): Promise<readonly SwitchRow[]> {
    return (await this.controller.rest.request('GET', '/v1/switches')) as readonly SwitchRow[];
  }

  /** Waits until every hypervisor is attached and has all its flows. */
  async steady(): Promise<void> {
    await waitFor(
      async () => {
        const rows = await this.switches();
        return (
          rows.length === this.hypervisors.length && rows.every((row) => row.ovsdb && row.state === 'steady')
        );
      },
      { what: 'all switches to be steady' },
    );
  }

  /** Waits until the switches do what they are to do, and nothing of what they did before. */
  async caughtUp(): Promise<void> {
    await this.steady();
    await Promise.all(this.hypervisors.map((hypervisor) => hypervisor.settleCounters()));
  }

  /** A network with a subnet 10.0.0.0/24. */
  async network(name: string, attributes: object = {}): Promise<Resource> {
    const network = await this.controller.rest.create('network', { name, ...attributes });
    await this.controller.rest.create('subnet', {
      network_id: network.id,
      ip_version: 4,
      cidr: '10.0.0.0/24',
    });
    return network;
  }

  /** A security group that lets everybody send to its ports, and these to everybody. */
  async groupForAnything(): Promise<Resource> {
    const { rest } = this.controller;
    const group = await rest.create('security_group', { name: 'anything' });
    for (const ethertype of ['IPv4', 'IPv6'])
      await rest.create('security_group_rule', {
        ...{ security_group_id: group.id, direction: 'ingress', ethertype },
      });
    return group;
  }

  /** Number n has the address 10.0.0.n and a MAC address that ends in n. */
  createPort(network: Resource, number: number, attributes: object = {}): Promise<Resource> {
    return this.controller.rest.create('port', {
      network_id: network.id,
      mac_address: macOf(number),
      fixed_ips: [{ ip_address: `10.0.0.${number}` }],
      ...attributes,
    });
  }

  createVm(number: number): Promise<Vm> {
    return this.#vm(number, [`10.0.0.${number}/24`]);
  }

  /** A VM whose own system has no address: it answers nothing that a test sends. */
  createDeafVm(number: number): Promise<Vm> {
    return this.#vm(number, []);
  }

  /** A port and a VM, plugged in and ACTIVE. */
  async guest(network: Resource, hypervisor: Hypervisor, number: number): Promise<Guest> {
    const port = await this.createPort(network, number);
    const vm = await this.createVm(number);
    await hypervisor.plug(vm, port.id);
    await this.status(port, 'ACTIVE');
    return { vm, port };
  }

  async status(port: Resource, wanted: string): Promise<void> {
    await waitFor(async () => (await this.controller.rest.show('port', port.id)).status === wanted, {
      what: `port ${port.id} to be ${wanted}`,
    });
  }

  stop(): Promise<void> {
    return this.lab.stop();
  }

  #vm(number: number, ips: readonly string[]): Promise<Vm> {
    this.#guests += 1;
    return this.lab.vm(`vm${this.#guests}`, { mac: macOf(number), ips });
  }
}

/** A locally administered MAC address. */
export function macOf(number: number): string {
  return `02:00:00:00:00:${number.toString(16).padStart(2, '0')}`;
}

import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { attempt, ip, run } from './command.ts';
import { type ControllerOptions, ControllerProcess } from './controller-process.ts';
import { LabError } from './errors.ts';
import { Hypervisor, type HypervisorOptions } from './hypervisor.ts';
import { untilQuiet } from './quiet.ts';
import { requireSandbox } from './sandbox.ts';
import { CONTROLLER_ADDRESS, UNDERLAY, UNDERLAY_MTU, underlayAddress, underlayAddress6 } from './underlay.ts';
import { Vm, type VmOptions } from './vm.ts';

/**
 * A small data centre: an underlay network, hypervisors and VMs, each in a network namespace of its own, and
 * the controller, which runs in the sandbox's namespace and has an address on the underlay.
 * One lab at a time in a sandbox. Throws LAB_NO_SANDBOX outside.
 */
export class Lab {
  readonly hypervisors: Hypervisor[] = [];
  readonly vms: Vm[] = [];
  readonly #controllers: ControllerProcess[] = [];

  private constructor() {
    requireSandbox();
  }

  /** Makes the underlay: a Linux bridge in a namespace, with the controller's host on it. */
  static async create(): Promise<Lab> {
    const lab = new Lab();
    await ip([
      `netns add ${UNDERLAY}`,
      `link add controller0 mtu ${UNDERLAY_MTU} type veth peer name controller netns ${UNDERLAY}`,
      `addr add ${CONTROLLER_ADDRESS}/24 dev controller0`,
      'link set controller0 up',
    ]);
    await ip(
      [
        `link add ${UNDERLAY} mtu ${UNDERLAY_MTU} type bridge`,
        `link set ${UNDERLAY} up`,
        `link set controller mtu ${UNDERLAY_MTU} master ${UNDERLAY} up`,
      ],
      UNDERLAY,
    );
    // The userspace datapath takes packets as they are: a checksum left to hardware would never be filled in.
    await run(['ethtool', '-K', 'controller0', 'tx', 'off']);
    return lab;
  }

  /** Adds and starts a hypervisor. Its name is its namespace, its system-id and its hostname. */
  async hypervisor(name: string, options?: HypervisorOptions): Promise<Hypervisor> {
    const number = this.hypervisors.length + 1;
    const hypervisor = new Hypervisor(name, underlayAddress(number), underlayAddress6(number), options);
    this.hypervisors.push(hypervisor);
    await hypervisor.start();
    return hypervisor;
  }

  /** Adds a VM that is not plugged anywhere yet. Its name is its namespace. */
  async vm(name: string, options: VmOptions): Promise<Vm> {
    const vm = new Vm(name, options);
    this.vms.push(vm);
    await ip([`netns add ${name}`]);
    return vm;
  }

  /** A controller process of this lab, not yet started. */
  controller(options?: ControllerOptions): ControllerProcess {
    const controller = new ControllerProcess(options);
    this.#controllers.push(controller);
    return controller;
  }

  /**
   * Tells every hypervisor the others' MAC addresses on the underlay. The userspace datapath drops, and does not
   * queue, what it should tunnel to a neighbour that it must first ask for. To be repeated after a restart of OVS.
   */
  async warmUp(): Promise<void> {
    const macs = await Promise.all(this.hypervisors.map((hypervisor) => hypervisor.underlayMac()));
    for (const hypervisor of this.hypervisors) {
      for (const [at, peer] of this.hypervisors.entries()) {
        const mac = macs[at];
        if (peer === hypervisor || mac === undefined) continue;
        for (const address of [peer.address, peer.address6]) await hypervisor.setNeighbour(address, mac);
      }
    }
  }

  /** Returns when all packets that were sent before are where they go, or dropped. */
  quiet(): Promise<void> {
    return untilQuiet(this.hypervisors.map(({ ovs }) => ovs));
  }

  /** Stops every process and removes every namespace and file, so that another lab can take its place. */
  async stop(): Promise<void> {
    const parts = [...this.#controllers, ...this.vms, ...this.hypervisors];
    const results = await Promise.allSettled(parts.map((part) => part.stop()));
    const namespaces = [UNDERLAY, ...this.vms.map((vm) => vm.name), ...this.hypervisors.map((h) => h.name)];
    await attempt(['ip', 'link', 'del', 'controller0']);
    for (const name of namespaces) await attempt(['ip', 'netns', 'del', name]);
    const folders = [
      ...this.hypervisors.map((hypervisor) => hypervisor.ovs.folder),
      ...this.#controllers.map((controller) => dirname(controller.daemon.log)),
    ];
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    const failure = results.find((result) => result.status === 'rejected');
    if (failure)
      throw new LabError('LAB_DAEMON', 'a part of the lab did not stop', { cause: failure.reason });
  }

  /** The ends of all logs, for a report of a failure. */
  logTails(lines?: number): string {
    return [...this.#controllers, ...this.hypervisors].map((part) => part.logTails(lines)).join('\n');
  }
}

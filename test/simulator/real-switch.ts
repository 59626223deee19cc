import {
  type Action,
  type FlowMod,
  type FlowStats,
  flowMod,
  GROUP,
  type GroupMod,
  type Message,
  type MultipartRequest,
  NO_BUFFER,
  PORT,
} from 'openflow-codec';
import { type Hypervisor, Lab, type Unixctl, waitFor } from '#lab';
import type { Packet } from '#pipeline/simulator';
import { Session } from '../codec-switch/session.ts';
import { packetText } from './case-text.ts';
import { PLAIN_PORTS } from './pools.ts';
import { parseTrace, type Trace } from './trace.ts';

const BRIDGE = 'br-int';
const TUNNELS = { vxlan: 1, gre: 2, geneve: 3 } as const;

/** A real ovs-vswitchd that is asked what it would do with packets. */
export class RealSwitch {
  readonly #lab: Lab;
  readonly #session: Session;
  readonly #control: Unixctl;
  /** OpenFlow port numbers by the datapath's. */
  readonly #ports: ReadonlyMap<string, number>;

  private constructor(lab: Lab, session: Session, control: Unixctl, ports: ReadonlyMap<string, number>) {
    this.#lab = lab;
    this.#session = session;
    this.#control = control;
    this.#ports = ports;
  }

  /** Starts a switch with plain ports and one tunnel port of each type; tunnels are told, not resolved. */
  static async start(): Promise<RealSwitch> {
    const lab = await Lab.create();
    const hypervisor = await lab.hypervisor('hv1');
    await hypervisor.vsctl(
      ...['add-br', BRIDGE, '--', 'set', 'bridge', BRIDGE, 'datapath_type=netdev', 'fail_mode=secure'],
      'protocols=OpenFlow13',
    );
    for (const port of PLAIN_PORTS) await addPort(hypervisor, `p${port}`, port, 'type=internal');
    for (const [type, port] of Object.entries(TUNNELS)) {
      await addPort(hypervisor, type, port, `type=${type}`, 'options:remote_ip=flow', 'options:key=flow');
    }
    const control = await hypervisor.ovs.control();
    // Without this a tunnel's packet is routed at once, and what the flow said of the tunnel is not to be seen.
    await control.call('dpif/set-dp-features', BRIDGE, 'tnl_push_pop', 'false');
    const ports = portsOf(await control.call('dpif/show'));
    const session = await Session.open(`${hypervisor.ovs.folder}/${BRIDGE}.mgmt`);
    return new RealSwitch(lab, session, control, ports);
  }

  /** What the switch logged last. */
  logTails(): string {
    return this.#lab.logTails();
  }

  async stop(): Promise<void> {
    this.#control.close();
    this.#session.close();
    await this.#lab.stop();
  }

  /** Replaces all flows and groups; returns the xids of those that the switch refused. */
  async install(
    groups: readonly GroupMod[],
    flows: readonly FlowMod[],
    fragments: keyof typeof FRAGMENT_FLAGS = 'normal',
  ): Promise<ReadonlyMap<number, string>> {
    const clear: Message[] = [
      { type: 'setConfig', xid: 0, flags: FRAGMENT_FLAGS[fragments], missSendLength: 0xffff },
      flowMod({ command: 'delete', tableId: 0xff }),
      { ...EMPTY_GROUP, command: 'delete', group: GROUP.all },
    ];
    const { errors } = await this.#session.send([...clear, ...groups, ...flows]);
    return new Map([...errors].map(([xid, { name }]) => [xid, name]));
  }

  /** What becomes of a packet, with all its effects on the flows. */
  async trace(packet: Packet): Promise<Trace> {
    const [flow = '', bytes = ''] = packetText(packet).split(' ');
    return parseTrace(await this.#control.call('ofproto/trace', BRIDGE, flow, bytes));
  }

  /**
   * Sends packets through the datapath, each with actions of its own and then to the controller; returns the frames as
   * the datapath made them, or undefined where the switch refused the actions.
   */
  async edit(edits: readonly Edit[]): Promise<(Uint8Array | undefined)[]> {
    const edited: (Uint8Array | undefined)[] = [];
    await this.install([], []);
    // The switch queues few packets for a controller, and drops the rest.
    for (let at = 0; at < edits.length; at += EDIT_BATCH) {
      edited.push(...(await this.#editBatch(edits.slice(at, at + EDIT_BATCH))));
    }
    return edited;
  }

  async #editBatch(edits: readonly Edit[]): Promise<(Uint8Array | undefined)[]> {
    const frames: Uint8Array[] = [];
    this.#session.onPacketIn(({ data }) => frames.push(data));
    const { errors } = await this.#session.send(
      edits.map(({ packet, actions }, index) => ({
        type: 'packetOut',
        xid: index + 1,
        bufferId: NO_BUFFER,
        inPort: packet.inPort,
        actions: [...actions, TO_CONTROLLER],
        data: packet.bytes,
      })),
    );
    await waitFor(() => frames.length >= edits.length - errors.size, { what: 'the frames', everyMs: 2 });
    return edits.map((_, index) => (errors.has(index + 1) ? undefined : frames.shift()));
  }

  /** All flows, learned ones included. */
  async flows(): Promise<readonly FlowStats[]> {
    const parts = await this.#session.ask(ALL_FLOWS);
    return parts.flatMap((part) => (part.part === 'flow' ? part.body : []));
  }

  /** The OpenFlow port of a datapath port. */
  portOf(datapathPort: string): number | undefined {
    return this.#ports.get(datapathPort);
  }
}

/** A packet and what is to be done to it. */
export interface Edit {
  readonly packet: Packet;
  readonly actions: readonly Action[];
}

/** OFPC_FRAG_* (OF 1.3.5, 7.3.2), and Nicira's. */
const FRAGMENT_FLAGS = { normal: 0, drop: 1, 'nx-match': 3 } as const;

const EDIT_BATCH = 50;
const TO_CONTROLLER: Action = { action: 'output', port: PORT.controller, maxLength: 0xffff };

const EMPTY_GROUP: GroupMod = {
  type: 'groupMod',
  xid: 0,
  command: 'add',
  groupType: 'all',
  group: 0,
  buckets: [],
};

const ALL_FLOWS: MultipartRequest = {
  type: 'multipartRequest',
  xid: 1,
  more: false,
  part: 'flow',
  body: { tableId: 0xff, outPort: PORT.any, outGroup: GROUP.any, cookie: 0n, cookieMask: 0n, match: [] },
};

function addPort(
  hypervisor: Hypervisor,
  name: string,
  ofport: number,
  ...settings: string[]
): Promise<string> {
  const set = ['set', 'interface', name, `ofport_request=${ofport}`, ...settings];
  return hypervisor.vsctl('add-port', BRIDGE, name, '--', ...set);
}

/** Lines such as `p11 11/2: (internal)`, below the bridge's name. */
function portsOf(text: string): Map<string, number> {
  const [, bridge = ''] = text.split(`${BRIDGE}:`);
  const own = bridge.split(/\n {2}\S/)[0] ?? '';
  return new Map(
    [...own.matchAll(/ (\d+)\/(\d+): \(/g)].map(([, ofport, port = '']): [string, number] => [
      port,
      Number(ofport) === 0xfffe ? PORT.local : Number(ofport),
    ]),
  );
}

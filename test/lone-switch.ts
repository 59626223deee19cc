import { pino } from 'pino';
import type { Facts } from '#apps';
import { ChannelServer } from '#controller/channel/server';
import type { SwitchReconciler } from '#controller/reconciler/switch';
import { CONTROLLER_ADDRESS, type Hypervisor } from '#lab';

/** The bridge that is made here. */
export const BRIDGE = 'br-int';

/** A port of network 7, plugged as the interface whose OpenFlow number is its key. */
export function portOf(key: number): Facts['localPort'] {
  return {
    kind: 'localPort',
    key,
    network: 7,
    mac: 0x020000000000n + BigInt(key),
    ofport: key,
    addresses: [],
    isContested: false,
  };
}

/** Makes a bridge without a controller's help, which connects to these addresses by OpenFlow: `tcp:…`. */
export async function makeBridge(hypervisor: Hypervisor, ...controllers: string[]): Promise<void> {
  await hypervisor.vsctl(
    ...['add-br', BRIDGE, '--', 'set', 'bridge', BRIDGE, 'datapath_type=netdev', 'fail_mode=secure'],
    ...['protocols=OpenFlow10,OpenFlow13', '--', 'set-controller', BRIDGE, ...controllers],
  );
}

/** Listens for the switch, and hands its connections to the reconciler of the moment. */
export async function listenFor(
  reconciler: () => SwitchReconciler,
): Promise<{ readonly channel: ChannelServer; readonly address: string }> {
  const channel = new ChannelServer(pino({ level: 'silent' }), {
    ready: (connection) => reconciler().attach(connection),
    message: () => undefined,
    closed: (connection) => reconciler().detach(connection),
  });
  return { channel, address: `tcp:${await channel.listen({ host: CONTROLLER_ADDRESS, port: 0 })}` };
}

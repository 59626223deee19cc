import { connect } from 'node:net';
import { pino } from 'pino';
import { Connection } from '#controller/channel/connection';
import { CHANNEL_LIMITS } from '#controller/channel/limits';
import { INTEGRATION_BRIDGE } from '#lab';

/** Does something over a connection of its own to a bridge of the Open vSwitch that has its sockets in `folder`. */
export async function onBridge<T>(
  { folder }: { readonly folder: string },
  work: (connection: Connection) => Promise<T>,
  bridge = INTEGRATION_BRIDGE,
): Promise<T> {
  const socket = connect(`${folder}/${bridge}.mgmt`);
  try {
    const connection = await new Promise<Connection>((resolve, reject) => {
      const events = {
        ready: resolve,
        message: () => undefined,
        closed: (_: Connection, why: Error) => reject(why),
      };
      new Connection({ socket }, pino({ level: 'silent' }), events, CHANNEL_LIMITS);
    });
    return await work(connection);
  } finally {
    socket.destroy();
  }
}

/**
 * A controller that lets every switch forward like a plain one, and prints its ports as they come and go.
 * Run it with `npx tsx`, then: `ovs-vsctl set-controller br0 tcp:127.0.0.1:6653`.
 */
import { createServer } from 'node:net';
// Outside of this repository: from 'openflow-codec'.
import { decode, encodeToBytes, Framer, GROUP, type Message, NO_BUFFER, PORT } from '../src/index.ts';

const forwardNormally: Message = {
  type: 'flowMod',
  xid: 4,
  command: 'add',
  tableId: 0,
  priority: 1,
  cookie: 0n,
  cookieMask: 0n,
  flags: 0,
  idleTimeout: 0,
  hardTimeout: 0,
  bufferId: NO_BUFFER,
  outPort: PORT.any,
  outGroup: GROUP.any,
  match: [],
  instructions: [
    { instruction: 'apply_actions', actions: [{ action: 'output', port: PORT.normal, maxLength: 0 }] },
  ],
};

createServer((socket) => {
  const framer = new Framer();
  const send = (message: Message) => socket.write(encodeToBytes(message));
  const answer = (message: Message) => {
    if (message.type === 'echoRequest') send({ ...message, type: 'echoReply' });
    if (message.type === 'hello') {
      send({ type: 'multipartRequest', xid: 3, part: 'portDesc', more: false, body: null });
      send(forwardNormally);
    }
    if (message.type === 'multipartReply' && message.part === 'portDesc') {
      for (const port of message.body) console.log(`port ${port.port} is ${port.name}`);
    }
    if (message.type === 'portStatus') console.log(`port ${message.port.name}: ${message.reason}`);
    if (message.type === 'error') console.log(`refused: ${message.name}`);
  };
  socket.on('error', (error) => console.log(error.message));
  socket.on('data', (chunk) => {
    try {
      framer.push(chunk, (bytes) => answer(decode(bytes)));
    } catch (error) {
      socket.destroy(error instanceof Error ? error : undefined);
    }
  });
  send({ type: 'hello', xid: 1, elements: [{ element: 'versionBitmap', versions: [4] }] });
}).listen(6653);

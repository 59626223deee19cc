/** A hub: it floods what the switch does not know. `npx tsx controller.ts [PORT]`, then point a switch to that port. */
import { createServer } from 'node:net';
// biome-ignore lint/style/noRestrictedImports: an example is a stranger to the package.
import { decode, encodeToBytes, Framer, flowMod, formatMessage, type Message, PORT } from 'openflow-codec';

const ask = { action: 'output', port: PORT.controller, maxLength: 0xffff } as const;
const flood = { action: 'output', port: PORT.flood, maxLength: 0 } as const;

const server = createServer((socket) => {
  const framer = new Framer();
  const send = (message: Message) => socket.write(encodeToBytes(message));
  const receive = (message: Message) => {
    console.log(formatMessage(message));
    if (message.type === 'hello') send({ type: 'featuresRequest', xid: 1 });
    if (message.type === 'echoRequest') send({ ...message, type: 'echoReply' });
    if (message.type === 'featuresReply')
      send(
        flowMod({ xid: 2, priority: 0, instructions: [{ instruction: 'apply_actions', actions: [ask] }] }),
      );
    if (message.type === 'packetIn') {
      const inPort = Number(message.match.find((entry) => entry.field === 'in_port')?.value ?? PORT.any);
      const { xid, bufferId, data } = message;
      send({ type: 'packetOut', xid, bufferId, inPort, actions: [flood], data });
    }
  };
  socket.on('error', (error) => console.log(error.message));
  socket.on('data', (chunk) => {
    try {
      framer.push(chunk, (bytes) => receive(decode(bytes)));
    } catch (error) {
      socket.destroy(error instanceof Error ? error : undefined);
    }
  });
  send({ type: 'hello', xid: 0, elements: [{ element: 'versionBitmap', versions: [4] }] });
}).listen(Number(process.argv[2] ?? 6653), () =>
  console.log(`listening: ${JSON.stringify(server.address())}`),
);

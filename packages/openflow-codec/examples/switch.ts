/** A switch with one table and no ports: `npx tsx switch.ts [PORT]` connects to a controller on this host. */
import { connect } from 'node:net';
// biome-ignore lint/style/noRestrictedImports: an example is a stranger to the package.
import { decode, encodeToBytes, Framer, formatMessage, type Message, NO_BUFFER } from 'openflow-codec';

const features = { bufferCount: 0, tableCount: 1, auxiliaryId: 0, capabilities: 0, reserved: 0 };
const packet = Uint8Array.from({ length: 60 }, (_, at) => at);

const socket = connect(Number(process.argv[2] ?? 6653), '127.0.0.1');
const framer = new Framer();
const send = (message: Message) => socket.write(encodeToBytes(message));

function receive(message: Message): void {
  console.log(formatMessage(message));
  const { xid } = message;
  if (message.type === 'echoRequest') send({ ...message, type: 'echoReply' });
  if (message.type === 'barrierRequest') send({ type: 'barrierReply', xid });
  if (message.type === 'featuresRequest')
    send({ type: 'featuresReply', xid, datapathId: 0x2an, ...features });
  if (message.type === 'multipartRequest' && message.part === 'portDesc')
    send({ type: 'multipartReply', xid, part: 'portDesc', more: false, body: [] });
  // The first flow sends what nobody knows to the controller; here is such a packet.
  if (message.type === 'flowMod') {
    const match = [{ field: 'in_port', value: 1 }] as const;
    const { cookie, tableId } = message;
    const reason = { totalLength: packet.length, reason: 'noMatch', tableId, cookie } as const;
    send({ type: 'packetIn', xid: 0, bufferId: NO_BUFFER, ...reason, match, data: packet });
  }
}
socket.on('data', (chunk) => framer.push(chunk, (bytes) => receive(decode(bytes))));
socket.on('error', (error) => console.log(error.message));
send({ type: 'hello', xid: 0, elements: [{ element: 'versionBitmap', versions: [4] }] });

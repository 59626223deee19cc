import { createConnection } from 'node:net';
import { LabError } from './errors.ts';

/** Milliseconds that a command may take. Those that wait for the switch's threads take up to a second when all is well. */
const TIMEOUT_MS = 30_000;

/**
 * Has a daemon of Open vSwitch do what `ovs-appctl` would, and returns what it answers: JSON-RPC on its control socket
 * (ovs-appctl(8)), without a process of its own. Throws LAB_COMMAND if the daemon refuses, or does not answer.
 */
export function unixctl(path: string, command: string, args: readonly string[] = []): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) =>
      reject(new LabError('LAB_COMMAND', `${[command, ...args].join(' ')} at ${path}: ${why}`));
    const socket = createConnection(path, () =>
      socket.write(JSON.stringify({ id: 0, method: command, params: args })),
    );
    let text = '';
    socket.setEncoding('utf8').setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('no answer')));
    socket.on('data', (part) => {
      text += part;
      const answer = parse(text);
      if (answer === undefined) return;
      socket.destroy();
      if (answer.error === null) resolve(String(answer.result));
      else fail(String(answer.error).trim());
    });
    socket.on('error', ({ message }) => fail(message));
    // Of no effect when the answer is there.
    socket.on('close', () => fail('it hung up'));
  });
}

/** Nothing marks an answer's end but that it is one. */
function parse(text: string): { readonly result: unknown; readonly error: unknown } | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { Agent, request } from 'node:http';

/** Requests of one kind to one server. */
export interface Load {
  /** So many at the same time, each of them on its own connection. */
  readonly clients: number;
  readonly count: number;
  /** The request number `at`. */
  readonly send: (connection: Agent, at: number) => Promise<unknown>;
}

export interface Timing {
  readonly count: number;
  readonly clients: number;
  /** Requests per second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Sends them all and times each. */
export async function measure({ clients, count, send }: Load): Promise<Timing> {
  const times: number[] = [];
  let next = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async () => {
      const connection = new Agent({ keepAlive: true, maxSockets: 1 });
      for (let at = next++; at < count; at = next++) {
        const start = performance.now();
        await send(connection, at);
        times.push(performance.now() - start);
      }
      connection.destroy();
    }),
  );
  const seconds = (performance.now() - began) / 1_000;
  times.sort((a, b) => a - b);
  const rank = (part: number) =>
    times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? Number.NaN;
  return { count, clients, rate: count / seconds, p50: rank(0.5), p99: rank(0.99) };
}

/** One request; resolves with the parsed answer, and rejects when it is not the status expected. */
export function call(agent: Agent, method: 'GET' | 'POST', url: string, body?: unknown): Promise<unknown> {
  const text = body === undefined ? '' : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const sent = request(url, { agent, method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const answered = Buffer.concat(chunks).toString();
        const expected = method === 'POST' ? 201 : 200;
        if (answer.statusCode !== expected)
          reject(new Error(`${method} ${url}: ${answer.statusCode} ${answered.slice(0, 500)}`));
        else resolve(JSON.parse(answered));
      });
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

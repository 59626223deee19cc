import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { differences, type Exchange, Tokens } from './compare.ts';

/** An exchange that the server under test answers differently. */
export interface Difference {
  /** Number of the exchange in the recording, from 1. */
  readonly number: number;
  /** The request, and how the answer differs. */
  readonly text: string;
}

/** The recordings beside this file, and how many exchanges each has. */
export const RECORDINGS = { golden: 478, groups: 306, access: 183, trunks: 273, protocol: 291 } as const;
export type Recording = keyof typeof RECORDINGS;

/** Replays a recording, in order, against a fresh server such as `http://127.0.0.1:9696`. */
export async function replay(
  recording: Recording,
  server: string,
): Promise<{ total: number; differing: readonly Difference[] }> {
  const exchanges: readonly Exchange[] = readFileSync(new URL(`${recording}.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const tokens = new Tokens();
  const differing: Difference[] = [];
  for (const [at, exchange] of exchanges.entries()) {
    const { method, path, reqHeaders, reqBody, respBody, cmd } = exchange;
    const sent = typeof reqBody === 'string' ? reqBody : JSON.stringify(reqBody);
    const { 'user-agent': _, ...headers } = reqHeaders;
    const answer = await fetch(`${server}${tokens.translate(path)}`, {
      method,
      headers,
      ...(reqBody === null ? {} : { body: tokens.translate(sent) }),
    });
    const live = parse(await answer.text());
    if (answer.status < 300) tokens.learn(respBody, live);
    const found = differences(exchange, answer.status, live);
    if (found.length > 0)
      differing.push({ number: at + 1, text: `${method} ${path} (${cmd}): ${found.join('; ')}` });
  }
  return { total: exchanges.length, differing };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function isRecording(name: string | undefined): name is Recording {
  return name !== undefined && Object.hasOwn(RECORDINGS, name);
}

/** By hand: `scripts/typescript test/neutron/replay.ts http://127.0.0.1:9696 groups`. */
if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [, , server = 'http://127.0.0.1:9696', name] = process.argv;
  const { total, differing } = await replay(isRecording(name) ? name : 'golden', server);
  for (const { number, text } of differing) console.log(`#${number} ${text}`);
  console.log(`${total - differing.length} of ${total} as the reference server`);
  process.exitCode = differing.length === 0 ? 0 : 1;
}

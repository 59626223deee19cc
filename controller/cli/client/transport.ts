import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Endpoint } from './endpoint.ts';

/** A request as it goes on the wire. */
export interface Outgoing {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With its query. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds until the answer has to begin, and then that it may fall silent for. */
  readonly patience: number;
  readonly signal?: AbortSignal;
}

/** Sends a request; resolves when the answer begins, of any status. Rejects with the system's error. */
export function open({ url, token, ca }: Endpoint, outgoing: Outgoing): Promise<IncomingMessage> {
  const { method, path, body, headers, patience, signal } = outgoing;
  const text = body === undefined ? undefined : JSON.stringify(body);
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = send(new URL(path, url), {
      method,
      ...(ca === undefined ? {} : { ca }),
      ...(signal === undefined ? {} : { signal }),
      headers: {
        accept: 'application/json',
        ...(token === undefined ? {} : { 'x-auth-token': token }),
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        ...headers,
      },
    });
    request.setTimeout(patience, () => request.destroy(new Error(`no answer within ${patience / 1000} s`)));
    request.on('error', reject).on('response', resolve);
    request.end(text);
  });
}

/** The whole text of an answer. Rejects when it is larger than anything a controller says. */
export async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > LARGEST_ANSWER) {
      answer.destroy();
      throw new Error(`the answer is larger than ${LARGEST_ANSWER} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Bytes. */
const LARGEST_ANSWER = 64 * 1024 * 1024;

import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ApiClient } from './client.ts';
import { endpointOf } from './endpoint.ts';
import { listObjects } from './objects.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function clientOf(listener: RequestListener, patience?: number, tell?: (news: string) => void) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return new ApiClient(endpointOf({ api: `127.0.0.1:${port}` }, {}), patience, tell);
}

describe('a client', () => {
  it('waits as long as a controller wants that has had too many requests', async () => {
    let count = 0;
    const news: string[] = [];
    const client = await clientOf(
      (_request, response) => {
        count++;
        if (count < 3) response.writeHead(429, { 'retry-after': '0' }).end('{}');
        else response.end('{"a": 1}');
      },
      undefined,
      (each) => news.push(each),
    );
    expect(await client.request('GET', '/')).toEqual({ a: 1 });
    expect(news).toEqual(Array(2).fill('too many requests: going on in 1 s'));
  });

  it('says what is wrong with an answer that is none', async () => {
    const client = await clientOf(({ url }, response) => {
      if (url === '/text') response.end('hello');
      if (url === '/cut')
        response.writeHead(200, { 'content-length': '10' }).write('{', () => response.destroy());
      if (url === '/503') response.writeHead(503).end('<html>');
      if (url === '/own') response.writeHead(409).end('{"NeutronError": {"message": "It is in use."}}');
      if (url === '/nowhere')
        response.writeHead(404).end('{"NeutronError": {"message": "The resource could not be found."}}');
    });
    const refusal = (path: string) => client.request('GET', path).catch((error: Error) => error.message);
    expect(await refusal('/text')).toMatch(/\/text does not answer JSON: is it a tenantflow\?$/);
    expect(await refusal('/cut')).toMatch(/\/cut: the answer broke off \(/);
    expect(await refusal('/503')).toMatch(/\/503 answers HTTP 503$/);
    expect(await refusal('/own')).toBe('It is in use.');
    expect(await refusal('/nowhere')).toMatch(/ does not serve \/nowhere\nIs it a tenantflow/);
  });

  it('gives up on who never answers', async () => {
    const client = await clientOf(() => undefined, 20);
    await expect(client.request('GET', '/')).rejects.toThrow(
      /no controller answers at .* \(no answer within 0\.02 s\)/,
    );
  });

  it('asks for page after page', async () => {
    const all = Array.from({ length: 2500 }, (_, at) => ({ id: String(at).padStart(4, '0') }));
    const asked: string[] = [];
    const client = await clientOf(({ url = '' }, response) => {
      const { searchParams: query } = new URL(url, 'http://h');
      asked.push(query.toString());
      const rest = all.filter(({ id }) => id > (query.get('marker') ?? ''));
      response.end(JSON.stringify({ things: rest.slice(0, Number(query.get('limit'))) }));
    });
    const collection = { path: '/things', plural: 'things', singular: 'thing' };
    expect(await listObjects(client, collection, [['a', 'b']])).toEqual(all);
    expect(asked).toEqual(['a=b&limit=1000', 'a=b&limit=1000&marker=0999', 'a=b&limit=1000&marker=1999']);
  });
});

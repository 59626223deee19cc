import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const TENANTFLOW = fileURLToPath(new URL('../bin/tenantflow', import.meta.url));
const execute = promisify(execFile);

/** Runs `tenantflow …` as a process; its exit code and what it printed. */
async function tenantflow(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    return { code: 0, ...(await execute(TENANTFLOW, args, { timeout: 120_000 })) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

describe('tenantflow', () => {
  it('has --help and --version everywhere', async () => {
    const [version, help, serve, status] = await Promise.all([
      tenantflow('--version'),
      tenantflow('--help'),
      tenantflow('serve', '--help'),
      tenantflow('status', '--help'),
    ]);
    expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('Run the controller.') });
    expect(serve).toMatchObject({ code: 0, stdout: expect.stringContaining('TENANTFLOW_DATA_DIR') });
    expect(status).toMatchObject({ code: 0, stdout: expect.stringContaining('--json') });
  });

  it('exits with 2 and says what is wrong when it is used wrongly', async () => {
    const [command, option, value] = await Promise.all([
      tenantflow('dance'),
      tenantflow('serve', '--colour', 'red'),
      tenantflow('serve', '--api', 'nowhere'),
    ]);
    expect(command).toMatchObject({ code: 2, stderr: expect.stringContaining("unknown command 'dance'") });
    expect(option).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^tenantflow: unknown option '--colour'\n`tenantflow \w+ --help` tells more/,
      ),
    });
    expect(value).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^tenantflow: --api: 'nowhere' is not HOST:PORT/),
    });
  });

  it('says that no controller answers, and what to do about it', async () => {
    const { server, address } = await serverOf('');
    server.close();
    await once(server, 'close');
    const { code, stderr } = await tenantflow('status', '--api', address);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^tenantflow: no controller answers at http:\/\/127\.0\.0\.1:\d+ \(.*ECONNREFUSED.*\)\nStart one with `tenantflow serve`, or .*--api URL.*\n$/,
    );
  });

  it('forgets a switch, or passes on why not', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      if (asked.length === 1) response.writeHead(204).end();
      else
        response
          .writeHead(409)
          .end('{"NeutronError": {"type": "T", "message": "It is connected.", "detail": ""}}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const api = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const done = await tenantflow('forget', 'hv/1', '--api', api);
    const refused = await tenantflow('forget', 'hv2', '--api', api);
    server.close();
    expect(asked).toEqual(['DELETE /v1/switches/hv%2F1', 'DELETE /v1/switches/hv2']);
    expect(done).toMatchObject({ code: 0, stdout: 'forgot hv/1\n' });
    expect(refused).toMatchObject({ code: 1, stderr: 'tenantflow: It is connected.\n' });
  });

  it('sends a token, and says how to give one that counts', async () => {
    const tokens: unknown[] = [];
    const server = createServer(({ headers }, response) => {
      tokens.push(headers['x-auth-token']);
      response
        .writeHead(401)
        .end('{"error": {"code": 401, "title": "Unauthorized", "message": "Authentication is required."}}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const api = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const without = await tenantflow('get', 'ports', '--api', api);
    const wrong = await tenantflow('get', 'ports', '--api', api, '--token', 'wrong');
    server.close();
    expect(tokens).toEqual([undefined, 'wrong']);
    expect(without).toMatchObject({ code: 1, stderr: expect.stringContaining('Give a token: --token-file') });
    expect(wrong).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not one of the controller’s'),
    });
  });

  it('says so when something else answers', async () => {
    const { server, address } = await serverOf('{"hello": "world"}');
    const { code, stderr } = await tenantflow('status', '--api', address);
    server.close();
    expect(code).toBe(1);
    expect(stderr).toContain('does not answer like this version of tenantflow');
  });
});

/** A server that always says the same. */
async function serverOf(answer: string) {
  const server = createServer((_request, response) => response.end(answer)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { server, address: `127.0.0.1:${port}` };
}

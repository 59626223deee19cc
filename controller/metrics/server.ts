import fastify, { type FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';

/**
 * The operator's port: /metrics for Prometheus, /healthz (the process lives), /readyz (it does its work). `obstacle` says
 * why it does not, in a few words.
 */
export function createMetricsServer(
  registry: Registry,
  obstacle: () => Promise<string | undefined>,
): FastifyInstance {
  const server = fastify({ logger: false, bodyLimit: 1024, forceCloseConnections: true });
  server.get('/metrics', async (_request, reply) => {
    await reply.header('content-type', registry.contentType).send(await registry.metrics());
  });
  server.get('/healthz', async () => ({ status: 'ok' }));
  server.get('/readyz', async (_request, reply) => {
    const status = await obstacle();
    await reply.code(status === undefined ? 200 : 503).send({ status: status ?? 'ready' });
  });
  return server;
}

import fastify, { type FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';

/** The operator's port: /metrics for Prometheus, /healthz (the process lives), /readyz (it does its work). */
export function createMetricsServer(registry: Registry, isReady: () => boolean): FastifyInstance {
  const server = fastify({ logger: false, bodyLimit: 1024, forceCloseConnections: true });
  server.get('/metrics', async (_request, reply) => {
    await reply.header('content-type', registry.contentType).send(await registry.metrics());
  });
  server.get('/healthz', async () => ({ status: 'ok' }));
  server.get('/readyz', async (_request, reply) => {
    const ready = isReady();
    await reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'starting' });
  });
  return server;
}

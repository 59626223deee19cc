import type { FastifyInstance } from 'fastify';
import { openApiDocument, type ServedPath } from './document.ts';
import type { PathDocs } from './operation.ts';
import { OTHER_DOCS } from './other-docs.ts';
import { openApiPage } from './page.ts';

/** Gathers what is served from now on, and describes it: `/openapi.json` for programs, `/docs` for people. */
export function gatherPaths(app: FastifyInstance): () => readonly ServedPath[] {
  const paths: ServedPath[] = [];
  app.addHook('onRoute', ({ url, config }) => {
    if (config?.docs !== undefined) paths.push({ path: url, docs: config.docs });
  });
  return () => paths;
}

/** Options of a route that is added without `addPath`. */
export function documented(path: string): { config: { docs: PathDocs } } {
  return { config: { docs: OTHER_DOCS[path] ?? {} } };
}

/** Adds `/openapi.json` and `/docs`; what they say is made once, when the server is ready. */
export function addOpenApi(app: FastifyInstance, served: () => readonly ServedPath[]): void {
  let texts = { json: '', page: '' };
  app.addHook('onReady', async () => {
    const document = openApiDocument(served());
    texts = { json: JSON.stringify(document), page: openApiPage(document) };
  });
  app.get('/openapi.json', documented('/openapi.json'), async (_request, reply) =>
    reply.type('application/json').send(texts.json),
  );
  app.get('/docs', documented('/docs'), async (_request, reply) =>
    reply
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .type('text/html; charset=utf-8')
      .send(texts.page),
  );
}

import { VERSION } from '#controller/version';
import {
  type OperationDoc,
  objectOf,
  type PathDocs,
  type Schema,
  text,
  whole,
  wrapped,
} from './operation.ts';

/** A path that is served, with parameters such as `:id`. */
export interface ServedPath {
  readonly path: string;
  readonly docs: PathDocs;
}

const PARAMETERS: Readonly<Record<string, string>> = {
  id: 'Id of the object.',
  item: 'What is meant of the object: a tag, or a host.',
};

const neutronError: Schema = {
  title: 'NeutronError',
  ...wrapped('NeutronError', objectOf({ type: text, message: text, detail: text })),
};
const unauthorized: Schema = {
  title: 'Unauthorized',
  ...wrapped('error', objectOf({ code: whole, title: text, message: text })),
};

/** The whole API as OpenAPI 3.1 describes it. */
export function openApiDocument(paths: readonly ServedPath[]) {
  const schemas: Record<string, Schema> = {};
  const entries = [...paths]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ path, docs }) => {
      const written = path.replace(/:(\w+)/g, '{$1}');
      const methods = Object.entries(docs).flatMap(([method, doc]) =>
        doc === undefined ? [] : [[method.toLowerCase(), operationOf(method, path, doc)]],
      );
      return [written, { ...pathParameters(path), ...Object.fromEntries(methods) }];
    });
  const described = hoist(Object.fromEntries(entries), schemas);
  return {
    openapi: '3.1.0',
    info: {
      title: 'tenantflow',
      version: VERSION,
      description:
        'Neutron v2.0, as far as tenantflow has it, and its own v1. Values are taken as leniently as Neutron does: numbers and booleans may be texts. Where we differ from Neutron: docs/neutron-compat.md.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{}, { token: [] }, { bearer: [] }, { basic: [] }],
    paths: described,
    components: {
      schemas,
      securitySchemes: {
        token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token' },
        bearer: { type: 'http', scheme: 'bearer' },
        basic: { type: 'http', scheme: 'basic' },
      },
    },
  };
}

export type OpenApiDocument = ReturnType<typeof openApiDocument>;

function operationOf(method: string, path: string, doc: OperationDoc) {
  const { summary, query = {}, body, answer, status = 200, type = 'application/json' } = doc;
  const failure = (description: string, schema: Schema) => ({
    description,
    content: { 'application/json': { schema } },
  });
  return {
    operationId: [method.toLowerCase(), ...path.split(/[/:.]+/)].filter(Boolean).join('_'),
    tags: [groupOf(path)],
    summary,
    ...(Object.keys(query).length === 0
      ? {}
      : {
          parameters: Object.entries(query).map(([name, { description, ...schema }]) => ({
            name,
            in: 'query',
            ...(description === undefined ? {} : { description }),
            schema,
          })),
        }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: {
      [status]: {
        description: answer === undefined ? 'Done.' : 'The answer.',
        ...(answer === undefined ? {} : { content: { [type]: { schema: answer } } }),
      },
      401: failure('A token is needed.', unauthorized),
      default: failure('Refused.', neutronError),
    },
  };
}

/** `networks` of `/v2.0/networks/:id/tags`. */
function groupOf(path: string): string {
  return path.split('/').find((part) => part !== '' && !/^v\d/.test(part)) ?? 'discovery';
}

function pathParameters(path: string): object {
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
  if (names.length === 0) return {};
  return {
    parameters: names.map((name) => ({
      name,
      in: 'path',
      required: true,
      ...(PARAMETERS[name] === undefined ? {} : { description: PARAMETERS[name] }),
      schema: text,
    })),
  };
}

/** Moves every schema with a title into `schemas` and leaves a reference. */
function hoist(value: unknown, schemas: Record<string, Schema>): unknown {
  if (Array.isArray(value)) return value.map((item) => hoist(item, schemas));
  if (typeof value !== 'object' || value === null) return value;
  const moved = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hoist(item, schemas)]));
  const { title } = moved;
  // A property may be called `title`; then it is a schema, not a text.
  if (typeof title !== 'string') return moved;
  schemas[title] = moved;
  return { $ref: `#/components/schemas/${title}` };
}

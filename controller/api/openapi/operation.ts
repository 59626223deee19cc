import type { HTTPMethods } from 'fastify';

/** A JSON schema (2020-12); one with a `title` is told once, under that name. */
export type Schema = Readonly<Record<string, unknown>>;

/** What the description of the API says of one method of a path, besides what holds for all. */
export interface OperationDoc {
  /** A sentence. */
  readonly summary: string;
  /** Parameters of the query, none of which is required. */
  readonly query?: Readonly<Record<string, Schema>>;
  readonly body?: Schema;
  /** What a success answers; absent: nothing. */
  readonly answer?: Schema;
  /** HTTP status of a success; 200 by default. */
  readonly status?: number;
  /** Content type of a success; JSON by default. */
  readonly type?: string;
}

export type PathDocs = Readonly<Partial<Record<HTTPMethods, OperationDoc>>>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The methods that the path has, described. */
    docs?: PathDocs;
  }
}

export const text: Schema = { type: 'string' };
export const whole: Schema = { type: 'integer' };

/** An object with one property, as Neutron wraps everything. */
export function wrapped(name: string, schema: Schema): Schema {
  return objectOf({ [name]: schema });
}

/** An object with these properties, all of them required, and maybe others. */
export function objectOf(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', properties, required: Object.keys(properties) };
}

export function listOf(items: Schema): Schema {
  return { type: 'array', items };
}

import { LabError } from './errors.ts';

/** The parts of Neutron's answers that the lab reads. */
export interface Resource {
  readonly id: string;
  readonly name: string;
  readonly status?: string;
}

/** A small client of the controller's REST API. Every refusal is a LAB_REST with the answer's text. */
export class RestClient {
  readonly url: string;

  /** `url` without a slash at the end, such as `http://127.0.0.1:9696`. */
  constructor(url: string) {
    this.url = url;
  }

  /** One request; returns the parsed body, or undefined when there is none. */
  async request(method: string, path: string, body?: unknown): Promise<unknown> {
    const init =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const answer = await fetch(`${this.url}${path}`, { method, ...init });
    const text = await answer.text();
    if (!answer.ok) throw new LabError('LAB_REST', `${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** Creates a Neutron resource: `create('network', { name: 'red' })`. */
  async create<R extends Resource = Resource>(kind: string, attributes: object): Promise<R> {
    return unwrap<R>(await this.request('POST', pathOf(kind), { [kind]: attributes }), kind);
  }

  /** Creates many of a kind in one request, with names of their own; returns their ids by name. */
  async createMany(kind: string, items: readonly object[]): Promise<ReadonlyMap<string, string>> {
    const answer = await this.request('POST', pathOf(kind), { [`${kind}s`]: items });
    return new Map(unwrap<readonly Resource[]>(answer, `${kind}s`).map(({ id, name }) => [name, id]));
  }

  async show<R extends Resource = Resource>(kind: string, id: string): Promise<R> {
    return unwrap<R>(await this.request('GET', `${pathOf(kind)}/${id}`), kind);
  }

  async list<R extends Resource = Resource>(kind: string): Promise<readonly R[]> {
    return unwrap<readonly R[]>(await this.request('GET', pathOf(kind)), `${kind}s`);
  }

  async update<R extends Resource = Resource>(kind: string, id: string, attributes: object): Promise<R> {
    return unwrap<R>(await this.request('PUT', `${pathOf(kind)}/${id}`, { [kind]: attributes }), kind);
  }

  async delete(kind: string, id: string): Promise<void> {
    await this.request('DELETE', `${pathOf(kind)}/${id}`);
  }
}

function pathOf(kind: string): string {
  return `/v2.0/${kind.replaceAll('_', '-')}s`;
}

/** The API is ours and has its own tests: here its answers are taken at their word. */
function unwrap<R>(answer: unknown, key: string): R {
  if (typeof answer === 'object' && answer !== null && key in answer)
    return (answer as Record<string, R>)[key] as R;
  throw new LabError('LAB_REST', `no ${key} in the answer ${JSON.stringify(answer)}`);
}

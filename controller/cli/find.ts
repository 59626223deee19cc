import { UUID } from '#controller/base/uuid';
import type { Api } from './client/client.ts';
import { Refused } from './client/failure.ts';
import type { ApiObject, Query } from './client/objects.ts';
import { CliError, UsageError } from './error.ts';
import type { Kind } from './kinds/kind.ts';
import { near } from './near.ts';
import type { Selection } from './selection.ts';

/**
 * The selected objects, in the order of their names on the command line, otherwise in that of the controller.
 * Rejects with a CliError when a name is nobody's or that of several.
 */
export async function findAll(
  api: Api,
  kind: Kind,
  { refs, filters }: Selection,
): Promise<readonly ApiObject[]> {
  if (refs.length === 0) return kind.list(api, filters);
  const found: ApiObject[] = [];
  // One after the other, so that of several mistakes always the first is told.
  for (const ref of refs) found.push(await findOne(api, kind, ref, filters));
  return found.filter(({ id }, at) => found.findIndex((other) => other.id === id) === at);
}

/** The object that a name, an id, or the beginning of an id means. */
export async function findOne(api: Api, kind: Kind, ref: string, filters: Query = []): Promise<ApiObject> {
  if (ref === '') throw new UsageError(`'' names no ${kind.name}`);
  if (UUID.test(ref) || !kind.isOwned) {
    const byId = (await kind.list(api, [...filters, ['id', ref.toLowerCase()]]))[0];
    if (byId !== undefined) return byId;
  }
  const named = await listNamed(api, kind, ref, filters);
  const [only] = named;
  if (only !== undefined && named.length === 1) return only;
  if (named.length > 1) throw ambiguous(kind, ref, named);
  return findByBeginning(api, kind, ref, filters);
}

/** As many characters of an id as tables show; fewer are no id but a slip. */
const BEGINNING = /^[0-9a-f]{8}[0-9a-f-]*$/i;

async function listNamed(api: Api, kind: Kind, name: string, filters: Query): Promise<readonly ApiObject[]> {
  // Not all kinds can be filtered by name: rules have none, and switches are called after their host.
  if (kind.name === 'security-group-rule') return [];
  return kind.list(api, [...filters, [kind.isOwned ? 'name' : 'hostname', name]]);
}

async function findByBeginning(api: Api, kind: Kind, ref: string, filters: Query): Promise<ApiObject> {
  const all = await kind.list(api, filters);
  const begin = BEGINNING.test(ref) ? all.filter(({ id }) => id.startsWith(ref.toLowerCase())) : [];
  const [only] = begin;
  if (only !== undefined && begin.length === 1) return only;
  if (begin.length > 1) throw ambiguous(kind, ref, begin);
  const names = all.map((each) => kind.nameOf(each)).filter((name) => name !== '');
  const guess = near(ref, names).map((name) => `'${name}'`);
  throw new Refused(
    404,
    `there is no ${kind.name} '${ref}'`,
    guess.length > 0
      ? `Did you mean ${guess.join(' or ')}?`
      : `\`tenantflow get ${kind.plural}\` lists them${filters.length > 0 ? ', with the same filters' : ''}.`,
  );
}

function ambiguous(kind: Kind, ref: string, found: readonly ApiObject[]): CliError {
  const lines = found.slice(0, 20).map((each) => {
    const project = typeof each.project_id === 'string' ? ` of project ${each.project_id}` : '';
    return `  ${each.id}  ${kind.nameOf(each)}${project}`;
  });
  return new CliError(
    `'${ref}' means ${found.length} ${kind.plural}; say which by its id:\n${lines.join('\n')}${found.length > 20 ? '\n  …' : ''}`,
  );
}

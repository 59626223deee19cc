import { z } from 'zod';
import type { Api } from '../client/client.ts';
import { Refused } from '../client/failure.ts';
import { listObjects, objectSchema } from '../client/objects.ts';
import { CliError } from '../error.ts';
import { COLLECTIONS } from '../kinds/related.ts';
import { substituted } from './item.ts';
import { formatPlace } from './problem.ts';
import { changedRules } from './rules.ts';
import type { Step, StepRequest } from './step.ts';

/** A step could not be done; those before it are, and those after it are not. */
export class StepError extends CliError {
  /** How many steps are done. */
  readonly doneCount: number;

  constructor(step: Step, doneCount: number, cause: CliError) {
    const place = step.place === undefined ? '' : `${formatPlace(step.place)}: `;
    super(`${place}cannot ${step.verb} ${step.label}: ${cause.message}`, { cause });
    this.name = 'StepError';
    this.doneCount = doneCount;
  }
}

/** Objects that one request makes. */
const MOST_AT_ONCE = 100;

/**
 * Does steps one after the other and reports each when it is done. Rejects with StepError at the first that can't
 * be done.
 */
export async function execute(api: Api, steps: readonly Step[], report: (step: Step) => void): Promise<void> {
  const ids = new Map<string, string>();
  for (let at = 0; at < steps.length; ) {
    const alike = creationsAt(steps, at);
    const areMade = alike.length > 1 && (await makeAll(api, alike, ids));
    for (const step of steps.slice(at, at + Math.max(1, alike.length))) {
      try {
        if (!areMade) for (const request of step.requests) await perform(api, request, ids);
      } catch (error) {
        throw error instanceof CliError ? new StepError(step, at, error) : error;
      }
      report(step);
      at += 1;
    }
  }
}

type Creation = Extract<StepRequest, { readonly path: string }> & {
  readonly makes: { readonly token: string; readonly singular: string };
};

/** The requests of steps from `at` on that only make objects of one kind, which can be made together. */
function creationsAt(steps: readonly Step[], at: number): readonly Creation[] {
  const found: Creation[] = [];
  for (const { requests } of steps.slice(at, at + MOST_AT_ONCE)) {
    const [request] = requests;
    if (requests.length !== 1 || !isCreation(request) || request.path !== (found[0] ?? request).path) break;
    found.push(request);
  }
  return found;
}

function isCreation(request: StepRequest | undefined): request is Creation {
  return request?.method === 'POST' && request.makes !== undefined;
}

/** Makes objects of one kind in one request, which makes all or none; false when they have to be made one by one to see why. */
async function makeAll(api: Api, requests: readonly Creation[], ids: Map<string, string>): Promise<boolean> {
  const [{ path, makes }] = requests as readonly [Creation];
  const plural = path.slice(path.lastIndexOf('/') + 1).replaceAll('-', '_');
  const bodies = requests.map(
    ({ body }) => ownFields(substituted(body, (token) => ids.get(token)))[makes.singular],
  );
  try {
    const answer = await api.request('POST', path, { [plural]: bodies });
    const made = z.object({ [plural]: z.array(objectSchema).length(requests.length) }).safeParse(answer)
      .data?.[plural];
    if (made === undefined) throw otherVersion(path);
    for (const [
      at,
      {
        makes: { token },
      },
    ] of requests.entries())
      ids.set(token, made[at]?.id ?? '');
    return true;
  } catch (error) {
    if (error instanceof Refused && error.status < 500) return false;
    throw error;
  }
}

async function perform(api: Api, request: StepRequest, ids: Map<string, string>): Promise<void> {
  const idOf = (token: string) => ids.get(token);
  if (request.method === 'RULES') {
    const group = idOf(request.group) ?? request.group;
    const rules = request.rules.map((rule) => ({ ...rule, ...ownFields(substituted(rule, idOf)) }));
    return performRules(api, group, rules);
  }
  const path = request.path.replace(/[^/]+/g, (part) => idOf(part) ?? part);
  const body = request.body === undefined ? undefined : substituted(request.body, idOf);
  const answer = await api.request(request.method, path, body);
  if (request.makes === undefined) return;
  const { token, singular } = request.makes;
  const made = z.object({ [singular]: objectSchema }).safeParse(answer).data?.[singular];
  if (made === undefined) throw otherVersion(path);
  ids.set(token, made.id);
}

/** Rules that go are deleted first, so that the same one can come back with another description. */
async function performRules(
  api: Api,
  group: string,
  wanted: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  const collection = COLLECTIONS['security-group-rule'];
  const current = await listObjects(api, collection, [['security_group_id', group]]);
  const { added, removed } = changedRules(wanted, current);
  for (const { id } of removed) await api.request('DELETE', `${collection.path}/${id}`);
  for (const rule of added)
    await api.request('POST', collection.path, {
      [collection.singular]: { ...rule, security_group_id: group },
    });
}

function otherVersion(path: string): CliError {
  return new CliError(`${path} does not answer like this version of tenantflow`);
}

function ownFields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

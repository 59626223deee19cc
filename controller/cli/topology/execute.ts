import { z } from 'zod';
import type { Api } from '../client/client.ts';
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

/**
 * Does steps one after the other and reports each when it is done. Rejects with StepError at the first that can't
 * be done.
 */
export async function execute(api: Api, steps: readonly Step[], report: (step: Step) => void): Promise<void> {
  const ids = new Map<string, string>();
  for (const [at, step] of steps.entries()) {
    try {
      for (const request of step.requests) await perform(api, request, ids);
    } catch (error) {
      throw error instanceof CliError ? new StepError(step, at, error) : error;
    }
    report(step);
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
  if (made === undefined) throw new CliError(`${path} does not answer like this version of tenantflow`);
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

function ownFields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

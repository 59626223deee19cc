import type { ApiObject } from '../client/objects.ts';
import { type NeutronKindName, shortId } from '../kinds/related.ts';
import { changesOf, inline } from './changes.ts';
import type { NameOf } from './field.ts';
import type { Item, Topology } from './item.ts';
import { TOPOLOGY_KINDS } from './kinds.ts';
import { attributesOf, matchTopology } from './match.ts';
import { ORDER } from './order.ts';
import { ownersOf, ownerTag, wantedTags } from './owner.ts';
import type { Problem } from './problem.ts';
import { findOrphans, type KnownObject } from './prune.ts';
import { changedRules, formatRule } from './rules.ts';
import type { Snapshot } from './snapshot.ts';
import { type Step, type StepRequest, stepFor } from './step.ts';
import { subPortSteps } from './trunk-steps.ts';

/** What it takes to make a controller have what files say. */
export interface Plan {
  /** In an order in which they can be done. */
  readonly steps: readonly Step[];
  /** Objects of the topology that the files don't say any more and that stay, each with why, for people. */
  readonly leftovers: readonly string[];
  readonly problems: readonly Problem[];
}

export interface PlanOptions {
  /** Delete what the topology has made and its files don't say any more. */
  readonly prune: boolean;
  /** Take objects over that belong to no topology. */
  readonly adopt: boolean;
}

/** Compares what files say with what a controller has. Pure: the same for the same input. */
export function planTopology(topology: Topology, snapshot: Snapshot, options: PlanOptions): Plan {
  const matching = matchTopology(topology, snapshot);
  const { idOf, objectOf } = matching;
  const problems = [...matching.problems];
  const nameOf = namesOf(topology.items, snapshot, idOf);
  const autoAddressed = new Set(snapshot.objects.subnet.filter(isAutoAddressed).map(({ id }) => id));
  const before: Step[] = [];
  const main: Step[] = [];
  const wantedById = new Map<string, Readonly<Record<string, unknown>>>();
  const context: Context = { topology, snapshot, options, idOf, nameOf };

  for (const { name: kind } of ORDER) {
    for (const item of topology.items.filter((each) => each.kind === kind)) {
      const wanted = attributesOf(item, idOf);
      const object = objectOf(item);
      wantedById.set(object?.id ?? item.token, wanted);
      if (kind === 'security-group-rule') continue;
      if (object === undefined) {
        main.push(creation(item, wanted, context));
        continue;
      }
      const foreign = ownersOf(object).filter((owner) => owner !== topology.name);
      if (topology.name !== undefined && foreign.length > 0)
        problems.push({
          place: item.placeOf(),
          message: `${item.label}: it belongs to topology ${foreign.join(', ')}: say it there, or take the tag ${ownerTag(foreign[0] ?? '')} from it`,
        });
      const changes = changesOf(item, wanted, object, {
        ownTag: isOwn(item, object, context) ? ownerTag(topology.name ?? '') : undefined,
        isAutoAddressed: (id) => autoAddressed.has(id),
        nameOf,
      });
      problems.push(...changes.problems);
      const update = updateOf(item, object, changes);
      if (kind !== 'trunk') {
        main.push(...update);
        continue;
      }
      const subPorts = subPortSteps(item, wanted.sub_ports, object, nameOf);
      const isEnabled = changes.attributes.admin_state_up === true;
      if (object.admin_state_up === false && !isEnabled && subPorts.before.length + subPorts.after.length > 0)
        problems.push({
          place: item.placeOf(['sub_ports']),
          message: `${item.label}: it is disabled, and only an enabled trunk lets its subports be changed: say admin_state_up: true`,
        });
      before.push(...(isEnabled ? update : []), ...subPorts.before);
      main.push(...subPorts.after, ...(isEnabled ? [] : update));
    }
    if (kind === 'security-group-rule') main.push(...ruleSteps(context, objectOf));
  }

  if (topology.name === undefined) return { steps: [...before, ...main], leftovers: [], problems };
  const said = new Set(topology.items.flatMap((item) => objectOf(item)?.id ?? []));
  const regulated = topology.items.flatMap((item) => (item.hasRules ? (objectOf(item)?.id ?? []) : []));
  const orphans = findOrphans({
    topology: topology.name,
    snapshot,
    said,
    wanted: wantedById,
    regulated: new Set(regulated),
  });
  const called = ({ kind, object }: KnownObject) =>
    `${kind} ${nameOf(kind, object.id)} (${shortId(object.id)})`;
  const kept = orphans.kept.map(
    ({ orphan, user }) =>
      `${called(orphan)}, which ${user === undefined ? 'the files use' : `${called(user)} uses`}`,
  );
  if (!options.prune) {
    const all = [...orphans.early, ...orphans.late].map(called);
    return { steps: [...before, ...main], leftovers: [...all, ...kept], problems };
  }
  const deletion = (orphan: KnownObject) => deletionOf(orphan, called(orphan));
  return {
    steps: [...before, ...orphans.early.map(deletion), ...main, ...orphans.late.map(deletion)],
    leftovers: kept,
    problems,
  };
}

interface Context {
  readonly topology: Topology;
  readonly snapshot: Snapshot;
  readonly options: PlanOptions;
  readonly idOf: (token: string) => string | undefined;
  readonly nameOf: NameOf;
}

function creation(item: Item, wanted: Readonly<Record<string, unknown>>, { topology }: Context): Step {
  const { path, singular, hasTags } = TOPOLOGY_KINDS[item.kind];
  const own = topology.name === undefined ? undefined : ownerTag(topology.name);
  const tags = hasTags ? wantedTags(item.tags ?? [], [], own) : [];
  const project = item.project === undefined ? {} : { project_id: item.project };
  const body = { [singular]: { ...wanted, ...project } };
  const requests: StepRequest[] = [{ method: 'POST', path, body, makes: { token: item.token, singular } }];
  if (tags.length > 0) requests.push({ method: 'PUT', path: `${path}/${item.token}/tags`, body: { tags } });
  const changes = Object.entries(item.raw)
    .filter(([field]) => field !== 'name')
    .map(([field, said]) => `${field}: ${inline(said)}`);
  return { ...stepFor('create', item), changes, requests };
}

function updateOf(item: Item, object: ApiObject, changes: ReturnType<typeof changesOf>): readonly Step[] {
  if (changes.lines.length === 0) return [];
  const { path, singular } = TOPOLOGY_KINDS[item.kind];
  const requests: StepRequest[] = [];
  if (Object.keys(changes.attributes).length > 0)
    requests.push({ method: 'PUT', path: `${path}/${object.id}`, body: { [singular]: changes.attributes } });
  if (changes.tags !== undefined)
    requests.push({ method: 'PUT', path: `${path}/${object.id}/tags`, body: { tags: changes.tags } });
  return [{ ...stepFor('update', item), changes: changes.lines, requests }];
}

/** The rules of each group that lists them. */
function ruleSteps(
  { topology, snapshot, idOf, nameOf }: Context,
  objectOf: (item: Item) => ApiObject | undefined,
): readonly Step[] {
  return topology.items
    .filter(({ hasRules }) => hasRules)
    .flatMap((group): readonly Step[] => {
      const rules = topology.items
        .filter(({ parent }) => parent === group.token)
        .map((item) => {
          const { security_group_id: _, ...rule } = attributesOf(item, idOf);
          return rule;
        });
      const object = objectOf(group);
      const current = snapshot.objects['security-group-rule'].filter(
        (rule) => rule.security_group_id === object?.id,
      );
      const { added, removed } = changedRules(rules, object === undefined ? [] : current);
      // A new group comes with rules of its own, which may have to go.
      if (object !== undefined && added.length + removed.length === 0) return [];
      const name = (id: string) => nameOf('security-group', id);
      const changes = [
        ...removed.map((rule) => `rule - ${formatRule(rule, name)}`),
        ...added.map((rule) => `rule + ${formatRule(rule, name)}`),
      ];
      const request: StepRequest = { method: 'RULES', group: object?.id ?? group.token, rules };
      return [{ ...stepFor('update', group), changes, requests: [request] }];
    });
}

function deletionOf({ kind, object }: KnownObject, label: string): Step {
  const path = `${TOPOLOGY_KINDS[kind].path}/${object.id}`;
  const isDisabled = kind === 'trunk' && object.admin_state_up === false;
  return {
    verb: 'delete',
    kind,
    label,
    changes: [],
    place: undefined,
    requests: [
      // Neutron deletes no trunk that is disabled.
      ...(isDisabled ? [{ method: 'PUT', path, body: { trunk: { admin_state_up: true } } } as const] : []),
      { method: 'DELETE', path },
    ],
  };
}

/**
 * Whether an object is, or is to become, one of the topology’s own. The group that each project comes with never
 * is.
 */
function isOwn(item: Item, object: ApiObject, { topology, options }: Context): boolean {
  if (topology.name === undefined) return false;
  if (item.kind === 'security-group' && item.name === 'default') return false;
  const owners = ownersOf(object);
  return owners.includes(topology.name) || (owners.length === 0 && options.adopt);
}

/** What people call the object of an id, or of an item’s token. */
function namesOf(
  items: readonly Item[],
  snapshot: Snapshot,
  idOf: (token: string) => string | undefined,
): NameOf {
  const names = new Map<string, string>();
  const text = (...values: readonly unknown[]) =>
    values.find((value): value is string => typeof value === 'string' && value !== '');
  for (const objects of Object.values(snapshot.objects))
    for (const { id, name, cidr, mac_address: mac } of objects)
      names.set(id, text(name, cidr, mac) ?? shortId(id));
  for (const { token, name, attributes } of items)
    names.set(idOf(token) ?? token, text(name, attributes.cidr, attributes.mac_address) ?? token);
  return (_kind: NeutronKindName, id) => names.get(id) ?? shortId(id);
}

/** Whether ports make their own addresses in a subnet. */
function isAutoAddressed({ ipv6_address_mode: address, ipv6_ra_mode: ra }: ApiObject): boolean {
  return [address, ra].some((mode) => mode === 'slaac' || mode === 'dhcpv6-stateless');
}

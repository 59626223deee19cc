import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import { isObject } from '#controller/base/json-object';
import type { ApiObject } from '../client/objects.ts';
import { CliError } from '../error.ts';
import { called, type NeutronKindName } from '../kinds/related.ts';
import type { NameOf } from './field.ts';
import { TOPOLOGY_KINDS, type TopologyKind } from './kinds.ts';
import { listsIn, TOP_KINDS } from './read.ts';
import { attributeOf } from './read-item.ts';
import { ReferenceNames } from './reference-names.ts';
import type { Snapshot } from './snapshot.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A topology that makes another controller have the same, as plain values. */
export interface ExportedTopology {
  readonly project?: string;
  readonly [list: string]: unknown;
}

/**
 * What a controller has, as a topology says it: by names, without what follows from the rest. With `project`, only
 * what belongs to that. Throws CliError when names can't tell objects apart.
 */
export function exportTopology(snapshot: Snapshot, project: string | undefined): ExportedTopology {
  const own = (kind: NeutronKindName) =>
    snapshot.objects[kind].filter((object) => project === undefined || object.project_id === project);
  checkNames(own);
  const home = project ?? onlyProject(snapshot);
  const exporter = new Exporter(snapshot, home);
  const lists = TOP_KINDS.filter(({ name }) => name !== 'subnet').map((kind) => {
    const items = own(kind.name).map((object) => exporter.item(kind, object));
    return [kind.list, items.sort(byName)] as const;
  });
  // A subnet whose network is another project's cannot stand inside of that.
  const owned = new Set(own('network').map(({ id }) => id));
  const stray = own('subnet').filter(({ network_id: network }) => !owned.has(String(network)));
  const subnets = stray.map((subnet) => exporter.item(TOPOLOGY_KINDS.subnet, subnet)).sort(byName);
  return {
    ...(home === undefined ? {} : { project: home }),
    ...Object.fromEntries([...lists, ['subnets', subnets] as const].filter(([, items]) => items.length > 0)),
  };
}

/** The project that everything belongs to, if it is one. */
function onlyProject({ objects }: Snapshot): string | undefined {
  const projects = new Set(
    Object.values(objects).flatMap((all) => all.map(({ project_id: project }) => project)),
  );
  const [only] = projects;
  return projects.size === 1 && typeof only === 'string' ? only : undefined;
}

/** The topology as a YAML text, its version and origin in a comment. */
export function formatTopology(topology: ExportedTopology, comment: string): string {
  const text = stringify(topology, { lineWidth: 0, defaultStringType: 'PLAIN' });
  return `${comment.replace(/^/gm, '# ')}\n${text === '{}\n' ? '' : text}`;
}

/** Names must tell objects apart: ports also by their MAC address, subnets by their range, trunks by their parent. */
function checkNames(own: (kind: NeutronKindName) => readonly ApiObject[]): void {
  const problems: string[] = [];
  for (const kind of ['network', 'security-group'] as const) {
    const seen = new Map<string, ApiObject>();
    for (const object of own(kind)) {
      const { name, project_id: project } = object;
      if (name === '') problems.push(`${called(kind, object)} has no name`);
      const key = JSON.stringify([name, project]);
      const first = seen.get(key);
      if (first !== undefined)
        problems.push(`${called(kind, object)} has the name of ${first.id}, in the same project`);
      else seen.set(key, object);
    }
  }
  if (problems.length > 0)
    throw new CliError(
      `a topology goes by names, and these can’t be told apart: rename them first\n${problems.map((each) => `  ${each}`).join('\n')}`,
    );
}

class Exporter {
  readonly #snapshot: Snapshot;
  readonly #project: string | undefined;
  readonly #names: ReferenceNames;
  readonly #subPorts: ReadonlySet<string>;

  constructor(snapshot: Snapshot, project: string | undefined) {
    this.#snapshot = snapshot;
    this.#project = project;
    this.#names = new ReferenceNames(snapshot);
    this.#subPorts = new Set(
      snapshot.objects.trunk.flatMap(({ sub_ports: subPorts }) =>
        Array.isArray(subPorts) ? subPorts.filter(isObject).map(({ port_id: id }) => String(id)) : [],
      ),
    );
  }

  /** An item, with those that stand inside of it. */
  item(kind: TopologyKind, object: ApiObject, parent?: ApiObject): Fields {
    const item: Record<string, unknown> = {};
    const nameOf: NameOf = (target, id) => this.#names.nameFor(object, target, id);
    for (const [name, field] of Object.entries(kind.fields)) {
      const attribute = attributeOf(kind, name);
      const value = object[attribute];
      const isSaidByPlace = parent !== undefined && name === kind.within?.reference;
      if (isSaidByPlace || value === undefined || value === null) {
        if (name === 'gateway_ip' && value === null) item[name] = null;
        continue;
      }
      if (this.#followsFromRest(kind, name, object, parent)) continue;
      const { initial } = kind.attributes[attribute] ?? {};
      if (initial !== undefined && isDeepStrictEqual(value, initial)) continue;
      item[name] = field.fromRest?.(value, nameOf) ?? value;
    }
    for (const [key, held] of listsIn(kind.name)) {
      const inside = this.#snapshot.objects[held.name].filter(
        (each) => each[held.within?.attribute ?? ''] === object.id,
      );
      // All rules are said, also that there are none; subnets are not said to be all.
      if (inside.length > 0 || key === 'rules')
        item[key] = inside.map((each) => this.item(held, each, object)).sort(byName);
    }
    return item;
  }

  /** Whether a field is what it is because of others, or of a place where it is said already. */
  #followsFromRest(
    kind: TopologyKind,
    field: string,
    object: ApiObject,
    parent: ApiObject | undefined,
  ): boolean {
    const value = object[attributeOf(kind, field)];
    switch (field) {
      case 'project_id':
        return kind.name === 'security-group-rule' || value === (parent?.project_id ?? this.#project);
      case 'tags':
      case 'provider:physical_network':
        return Array.isArray(value) && value.length === 0;
      case 'name':
      case 'description':
        return value === '';
      case 'ip_version':
        return true;
      case 'device_owner':
      case 'binding:host_id':
        // A trunk gives these to its subports.
        return this.#subPorts.has(object.id) && object.device_owner === 'trunk:subport';
      case 'port_security_enabled': {
        const network = this.#snapshot.objects.network.find(({ id }) => id === object.network_id);
        return kind.name === 'port' && value === network?.port_security_enabled;
      }
      case 'fixed_ips':
        return Array.isArray(value) && value.length === 0 && object.ip_allocation !== 'none';
    }
    return false;
  }
}

/** An order that depends on nothing that is different on another controller. */
function byName(one: Fields, other: Fields): number {
  const key = (item: Fields) => `${item.name ?? ''}\n${JSON.stringify(item)}`;
  return key(one) < key(other) ? -1 : 1;
}

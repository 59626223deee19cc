import { isObject } from '#controller/base/json-object';
import type { ApiObject } from '../client/objects.ts';
import type { NameOf } from './field.ts';
import type { Item } from './item.ts';
import { type Step, stepFor } from './step.ts';

/**
 * Steps that make a trunk's subports what is wanted: what leaves goes first, so that ports and VLANs can move
 * between trunks.
 */
export interface SubPortSteps {
  readonly before: readonly Step[];
  readonly after: readonly Step[];
}

interface SubPort {
  readonly port_id: string;
  readonly segmentation_type: unknown;
  readonly segmentation_id: unknown;
}

/** Compares a trunk's subports with those wanted. An inherited VLAN is taken for the one that is there. */
export function subPortSteps(item: Item, wanted: unknown, trunk: ApiObject, nameOf: NameOf): SubPortSteps {
  if (wanted === undefined) return { before: [], after: [] };
  const current = subPortsIn(trunk.sub_ports);
  const asked = subPortsIn(wanted);
  const isSame = (one: SubPort, other: SubPort) =>
    one.port_id === other.port_id &&
    (one.segmentation_type === 'inherit' ||
      other.segmentation_type === 'inherit' ||
      Number(one.segmentation_id) === Number(other.segmentation_id));
  const added = asked.filter((each) => !current.some((other) => isSame(each, other)));
  const removed = current.filter((each) => !asked.some((other) => isSame(each, other)));
  const step = (action: 'add' | 'remove', subPorts: readonly SubPort[]): readonly Step[] => {
    if (subPorts.length === 0) return [];
    const body = action === 'add' ? subPorts : subPorts.map(({ port_id }) => ({ port_id }));
    return [
      {
        ...stepFor('update', item),
        changes: subPorts.map((each) => `subport ${action === 'add' ? '+' : '-'} ${lineOf(each, nameOf)}`),
        requests: [
          { method: 'PUT', path: `/v2.0/trunks/${trunk.id}/${action}_subports`, body: { sub_ports: body } },
        ],
      },
    ];
  };
  return { before: step('remove', removed), after: step('add', added) };
}

function lineOf(
  { port_id: id, segmentation_id: vlan, segmentation_type: type }: SubPort,
  nameOf: NameOf,
): string {
  return `${nameOf('port', id)}, VLAN ${vlan ?? type}`;
}

function subPortsIn(value: unknown): readonly SubPort[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isObject).map(({ port_id: id, segmentation_type: type, segmentation_id: vlan }) => ({
    port_id: String(id),
    segmentation_type: type,
    segmentation_id: vlan,
  }));
}

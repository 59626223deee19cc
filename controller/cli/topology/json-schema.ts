import { z } from 'zod';
import type { TopologyKind } from './kinds.ts';
import { listsIn, TOP_KINDS } from './read.ts';
import { attributeOf } from './read-item.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

/** The JSON Schema of topology files, for editors: derived from the tables that also read and check them. */
export function topologySchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'tenantflow topology',
    description: 'Networks, ports, trunks and security groups, by name: what `tenantflow apply -f` takes.',
    type: 'object',
    additionalProperties: false,
    properties: {
      topology: {
        description:
          'Name of the topology: what it creates is tagged with it, and --prune deletes only that.',
        type: 'string',
        pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$',
      },
      project: { description: 'The project of items that say none.', type: 'string', minLength: 1 },
      ...Object.fromEntries(TOP_KINDS.map((kind) => [kind.list, listOf(kind, false)])),
    },
  };
}

/** The same as text, as it is published. */
export function formatTopologySchema(): string {
  return `${JSON.stringify(topologySchema(), null, 2)}\n`;
}

function listOf(kind: TopologyKind, isInside: boolean): JsonSchema {
  const place = isInside ? kind.within?.reference : undefined;
  const fields = Object.entries(kind.fields).filter(([name]) => name !== place);
  const required = fields
    .filter(
      ([name, field]) =>
        field.isRequired || (kind.attributes[attributeOf(kind, name)]?.required && name !== 'ip_version'),
    )
    .map(([name]) => name);
  const lists = [...listsIn(kind.name)].map(([key, held]) => [key, listOf(held, true)] as const);
  return {
    type: ['array', 'null'],
    items: {
      type: 'object',
      additionalProperties: false,
      ...(required.length > 0 ? { required } : {}),
      properties: Object.fromEntries([
        ...fields.map(([name, { doc, json }]) => [
          name,
          { description: doc, ...(json ?? schemaOf(kind, name)) },
        ]),
        ...lists,
      ]),
    },
  };
}

/** What REST's own table says of a value, and what it means to say nothing. */
function schemaOf(kind: TopologyKind, name: string): JsonSchema {
  const { value, initial } = kind.attributes[attributeOf(kind, name)] ?? {};
  if (value === undefined) return {};
  const { $schema: _, ...schema } = z.toJSONSchema(value, { io: 'input', unrepresentable: 'any' });
  return initial === undefined || initial === null ? schema : { ...schema, default: initial };
}

import { z } from 'zod';
import type { Collections } from '#controller/store/store';
import { type Attributes, offeredAttributes } from '../resource/attribute.ts';
import type { Resource, ResourceCollection } from '../resource/resource.ts';
import type { NetworkSettings } from '../settings.ts';
import { listOf, type PathDocs, type Schema, text, whole, wrapped } from './operation.ts';

/** What the description of the API says of a resource: of its collection, and of one of it. */
export interface ResourceDocs {
  readonly all: PathDocs;
  readonly one: PathDocs;
  /** One as it is shown. */
  readonly shown: Schema;
}

/** The description of a resource, derived from its attributes, as admins may use them. */
export function resourceDocs<C extends ResourceCollection, A extends Attributes<Collections[C]>>(
  resource: Resource<C, A>,
  settings: NetworkSettings,
): ResourceDocs {
  const { singular, plural } = resource;
  const attributes = offeredAttributes<Attributes<never>>(resource.attributes, settings);
  const [one, many] = [singular, plural].map((name) => name.replaceAll('_', ' '));
  const shown = shownSchema(singular, attributes);
  const create = writtenSchema(`${singular}_create`, attributes);
  const single = wrapped(singular, create);
  const bulk = wrapped(plural, listOf(create));
  return {
    shown,
    all: {
      GET: {
        summary: `List ${many}.`,
        query: { ...filters(attributes, resource.filters ?? {}), ...LIST_QUERY },
        answer: { ...wrapped(plural, listOf(shown)), additionalProperties: listOf({ type: 'object' }) },
      },
      POST: {
        summary: resource.bulk === false ? `Create a ${one}.` : `Create a ${one}, or many in one step.`,
        body: resource.bulk === false ? single : { oneOf: [single, bulk] },
        answer:
          resource.bulk === false
            ? wrapped(singular, shown)
            : { oneOf: [wrapped(singular, shown), wrapped(plural, listOf(shown))] },
        status: 201,
      },
    },
    one: {
      GET: { summary: `Show a ${one}.`, query: { fields: texts }, answer: wrapped(singular, shown) },
      PUT: {
        summary: `Change a ${one}.`,
        body: wrapped(singular, writtenSchema(`${singular}_update`, attributes)),
        answer: wrapped(singular, shown),
      },
      DELETE: { summary: `Delete a ${one}.`, status: 204 },
    },
  };
}

/** The description of an action, which takes and answers bare objects. */
export function actionDocs(name: string, { shown }: ResourceDocs): PathDocs {
  const summary = `Do ${name}.`;
  return {
    GET: { summary, answer: { type: 'object' } },
    PUT: { summary, body: { type: 'object' }, answer: shown },
  };
}

const texts = listOf(text);
const LIST_QUERY: Readonly<Record<string, Schema>> = {
  fields: { ...texts, description: 'Attributes to show; all by default.' },
  sort_key: { ...texts, description: 'Attributes to sort by; the id by default.' },
  sort_dir: { ...listOf({ enum: ['asc', 'desc'] }), description: 'As many as there are sort keys.' },
  limit: { ...whole, minimum: 0, description: 'Items of a page; 0 is all.' },
  marker: { ...text, description: 'Id of the item next to the page.' },
  page_reverse: { type: 'boolean', description: 'The page before the marker.' },
};
const TAG_FILTERS = ['tags', 'tags-any', 'not-tags', 'not-tags-any'];

/** One parameter a filter: of several values any matches, and all filters must. */
function filters(attributes: Attributes<never>, special: object): Readonly<Record<string, Schema>> {
  const names = Object.entries(attributes).flatMap(([name, { filter }]) =>
    filter === undefined ? [] : [name],
  );
  const tags = Object.hasOwn(attributes, 'tags') ? TAG_FILTERS : [];
  return Object.fromEntries([...names, ...Object.keys(special), ...tags].map((name) => [name, texts]));
}

/** Attributes as they are shown, the names of the schema; those that are not always there are not required. */
export function shownSchema(title: string, attributes: Attributes<never>): Schema {
  const shown = Object.entries(attributes).filter(([, { view }]) => view !== undefined);
  return {
    title,
    type: 'object',
    properties: Object.fromEntries(
      shown.map(([name, attribute]) => [
        name,
        {
          ...(attribute.json ?? written(attribute)),
          ...(attribute.value === undefined ? { readOnly: true } : {}),
          ...(attribute.read ? { description: READERS[attribute.read] } : {}),
        },
      ]),
    ),
  };
}

/** Attributes as they are written, under a title that ends in `_create` or `_update`. */
export function writtenSchema(title: string, attributes: Attributes<never>): Schema {
  const isNew = title.endsWith('_create');
  const rows = Object.entries(attributes).filter(
    ([, { value, update }]) => value !== undefined && (isNew || update),
  );
  const required = isNew ? rows.filter(([, row]) => row.required).map(([name]) => name) : [];
  return {
    title,
    type: 'object',
    properties: Object.fromEntries(
      rows.map(([name, row]) => [
        name,
        { ...written(row), ...(row.initial === undefined || !isNew ? {} : { default: row.initial }) },
      ]),
    ),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
}

function written({ value }: Attributes<never>[string]): Schema {
  if (value === undefined) return {};
  const { $schema: _, ...schema } = z.toJSONSchema(value, { io: 'input' });
  return schema;
}

/** Of attributes that not everybody is shown who sees the object. */
const READERS = {
  admin: 'Shown to admins.',
  owner: 'Shown to the project of the object, and to admins.',
} as const;

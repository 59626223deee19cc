import type { FieldName } from '../fields.ts';
import { readHeader, writeHeader } from '../match/header.ts';
import { wireSize } from '../match/value.ts';
import type { ExperimenterData } from '../property.ts';
import type { FeatureId, FieldId, TableFeatureProperty, TableFeatures } from '../table-features.ts';
import { type PropertyKind, properties } from '../wire/property.ts';
import type { Reader } from '../wire/reader.ts';
import { struct } from '../wire/struct.ts';
import type { Writer } from '../wire/writer.ts';
import { type Body, sized } from './body.ts';
import { writeStruct } from './entry.ts';

/** ofp_table_features up to its properties (OF 1.3.5, 7.3.5.5). */
const Features = struct('ofp_table_features', 64, {
  length: 'u16',
  tableId: 'u8',
  pad: { pad: 5 },
  name: { text: 32 },
  metadataMatch: 'u64',
  metadataWrite: 'u64',
  config: 'u32',
  maxEntries: 'u32',
});
/** Header of an instruction or action, without its body. */
const IdHeader = struct('ofp_feature_id', 4, { type: 'u16', length: 'u16' });
const Experimenter = struct('ofp_table_feature_prop_experimenter', 8, {
  experimenter: 'u32',
  experimenterType: 'u32',
});

const ids: PropertyKind<readonly FeatureId[]> = {
  read(reader, end) {
    const list: FeatureId[] = [];
    while (reader.at < end) {
      const start = reader.at;
      if (end - start < IdHeader.size) return undefined;
      const { type, length } = reader.members(IdHeader, end);
      if (length < IdHeader.size || start + length > end) return undefined;
      list.push(length === IdHeader.size ? { type } : { type, data: reader.rest(start + length) });
    }
    return list;
  },
  write(list, writer) {
    for (const { type, data } of list) {
      const start = writer.size;
      writeStruct(IdHeader, { type, length: 0 }, writer);
      if (data !== undefined) writer.append(data);
      writer.writeSize(start + 2, start, IdHeader.name);
    }
  },
};

const tables: PropertyKind<readonly number[]> = {
  read: (reader, end) => [...reader.rest(end)],
  write: (list, writer) => writer.append(Uint8Array.from(list)),
};

const fields: PropertyKind<readonly FieldId[]> = {
  read(reader, end) {
    const list: FieldId[] = [];
    while (reader.at < end) list.push(readField(reader, end));
    return list;
  },
  write(list, writer) {
    for (const id of list) writeField(id, writer);
  },
};

const experimenter: PropertyKind<ExperimenterData> = {
  read(reader, end) {
    if (end - reader.at < Experimenter.size) return undefined;
    return { ...reader.members(Experimenter, end), data: reader.rest(end) };
  },
  write(value, writer) {
    writeStruct(Experimenter, value, writer);
    writer.append(value.data);
  },
};

/** OFPTFFC_BAD_LEN. */
const BAD_LENGTH = [13, 3] as const;

const tableProperties = properties<TableFeatureProperty>(
  'ofp_table_feature_prop',
  {
    instructions: [0, ids],
    instructionsMiss: [1, ids],
    nextTables: [2, tables],
    nextTablesMiss: [3, tables],
    writeActions: [4, ids],
    writeActionsMiss: [5, ids],
    applyActions: [6, ids],
    applyActionsMiss: [7, ids],
    match: [8, fields],
    wildcards: [10, fields],
    writeSetField: [12, fields],
    writeSetFieldMiss: [13, fields],
    applySetField: [14, fields],
    applySetFieldMiss: [15, fields],
    experimenter: [0xfffe, experimenter],
    experimenterMiss: [0xffff, experimenter],
  },
  BAD_LENGTH,
);

/** Body of a table features request and of its reply. */
export const tableFeatures: Body<readonly TableFeatures[]> = sized({
  layout: Features,
  lengthAt: 0,
  answer: BAD_LENGTH,
  read: ({ length: _, ...members }, reader, end) => ({
    ...members,
    properties: tableProperties.read(reader, end),
  }),
  members: (table: TableFeatures) => ({ ...table, length: 0 }),
  tail: (table, writer) => tableProperties.write(table.properties, writer),
});

function readField(reader: Reader, end: number): FieldId {
  const start = reader.at;
  const { field, form, hasMask, payload } = readHeader(reader, end);
  if (field === undefined) {
    return { field: 'raw', bytes: reader.copy(start, reader.at) };
  }
  return {
    field,
    hasMask,
    ...(form !== undefined && form !== 'oxm' && { form }),
    ...(payload !== lengthOf(field, hasMask) && { length: payload }),
  };
}

function writeField(id: FieldId, writer: Writer): void {
  if (id.field === 'raw') {
    writer.append(id.bytes);
    return;
  }
  const { field, hasMask, form = 'oxm', length = lengthOf(field, hasMask) } = id;
  writeHeader(field, form, hasMask, writer, hasMask ? length / 2 : length);
}

function lengthOf(field: FieldName, hasMask: boolean): number {
  return wireSize(field) * (hasMask ? 2 : 1);
}

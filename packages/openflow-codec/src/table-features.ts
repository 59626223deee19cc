import type { FieldName } from './fields.ts';
import type { ExperimenterData, Property, RawProperty } from './property.ts';

/** Type of an instruction or an action that a table has; an experimenter's is followed by bytes of its own. */
export interface FeatureId {
  readonly type: number;
  readonly data?: Uint8Array;
}

/** Header of a field that a table has. */
export type FieldId =
  | {
      readonly field: FieldName;
      readonly hasMask: boolean;
      readonly form?: 'nxm' | 'alias';
      /** Bytes that the header states for value and mask, where they are not those of the field. */
      readonly length?: number;
    }
  /** A header of an unknown class or number. */
  | { readonly field: 'raw'; readonly bytes: Uint8Array };

/** Property of a table (OF 1.3.5, 7.3.5.5.2). Those that end in `Miss` are about table-miss flows. */
export type TableFeatureProperty =
  | Property<'instructions' | 'instructionsMiss', readonly FeatureId[]>
  | Property<'nextTables' | 'nextTablesMiss', readonly number[]>
  | Property<'writeActions' | 'writeActionsMiss' | 'applyActions' | 'applyActionsMiss', readonly FeatureId[]>
  | Property<'match' | 'wildcards', readonly FieldId[]>
  | Property<
      'writeSetField' | 'writeSetFieldMiss' | 'applySetField' | 'applySetFieldMiss',
      readonly FieldId[]
    >
  | Property<'experimenter' | 'experimenterMiss', ExperimenterData>
  | RawProperty;

/** ofp_table_features (OF 1.3.5, 7.3.5.5). */
export interface TableFeatures {
  readonly tableId: number;
  readonly name: string;
  /** Bits of the metadata that the table can match. */
  readonly metadataMatch: bigint;
  /** Bits of the metadata that the table can write. */
  readonly metadataWrite: bigint;
  /** Bit set of OFPTC_*. */
  readonly config: number;
  readonly maxEntries: number;
  readonly properties: readonly TableFeatureProperty[];
}

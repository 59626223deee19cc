import type { Json } from '../notation/json.ts';
import { generateModels } from './generate.ts';

/** The checked-in copy of OVS's schema, relative to this package. */
export const OPEN_VSWITCH_SCHEMA_FILE = 'schema/vswitch.ovsschema';
/** The module generated from it, relative to this package. */
export const OPEN_VSWITCH_MODELS_FILE = 'src/models/open-vswitch.generated.ts';

/** The text that OPEN_VSWITCH_MODELS_FILE must have for this schema. */
export function generateOpenVSwitch(schema: Json): string {
  return generateModels(schema, {
    name: 'openVSwitch',
    source: OPEN_VSWITCH_SCHEMA_FILE,
    runtime: '../notation/index.ts',
  });
}

/** Kinds of objects, as the command line names one of them. */
const KIND_NAMES = [
  'network',
  'subnet',
  'port',
  'trunk',
  'security-group',
  'security-group-rule',
  'switch',
] as const;
export type KindName = (typeof KIND_NAMES)[number];

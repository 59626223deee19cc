export {
  type Action,
  type ActionName,
  CT_FLAG,
  type CtAction,
  type Instruction,
  LEARN_FLAG,
  type LearnAction,
  type LearnSpec,
  type Subfield,
} from './action.ts';
export * from './constants.ts';
export { CODEC_CODES, type CodecCode, CodecError, type CodecPlace } from './errors.ts';
export {
  EXPERIMENTER,
  type Field,
  type FieldFormat,
  type FieldHeader,
  type FieldNeed,
  OXM_CLASS,
} from './field.ts';
export { FIELD_NAMES, FIELDS, type FieldName, type FieldValue, isFieldName } from './fields.ts';
export type { FieldMatch, Match, RawField } from './match.ts';
export type * from './message.ts';
export type * from './multipart.ts';
export type { Port } from './port.ts';

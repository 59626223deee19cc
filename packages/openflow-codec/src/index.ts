export { canonicalActions, canonicalInstructions } from './action/canonical.ts';
export { decodeActions, encodeActions } from './action/codec.ts';
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
export type * from './extension.ts';
export { canonicalInstructionBytes, canonicalMatchBytes } from './fast/canonical.ts';
export { encodeBundleAdd, encodeFlowModBytes, FLOW_MOD_COMMAND, type FlowModHead } from './fast/flow-mod.ts';
export { isAbbreviatedUpdate } from './fast/flow-monitor.ts';
export { evictionOf, type RemovalView } from './fast/flow-removed.ts';
export { type FlowStatsView, type MultipartBody, multipartBody, walkFlowStats } from './fast/flow-stats.ts';
export {
  EXPERIMENTER,
  type Field,
  type FieldFormat,
  type FieldHeader,
  type FieldNeed,
  OXM_CLASS,
} from './field.ts';
export { FIELD_NAMES, FIELDS, type FieldName, type FieldValue, isFieldName } from './fields.ts';
export { flowMod } from './flow-mod.ts';
export * from './flow-monitor.ts';
export type * from './group.ts';
export { decodeInstructions, encodeInstructions } from './instruction/codec.ts';
export { canonicalMatch } from './match/canonical.ts';
export { decodeMatch, encodeMatch } from './match/codec.ts';
export type { FieldMatch, Match, RawField } from './match.ts';
export { decode, encode, encodeToBytes } from './message/codec.ts';
export { errorName } from './message/error-names.ts';
export type * from './message.ts';
export * from './meter.ts';
export type * from './multipart.ts';
export * from './nicira-action.ts';
export type { Port } from './port.ts';
export type * from './property.ts';
export type * from './queue.ts';
export type * from './table-features.ts';
export { formatActions, formatInstructions } from './text/actions.ts';
export { TEXT_CODES, type TextCode, TextError, type TextPlace } from './text/errors.ts';
export { formatMatch } from './text/match.ts';
export { formatMessage } from './text/message.ts';
export type { TextNames, TextNumbers } from './text/names.ts';
export { packetFields } from './text/packet.ts';
export { parseActions, parseInstructions } from './text/parse-actions.ts';
export { type FlowOptions, parseFlow } from './text/parse-flow.ts';
export { parseMatch } from './text/parse-match.ts';
export { ETHERTYPE, PROTOCOL } from './text/protocols.ts';
export { subfieldText } from './text/subfield.ts';
export { Framer, type FramerOptions } from './wire/framer.ts';
export type {
  Constant,
  Kind,
  LayoutOf,
  Members,
  Named,
  NumberKind,
  Pad,
  Text,
  Values,
} from './wire/layout.ts';
export { MAX_DEPTH } from './wire/reader.ts';
export { type Source, type Struct, struct, type Target } from './wire/struct.ts';
export { MAX_SIZE, Writer } from './wire/writer.ts';

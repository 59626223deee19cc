import { BUNDLE_MESSAGES } from './bundle.ts';
import { CT_MESSAGES } from './ct-flush.ts';
import { ExperimenterHeader, type MessageEntry, writeStruct } from './entry.ts';
import type { Extension, ExtensionEntry, ExtensionOf, ModelledExtension } from './extension.ts';
import { NICIRA_MESSAGES } from './nicira.ts';
import { NX_FLOW_MESSAGES } from './nx-flow-mod.ts';
import { ONF_MESSAGES } from './onf.ts';
import { PACKET_IN2_MESSAGES } from './packet-in2.ts';

/** OFPT_EXPERIMENTER. */
export const EXPERIMENTER_MESSAGE = 4;

/** Every modelled experimenter message: to add one, declare its type in ExtensionMessage and its entry here. */
const EXTENSIONS: { readonly [T in ModelledExtension['type']]: ExtensionEntry<ExtensionOf<T>> } = {
  ...BUNDLE_MESSAGES,
  ...CT_MESSAGES,
  ...NICIRA_MESSAGES,
  ...NX_FLOW_MESSAGES,
  ...ONF_MESSAGES,
  ...PACKET_IN2_MESSAGES,
};

/** OFPT_EXPERIMENTER, as the message that its ids stand for or as an unknown one. */
export const experimenter: MessageEntry<Extension> = {
  type: EXPERIMENTER_MESSAGE,
  read(reader, end, xid, nesting) {
    const ids = reader.members(ExperimenterHeader, end);
    const entry = BY_IDS.get(keyOf(ids));
    if (entry !== undefined) return entry.read(reader, end, xid, nesting);
    return { type: 'experimenter', xid, ...ids, data: reader.rest(end) };
  },
  write(message, writer, nesting) {
    if (message.type === 'experimenter') {
      writeStruct(ExperimenterHeader, message, writer);
      writer.append(message.data);
      return;
    }
    const entry = entryOf(message);
    writeStruct(ExperimenterHeader, entry.ids, writer);
    entry.write(message, writer, nesting);
  },
};

/** The types of all modelled experimenter messages. */
export const EXTENSION_TYPES = Object.keys(EXTENSIONS) as ModelledExtension['type'][];

const BY_IDS = new Map<number, Pick<ExtensionEntry<Extension>, 'read'>>(
  Object.values(EXTENSIONS).map((entry) => [keyOf(entry.ids), entry]),
);

/** Both ids in one number below 2^53, for the experimenters and types that there are. */
function keyOf({ experimenter: id, experimenterType }: ExtensionEntry<never>['ids']): number {
  return experimenterType > 0xffff ? -1 : id * 0x10000 + experimenterType;
}

function entryOf<M extends ModelledExtension>(message: M): ExtensionEntry<M> {
  // The table's type ties each name to its own message; TypeScript can't follow that through a union.
  return EXTENSIONS[message.type] as unknown as ExtensionEntry<M>;
}

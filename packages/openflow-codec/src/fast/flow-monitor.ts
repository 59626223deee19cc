import { EXPERIMENTER } from '../field.ts';
import { Header } from '../message/codec.ts';
import { ExperimenterHeader } from '../message/entry.ts';
import { ABBREVIATED_HEAD, ABBREVIATED_SIZE } from '../message/flow-monitor.ts';
import {
  EXPERIMENTER_PART,
  FLOW_MONITOR_TYPE,
  MULTIPART_REPLY,
  MultipartHeader,
} from '../message/multipart.ts';

const IDS_AT = Header.size + MultipartHeader.size;
const BODY_AT = IDS_AT + ExperimenterHeader.size;

/**
 * True for a whole OFPT_MULTIPART_REPLY of flow monitors of which all updates are abbreviated, as those are that tell of
 * the controller's own changes: a hundred thousand after as many flow-mods, which nobody needs to decode. False for
 * everything else, also for what `decode` refuses.
 */
export function isAbbreviatedUpdate(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < BODY_AT || Header.readMembers(view, 0).type !== MULTIPART_REPLY) return false;
  if (MultipartHeader.readMembers(view, Header.size).partType !== EXPERIMENTER_PART) return false;
  const { experimenter, experimenterType } = ExperimenterHeader.readMembers(view, IDS_AT);
  if (experimenter !== EXPERIMENTER.onf || experimenterType !== FLOW_MONITOR_TYPE) return false;
  if ((bytes.length - BODY_AT) % ABBREVIATED_SIZE !== 0) return false;
  for (let at = BODY_AT; at < bytes.length; at += ABBREVIATED_SIZE)
    if (view.getUint32(at) !== ABBREVIATED_HEAD) return false;
  return true;
}

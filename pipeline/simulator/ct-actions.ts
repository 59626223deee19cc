import { CT_FLAG, type CtAction } from 'openflow-codec';
import { SimulatorError } from './errors.ts';
import { AT } from './layout.ts';
import { FRAG, isIp } from './needs.ts';
import { readSubfield } from './subfield.ts';
import type { Run } from './translation.ts';

/** Table number of a ct action after which the packet does not come again. */
const NO_TABLE = 255;

/** Makes a ct action ready to run (compose_conntrack_action, ofproto/ofproto-dpif-xlate.c); `list` acts on the connection. */
export function prepareCt({ flags, zone, recircTable, alg }: CtAction, list: readonly Run[]): Run['run'] {
  if (alg !== 0) throw new SimulatorError('SIM_UNSUPPORTED', { action: 'ct', alg });
  if (flags & CT_FLAG.force) throw new SimulatorError('SIM_UNSUPPORTED', { action: 'ct', option: 'force' });
  const isCommit = (flags & CT_FLAG.commit) !== 0;
  return (packet) => {
    if (!isIp(packet.key)) return;
    if (((packet.key[AT.nwFrag] ?? 0) & FRAG.any) !== 0) {
      packet.note('fragmentHeld');
      return;
    }
    const number = typeof zone === 'number' ? zone : Number(readSubfield(packet.key, zone));
    const { state, words } = packet.state.track(packet.frame(), number, isCommit, packet.now);
    const before = packet.key;
    packet.key = before.slice();
    packet.key.set(words, AT.ctMark);
    packet.runList(list);
    if (list.length > 0) words.set(packet.key.subarray(AT.ctMark, AT.ctMark + 5));
    packet.key = before;
    if (recircTable === NO_TABLE) return;
    packet.recirculate(recircTable, (key) => {
      key[AT.ctState] = state;
      key[AT.ctZone] = number;
      key.set(words, AT.ctMark);
    });
  };
}

/** `ct_clear`: the packet counts as not tracked. */
export function clearCt({ key }: { readonly key: Uint32Array }): void {
  key.fill(0, AT.ctState, AT.ctLabel + 4);
}

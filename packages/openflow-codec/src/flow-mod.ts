import { GROUP, NO_BUFFER, PORT } from './constants.ts';
import type { FlowMod } from './message.ts';

/**
 * A flow-mod of what is given; the rest is its neutral value: command `add`, table 0, priority 0x8000 as in ovs-ofctl,
 * no timeouts, any port and group, and no match, instruction, cookie or buffer.
 */
export function flowMod(given: Partial<Omit<FlowMod, 'type'>> = {}): FlowMod {
  return {
    type: 'flowMod',
    xid: given.xid ?? 0,
    cookie: given.cookie ?? 0n,
    cookieMask: given.cookieMask ?? 0n,
    tableId: given.tableId ?? 0,
    command: given.command ?? 'add',
    idleTimeout: given.idleTimeout ?? 0,
    hardTimeout: given.hardTimeout ?? 0,
    priority: given.priority ?? DEFAULT_PRIORITY,
    bufferId: given.bufferId ?? NO_BUFFER,
    outPort: given.outPort ?? PORT.any,
    outGroup: given.outGroup ?? GROUP.any,
    flags: given.flags ?? 0,
    match: given.match ?? [],
    instructions: given.instructions ?? [],
  };
}

/** OFP_DEFAULT_PRIORITY (OF 1.3.5, 7.3.4.1). */
const DEFAULT_PRIORITY = 0x8000;

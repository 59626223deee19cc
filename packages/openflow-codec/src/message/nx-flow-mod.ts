import { fromShortPort, toShortPort } from '../action/port.ts';
import { encodeInstructions, readInstructions } from '../instruction/codec.ts';
import { struct } from '../wire/struct.ts';
import { writeStruct } from './entry.ts';
import type { Extensions } from './extension.ts';
import { COMMAND } from './flow.ts';
import { nicira } from './nicira.ts';
import { readNxMatch, writeNxMatch } from './nx-match.ts';

/** nx_flow_mod up to its match. */
const Body = struct('nx_flow_mod', 32, {
  cookie: 'u64',
  tableId: 'u8',
  command: COMMAND,
  idleTimeout: 'u16',
  hardTimeout: 'u16',
  priority: 'u16',
  bufferId: 'u32',
  outPort: 'u16',
  flags: 'u16',
  matchLength: 'u16',
  pad: { pad: 6 },
});
const MATCH_LENGTH_AT = 24;

/** Nicira's own flow-mod. */
export const NX_FLOW_MESSAGES: Extensions<'nxFlowMod'> = {
  nxFlowMod: {
    ids: nicira(13),
    read(reader, end, xid) {
      const { matchLength, outPort, ...members } = reader.members(Body, end);
      const match = readNxMatch(matchLength, reader, end);
      return {
        type: 'nxFlowMod',
        xid,
        ...members,
        outPort: fromShortPort(outPort),
        match,
        instructions: readInstructions(reader, end),
      };
    },
    write(message, writer) {
      const start = writer.size;
      writeStruct(Body, { ...message, outPort: toShortPort(message.outPort), matchLength: 0 }, writer);
      writeNxMatch(message.match, start + MATCH_LENGTH_AT, writer);
      encodeInstructions(message.instructions, writer);
    },
  },
};

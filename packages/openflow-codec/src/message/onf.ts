import type { RoleStatus } from '../extension.ts';
import { EXPERIMENTER } from '../field.ts';
import { properties } from '../wire/property.ts';
import { struct } from '../wire/struct.ts';
import { writeStruct } from './entry.ts';
import { bare, type ExtensionEntry, type Extensions, plain } from './extension.ts';
import { ROLE } from './role.ts';

const Cancel = struct('onf_flow_monitor_cancel', 4, { id: 'u32' });
const Role = struct('ofp_role_status', 16, {
  role: ROLE,
  reason: { named: ['masterRequest', 'config', 'experimenter'], as: 'u8' },
  pad: { pad: 3 },
  generationId: 'u64',
});
const roleProperties = properties<RoleStatus['properties'][number]>('ofp_role_prop', {});

/** Messages of the ONF's extensions of OpenFlow 1.3, but for bundles. */
export const ONF_MESSAGES: Extensions<
  'flowMonitorCancel' | 'flowMonitorPaused' | 'flowMonitorResumed' | 'roleStatus' | 'requestForward'
> = {
  flowMonitorCancel: plain('flowMonitorCancel', onf(1870), Cancel),
  flowMonitorPaused: bare('flowMonitorPaused', onf(1871)),
  flowMonitorResumed: bare('flowMonitorResumed', onf(1872)),
  roleStatus: {
    ids: onf(1911),
    read(reader, end, xid) {
      return {
        type: 'roleStatus',
        xid,
        ...reader.members(Role, end),
        properties: roleProperties.read(reader, end),
      };
    },
    write(message, writer) {
      writeStruct(Role, message, writer);
      roleProperties.write(message.properties, writer);
    },
  },
  requestForward: {
    ids: onf(2350),
    read: (reader, end, xid, nesting) => ({
      type: 'requestForward',
      xid,
      request: nesting.readMessage(reader, end),
    }),
    write: ({ request }, writer, nesting) => nesting.writeMessage(request, writer),
  },
};

function onf(experimenterType: number): ExtensionEntry<never>['ids'] {
  return { experimenter: EXPERIMENTER.onf, experimenterType };
}

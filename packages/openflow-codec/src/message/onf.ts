import type { RoleStatus } from '../extension.ts';
import { EXPERIMENTER } from '../field.ts';
import { enumeration } from '../wire/enumeration.ts';
import { properties } from '../wire/property.ts';
import { struct } from '../wire/struct.ts';
import { writeStruct } from './entry.ts';
import { bare, type ExtensionEntry, type Extensions, plain } from './extension.ts';
import { roles } from './role.ts';

const Cancel = struct('onf_flow_monitor_cancel', 4, { id: 'u32' });
const Role = struct('ofp_role_status', 16, {
  role: 'u32',
  reason: 'u8',
  pad: { pad: 3 },
  generationId: 'u64',
});
const reasons = enumeration(Role.name, 'reason', ['masterRequest', 'config', 'experimenter']);
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
    read(reader, { xid, end }) {
      const start = reader.at;
      const { role, reason, generationId } = reader.members(Role, end);
      return {
        type: 'roleStatus',
        xid,
        role: roles.nameOf(role, start),
        reason: reasons.nameOf(reason, start),
        generationId,
        properties: roleProperties.read(reader, end),
      };
    },
    write(message, writer) {
      const role = roles.numberOf(message.role);
      writeStruct(Role, { ...message, role, reason: reasons.numberOf(message.reason) }, writer);
      roleProperties.write(message.properties, writer);
    },
  },
  requestForward: {
    ids: onf(2350),
    read: (reader, { xid, end }, nesting) => ({
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

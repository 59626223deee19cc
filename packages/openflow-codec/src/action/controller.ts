import { CodecError } from '../errors.ts';
import type { Controller2Action } from '../nicira-action.ts';
import type { Property } from '../property.ts';
import { bytesText } from '../text/bytes.ts';
import { bytes, flag, properties, u8, u16, u32 } from '../wire/property.ts';
import type { Reader } from '../wire/reader.ts';
import { struct } from '../wire/struct.ts';
import type { Writer } from '../wire/writer.ts';
import { type ActionEntry, type ActionOf, BAD_LENGTH, form, plain } from './form.ts';

const Controller = struct('nx_action_controller', 6, {
  maxLength: 'u16',
  controllerId: 'u16',
  reason: 'u8',
  pad: { pad: 1 },
});
const Controller2 = struct('nx_action_controller2', 6, { pad: { pad: 6 } });
const Ids = struct('nx_action_cnt_ids', 6, { count: 'u16', pad: { pad: 4 } });

/** OFPR_* as ovs-ofctl writes them; 1 (action) is left out. */
export const REASONS = ['no_match', 'action', 'invalid_ttl', 'action_set', 'group', 'packet_out'] as const;
const ACTION = 1;
const ALL_BYTES = 0xffff;

type Option =
  | Property<'maxLength' | 'controllerId' | 'reason' | 'meter', number>
  | Property<'userdata', Uint8Array>
  | Property<'pause', null>;

/** NXAC2PT_*, in the order in which Open vSwitch writes them. */
const OPTIONS = properties<Option>(
  'nx_action_controller2',
  {
    maxLength: [0, u16],
    controllerId: [1, u16],
    reason: [2, u8],
    userdata: [3, bytes],
    pause: [4, flag],
    meter: [5, u32],
  },
  BAD_LENGTH,
);
const ORDER = ['maxLength', 'controllerId', 'reason', 'userdata', 'pause', 'meter'] as const;

type Options = Omit<Controller2Action, 'action'>;

/** Nicira's actions that send to controllers (ovs-actions(7)). */
export const CONTROLLER_ACTIONS: {
  readonly [N in 'controller' | 'controller2' | 'dec_ttl_cnt_ids']: ActionEntry<ActionOf<N>>;
} = {
  controller: {
    forms: [plain('controller', { nicira: 20 }, Controller)],
    text: (action) => controllerText(action),
  },
  controller2: {
    forms: [
      form({
        code: { nicira: 37 },
        layout: Controller2,
        read(_, reader, end) {
          const options = readOptions(reader, end);
          return options && { action: 'controller2', ...options };
        },
        write: () => ({}),
        tail: writeOptions,
      }),
    ],
    text: (action) => controllerText(action),
  },
  dec_ttl_cnt_ids: {
    forms: [
      form({
        code: { nicira: 21 },
        layout: Ids,
        read({ count }, reader, end) {
          const at = reader.take(2 * count, end, Ids.name, BAD_LENGTH);
          const ids = Array.from({ length: count }, (_, index) => reader.view.getUint16(at + 2 * index));
          return { action: 'dec_ttl_cnt_ids', ids };
        },
        write: ({ ids }) => ({ count: ids.length }),
        tail({ ids }, writer) {
          for (const id of ids) {
            if (id >>> 0 !== id || id > 0xffff)
              throw new CodecError('OFC_RANGE', { struct: Ids.name, field: 'ids' });
            const at = writer.reserve(2);
            writer.view.setUint16(at, id);
          }
        },
      }),
    ],
    text: ({ ids }) => `dec_ttl(${ids.join(',')})`,
  },
};

/** Undefined for what `controller2` has no place for: another order, duplicates, unknown properties. */
function readOptions(reader: Reader, end: number): Options | undefined {
  let isClean = true;
  const list = OPTIONS.read(reader, end, () => {
    isClean = false;
  });
  let last = -1;
  for (const { property } of list) {
    const place = property === 'raw' ? -1 : ORDER.indexOf(property);
    if (place <= last) return undefined;
    last = place;
  }
  if (!isClean) return undefined;
  return Object.fromEntries(
    list.map(({ property, value }) => [property, property === 'pause' ? true : value]),
  );
}

function writeOptions(action: Controller2Action, writer: Writer): void {
  const list: Option[] = [];
  for (const property of ORDER) {
    if (action[property] === undefined) continue;
    if (property === 'pause') list.push({ property, value: null });
    else if (property === 'userdata') list.push({ property, value: action.userdata ?? new Uint8Array() });
    else list.push({ property, value: action[property] ?? 0 });
  }
  OPTIONS.write(list, writer);
}

function controllerText(action: ActionOf<'controller'> | Controller2Action): string {
  const { reason = ACTION, maxLength = ALL_BYTES, controllerId = 0 } = action;
  const options: Options = action.action === 'controller2' ? action : {};
  const isPlain = reason === ACTION && controllerId === 0 && action.action === 'controller';
  if (isPlain) return `CONTROLLER:${maxLength}`;
  const parts = [
    ...(reason === ACTION ? [] : [`reason=${REASONS[reason] ?? reason}`]),
    ...(maxLength === ALL_BYTES ? [] : [`max_len=${maxLength}`]),
    ...(controllerId === 0 ? [] : [`id=${controllerId}`]),
    ...(options.userdata?.length ? [`userdata=${bytesText(options.userdata, '.')}`] : []),
    ...(options.pause ? ['pause'] : []),
    ...(options.meter === undefined ? [] : [`meter_id=${options.meter}`]),
  ];
  return `controller(${parts.join(',')})`;
}

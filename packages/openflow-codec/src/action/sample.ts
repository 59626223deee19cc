import { PORT } from '../constants.ts';
import type { SampleAction } from '../nicira-action.ts';
import { portText } from '../text/names.ts';
import { struct } from '../wire/struct.ts';
import { type ActionEntry, type Form, form } from './form.ts';
import { names } from './names.ts';
import { fromShortPort, toShortPort } from './port.ts';

const LAYOUT = {
  probability: 'u16',
  collectorSetId: 'u32',
  observationDomainId: 'u32',
  observationPointId: 'u32',
} as const;

const Sample = struct('nx_action_sample', 14, LAYOUT);
const Sample2 = struct('nx_action_sample2', 22, {
  ...LAYOUT,
  samplingPort: 'u16',
  direction: 'u8',
  pad: { pad: 5 },
});

const directions = names(['default', 'ingress', 'egress']);

/** `sample` (ovs-actions(7)): samples packets for IPFIX. */
export const sample: ActionEntry<SampleAction> = {
  forms: [
    form({
      code: { nicira: 29 },
      layout: Sample,
      fits: ({ samplingPort, direction }) => samplingPort === undefined && direction === undefined,
      read: (members) => ({ action: 'sample', ...members }),
      write: (action) => action,
    }),
    withPort(38),
    withPort(41),
  ],
  text(action, { names: known }) {
    const { samplingPort = PORT.any, direction = 'default' } = action;
    const parts = [
      `probability=${action.probability}`,
      `collector_set_id=${action.collectorSetId}`,
      `obs_domain_id=${action.observationDomainId}`,
      `obs_point_id=${action.observationPointId}`,
      ...(samplingPort === PORT.any ? [] : [`sampling_port=${portText(samplingPort, known)}`]),
      ...(direction === 'default' ? [] : [direction]),
    ];
    return `sample(${parts.join(',')})`;
  },
};

/** NXAST_SAMPLE2, whose direction is 0, and NXAST_SAMPLE3. */
function withPort(nicira: 38 | 41): Form<SampleAction> {
  const hasDirection = nicira === 41;
  return form({
    code: { nicira },
    layout: Sample2,
    fits: ({ direction }) => hasDirection || direction === undefined,
    read({ direction: number, samplingPort, ...members }) {
      const direction = directions.nameOf(number);
      if (direction === undefined || (!hasDirection && number !== 0)) return undefined;
      const base = { action: 'sample', ...members, samplingPort: fromShortPort(samplingPort) } as const;
      return hasDirection ? { ...base, direction } : base;
    },
    write: ({ samplingPort = PORT.any, direction = 'default', ...members }) => ({
      ...members,
      samplingPort: toShortPort(samplingPort),
      direction: directions.numberOf(direction),
    }),
  });
}

import { REASONS } from '../../action/controller.ts';
import { NO_TRUNCATION, PORT } from '../../constants.ts';
import type { Controller2Action, SampleAction } from '../../nicira-action.ts';
import { parsePort } from '../names.ts';
import { parseBytes, parseNumber } from '../number.ts';
import { unexpected } from '../slice.ts';
import type { Words } from './context.ts';
import { oneOf, readOptions } from './options.ts';
import { checkShort } from './output.ts';

/** OFPR_ACTION. */
const ACTION = 1;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Words of the actions that show packets to somebody (ovs-actions(7), controller and sample). */
export const CONTROLLER_WORDS: Words = {
  controller(value) {
    const options: Mutable<Controller2Action> = { action: 'controller2' };
    if (/^\d+$/.test(value.text)) {
      options.maxLength = parseNumber(value, 16, 'a length');
    } else {
      readOptions(value, {
        reason: (one) => {
          options.reason = REASONS.indexOf(oneOf(one, REASONS));
        },
        max_len: (one) => {
          options.maxLength = parseNumber(one, 16, 'a length');
        },
        id: (one) => {
          options.controllerId = parseNumber(one, 16, 'a controller id');
        },
        userdata: (one) => {
          options.userdata = parseBytes(one);
        },
        pause: () => {
          options.pause = true;
        },
        meter_id: (one) => {
          options.meter = parseNumber(one, 32, 'a meter');
        },
      });
    }
    const { maxLength = NO_TRUNCATION, controllerId = 0, reason = ACTION } = options;
    if (options.userdata?.length || options.pause || options.meter !== undefined) return [shortest(options)];
    return reason === ACTION && controllerId === 0
      ? [{ action: 'output', port: PORT.controller, maxLength }]
      : [{ action: 'controller', maxLength, controllerId, reason }];
  },
  sample(value, { numbers }) {
    const action: Mutable<SampleAction> = {
      action: 'sample',
      probability: 0,
      collectorSetId: 0,
      observationDomainId: 0,
      observationPointId: 0,
    };
    readOptions(value, {
      probability: (one) => {
        action.probability = parseNumber(one, 16, 'a probability');
      },
      collector_set_id: (one) => {
        action.collectorSetId = parseNumber(one, 32);
      },
      obs_domain_id: (one) => {
        action.observationDomainId = parseNumber(one, 32);
      },
      obs_point_id: (one) => {
        action.observationPointId = parseNumber(one, 32);
      },
      sampling_port: (one) => {
        action.samplingPort = checkShort(parsePort(one, numbers), one);
      },
      ingress: () => {
        action.direction = 'ingress';
      },
      egress: () => {
        action.direction = 'egress';
      },
    });
    if (action.probability === 0) throw unexpected('OFT_SYNTAX', value, 'probability=N, from 1 up');
    return [action.direction === undefined ? action : { samplingPort: PORT.any, ...action }];
  },
};

/** Without the options that say what holds without them. */
function shortest({ maxLength, controllerId, reason, ...rest }: Controller2Action): Controller2Action {
  const { userdata, ...flags } = rest;
  return {
    ...flags,
    ...(maxLength !== undefined && maxLength !== NO_TRUNCATION && { maxLength }),
    ...(controllerId && { controllerId }),
    ...(reason !== undefined && reason !== ACTION && { reason }),
    ...(userdata?.length && { userdata }),
  };
}

import { expect, it } from 'vitest';
import { decode } from '../index.ts';
import { vectorsOf } from '../testing/vectors.ts';

/** Where Open vSwitch keeps an older or a newer name, the name of OpenFlow 1.3.5, 7.4.4. */
const NAMES_OF_1_3: Readonly<Record<string, string>> = {
  OFPBRC_BAD_STAT: 'OFPBRC_BAD_MULTIPART',
  OFPBRC_BAD_VENDOR: 'OFPBRC_BAD_EXPERIMENTER',
  OFPBRC_BAD_SUBTYPE: 'OFPBRC_BAD_EXP_TYPE',
  OFPBRC_IS_SECONDARY: 'OFPBRC_IS_SLAVE',
  OFPBAC_BAD_VENDOR: 'OFPBAC_BAD_EXPERIMENTER',
  OFPBAC_BAD_VENDOR_TYPE: 'OFPBAC_BAD_EXP_TYPE',
  OFPBPC_BAD_TYPE: 'OFPTFFC_BAD_TYPE',
  OFPBPC_BAD_LEN: 'OFPTFFC_BAD_LEN',
  OFPBPC_BAD_VALUE: 'OFPTFFC_BAD_ARGUMENT',
};

it.each(vectorsOf('errors.txt'))('$text', ({ text, bytes }) => {
  const message = decode(bytes);
  const name = /: (\w+)/.exec(text)?.[1] ?? '';
  expect(message).toMatchObject({ type: 'error', name: NAMES_OF_1_3[name] ?? name });
});

import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { topologySchema } from './json-schema.ts';
import { randomTopology } from './random-topology-fixture.ts';

const validate = new Ajv2020({ strict: false, validateFormats: false }).compile({ ...topologySchema() });
const EXAMPLE = readFileSync(new URL('../../../docs/topology.example.yaml', import.meta.url), 'utf8');

/** Where a value breaks the schema, and how. */
function errorsIn(value: unknown): readonly string[] {
  return validate(value)
    ? []
    : (validate.errors ?? []).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`);
}

describe('the schema', () => {
  it('lets the example pass, and whatever apply takes', () => {
    expect(errorsIn(parse(EXAMPLE))).toEqual([]);
    fc.assert(
      fc.property(randomTopology, (text) => {
        expect(errorsIn(JSON.parse(text))).toEqual([]);
      }),
    );
  });

  it.each([
    [{ netwroks: [] }, ' additionalProperties'],
    [{ networks: [{ mtu: 1400 }] }, '/networks/0 required'],
    [{ networks: [{ name: 'n', mut: 1 }] }, '/networks/0 additionalProperties'],
    [{ networks: [{ name: 'n', mtu: 'big' }] }, '/networks/0/mtu type'],
    [
      { networks: [{ name: 'n', subnets: [{ network: 'n', cidr: '10.0.0.0/8' }] }] },
      '/networks/0/subnets/0 additionalProperties',
    ],
    [{ subnets: [{ cidr: '10.0.0.0/8' }] }, '/subnets/0 required'],
    [
      { trunks: [{ port: 'p', sub_ports: [{ port: 'a', segmentation_id: 4095 }] }] },
      '/trunks/0/sub_ports/0/segmentation_id maximum',
    ],
    [
      { security_groups: [{ name: 'g', rules: [{ direction: 'up' }] }] },
      '/security_groups/0/rules/0/direction enum',
    ],
    [{ topology: 'a b' }, '/topology pattern'],
  ])('refuses %j', (value, wanted) => {
    expect(errorsIn(value)).toContain(wanted);
  });
});

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { generateOpenVSwitch, OPEN_VSWITCH_MODELS_FILE, OPEN_VSWITCH_SCHEMA_FILE } from './open-vswitch.ts';

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

it('has fresh models of Open_vSwitch', () => {
  expect(read(OPEN_VSWITCH_MODELS_FILE)).toBe(
    generateOpenVSwitch(JSON.parse(read(OPEN_VSWITCH_SCHEMA_FILE))),
  );
});

it('was given the schema of the installed Open vSwitch', () => {
  const installed = readFileSync('/usr/share/openvswitch/vswitch.ovsschema', 'utf8');
  expect(JSON.parse(read(OPEN_VSWITCH_SCHEMA_FILE))).toEqual(JSON.parse(installed));
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnOf, openVSwitch, tableOf } from '../index.ts';
import type { ColumnSchema } from './schema.ts';
import {
  applyDiff,
  decodeValue,
  defaultValue,
  encodePart,
  encodeValue,
  equalValues,
  type Value,
} from './value.ts';

const column = (table: string, name: string): ColumnSchema => columnOf(tableOf(openVSwitch, table), name);
const A = '11111111-1111-4111-8111-111111111111';
const B = '22222222-2222-4222-8222-222222222222';

describe('values', () => {
  // The notation of RFC 7047, 5.1, beside our values.
  it.each<[string, string, Value, unknown, unknown?]>([
    ['Bridge', 'name', 'br0', 'br0'],
    ['Port', 'tag', 7, 7, ['set', [7]]],
    ['Port', 'tag', null, ['set', []]],
    ['Port', 'trunks', [1, 2], ['set', [1, 2]]],
    ['Port', 'trunks', [3], ['set', [3]], 3],
    ['Port', 'interfaces', [A], ['set', [['uuid', A]]], ['uuid', A]],
    ['Interface', 'options', new Map([['key', 'flow']]), ['map', [['key', 'flow']]]],
    ['Bridge', 'flow_tables', new Map([[3, B]]), ['map', [[3, ['uuid', B]]]]],
    ['Bridge', 'fail_mode', 'secure', 'secure', ['set', ['secure']]],
    ['Bridge', 'stp_enable', true, true],
  ])('%s.%s: %o is %o both ways', (table, name, value, json, bare) => {
    expect(encodeValue(column(table, name), value)).toEqual(json);
    expect(decodeValue(column(table, name), JSON.parse(JSON.stringify(json)))).toEqual(value);
    if (bare !== undefined) {
      expect(decodeValue(column(table, name), JSON.parse(JSON.stringify(bare)))).toEqual(value);
    }
  });

  it('writes a name that is no uuid as named-uuid', () => {
    expect(encodeValue(column('Bridge', 'ports'), ['new_port', A])).toEqual([
      'set',
      [
        ['named-uuid', 'new_port'],
        ['uuid', A],
      ],
    ]);
  });

  it('keeps a map key that would change an object', () => {
    const ids = decodeValue(column('Bridge', 'external_ids'), JSON.parse('["map",[["__proto__","x"]]]'));
    expect(ids).toEqual(new Map([['__proto__', 'x']]));
  });

  it.each<[string, string, Value]>([
    ['Port', 'tag', 4096],
    ['Port', 'tag', 1.5],
    ['Port', 'interfaces', []],
    ['Port', 'interfaces', ['not a name']],
    ['Bridge', 'fail_mode', 'open'],
    ['Bridge', 'name', null],
    ['Bridge', 'name', 5],
    ['Bridge', 'name', ['a']],
    ['Bridge', 'stp_enable', 'yes'],
    ['Interface', 'options', new Map([['key', 5]])],
    ['Bridge', 'name', new Map()],
  ])('refuses to write %s.%s: %o', (table, name, value) => {
    expect(() => encodeValue(column(table, name), value)).toThrow(
      expect.objectContaining({ code: 'OVSDB_VALUE' }),
    );
  });

  it.each<[string, string, string]>([
    ['Port', 'tag', '["set",[1,2]]'],
    ['Port', 'tag', '"1"'],
    ['Port', 'tag', '["map",[]]'],
    ['Port', 'interfaces', '["uuid","x"]'],
    ['Port', 'interfaces', '["named-uuid","x"]'],
    ['Interface', 'options', '["map",[["a"]]]'],
    ['Interface', 'options', '["set",[]]'],
    ['Bridge', 'name', 'null'],
    ['Bridge', 'name', '{}'],
  ])('refuses to read %s.%s: %s', (table, name, json) => {
    expect(() => decodeValue(column(table, name), JSON.parse(json))).toThrow(
      expect.objectContaining({ code: 'OVSDB_VALUE' }),
    );
  });

  it('undoes an update2 difference by applying it again', () => {
    const trunks = column('Port', 'trunks');
    const vids = fc.uniqueArray(fc.integer({ min: 0, max: 4095 }));
    fc.assert(
      fc.property(vids, vids, (old, diff) => {
        const twice = applyDiff(trunks, applyDiff(trunks, old, diff), diff);
        expect(equalValues(twice, old)).toBe(true);
      }),
    );
  });

  it('gives what an insert gives by default', () => {
    expect(defaultValue(column('Port', 'tag'))).toBeNull();
    expect(defaultValue(column('Port', 'trunks'))).toEqual([]);
    expect(defaultValue(column('Interface', 'options'))).toEqual(new Map());
    expect(defaultValue(column('Interface', 'type'))).toBe('');
    expect(encodePart(column('Port', 'tag'), null)).toEqual(['set', []]);
  });
});

import { describe, expect, it } from 'vitest';
import { TOPOLOGY_KINDS } from './kinds.ts';
import { ORDER } from './order.ts';
import { attributeOf } from './read-item.ts';

/** What REST takes and topologies don't, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  tenant_id: 'the older name of project_id',
  'network segments': 'another way to say provider:…',
  'port numa_affinity_policy': 'taken and not kept, so that nobody could tell whether it is there',
  'security-group-rule project_id': 'that of its group',
  'security-group-rule security_group_id': 'said by its place',
  'security-group-rule remote_address_group_id': 'there are no address groups',
};

describe('the fields of a topology', () => {
  it.each(Object.values(TOPOLOGY_KINDS))('are all attributes of a $name that can be written', (kind) => {
    const said = new Set(Object.keys(kind.fields).map((field) => attributeOf(kind, field)));
    const missing = Object.entries(kind.attributes)
      .filter(([name, { value }]) => value !== undefined && !said.has(name))
      .map(([name]) => name)
      .filter((name) => LEFT_OUT[name] === undefined && LEFT_OUT[`${kind.name} ${name}`] === undefined);
    // Say a new one in fields.ts, with a sentence, or here, with a reason.
    expect(missing).toEqual([]);
    for (const name of said) expect(kind.attributes[name]?.view).toBeDefined();
  });
});

describe('the order', () => {
  it('has each kind after all that its items refer to', () => {
    const names = ORDER.map(({ name }) => name);
    expect([...names].sort()).toEqual(Object.keys(TOPOLOGY_KINDS).sort());
    for (const [at, { fields }] of ORDER.entries())
      for (const { refersTo = [] } of Object.values(fields))
        for (const kind of refersTo) expect(names.indexOf(kind)).toBeLessThan(at);
  });
});

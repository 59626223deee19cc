import { describe, expect, it } from 'vitest';
import { formatProblems } from './problem.ts';
import { readTopology } from './read.ts';

/** What is wrong with a text, line by line. */
function problemsIn(text: string): readonly string[] {
  const { problems } = readTopology([{ name: 't.yaml', text }]);
  return problems.length === 0 ? [] : formatProblems(problems).split('\n');
}

describe('a topology', () => {
  it.each([
    ['', []],
    ['# nothing\n---\n', []],
    ['networks: []\nports:\n', []],
    ['{"networks": [{"name": "red"}]}', []],
    [
      'networks: [',
      ['t.yaml:1:12: Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ],
    ['a: 1\na: 2', ['t.yaml:2:1: Map keys must be unique']],
    ['- networks', ['t.yaml:1:1: a topology has lists such as networks: and ports:']],
    ['netwroks: []', ["t.yaml:1:1: unknown key 'netwroks': did you mean networks?"]],
    ['networks:\n  red: {}', ['t.yaml:2:3: networks is a list: each item begins with a dash']],
    ['networks:\n  - red', ['t.yaml:2:5: a network is said by its fields, such as `name: …`']],
    ['project: 5', ["t.yaml:1:10: project: 5 is no project's id"]],
    [
      'topology: a b',
      [
        't.yaml:1:11: topology: a name has up to 100 letters, digits, dots, dashes and underscores, not "a b"',
      ],
    ],
    [
      'topology: a\n---\ntopology: b',
      ['t.yaml:3:11: one run is about one topology, and there are two names: a and b'],
    ],
  ])('%j', (text, wanted) => {
    expect(problemsIn(text)).toEqual(wanted);
  });

  it.each([
    [
      'networks: [{ name: n, mtu: big }]',
      "28: network n: Invalid input for operation: 'big' is not an integer.",
    ],
    ['networks: [{ name: n, mtu: 1 , id: x }]', "32: network n: Attribute 'id' not allowed in POST"],
    ['networks: [{ name: n, mut: 1 }]', "23: network n: Unrecognized attribute(s) 'mut': did you mean mtu?"],
    ['networks: [{ name: 5 }]', "20: network: Invalid input for name. Reason: '5' is not a valid string."],
    [
      'networks: [{ mtu: 1 }]',
      "12: network: Failed to parse request. Required attribute 'name' not specified",
    ],
    ["networks: [{ name: '' }]", '20: network: it is found again by its name, which is empty'],
    [
      'subnets: [{ network: n, cidr: x }]',
      '31: subnet x: Invalid input for operation: x is not in a CIDR format.',
    ],
    [
      'subnets: [{ network: n }]',
      "11: subnet: Failed to parse request. Required attribute 'cidr' not specified",
    ],
    [
      'subnets: [{ cidr: 10.0.0.0/8 }]',
      "11: subnet 10.0.0.0/8: Failed to parse request. Required attribute 'network' not specified",
    ],
    ['ports: [{ network: n }]', '9: port: it needs a name, or a mac_address to be found again by'],
    ['ports: [{ name: p, network: 7 }]', '29: port p: a network is said by its name, and 7 is none'],
    [
      'ports: [{ name: p, network_id: x }]',
      '20: port p: files go by names: say network instead of network_id',
    ],
    [
      'ports: [{ name: p, network: n, mac_address: x }]',
      "45: port p: Invalid input for mac_address. Reason: 'x' is not a valid MAC address.",
    ],
    [
      'ports: [{ name: p, network: n, tags: x }]',
      `38: port p: Invalid input for tags. Reason: '"x"' is not a list.`,
    ],
    [
      'ports: [{ name: p, network: n, status: ACTIVE }]',
      "32: port p: Attribute 'status' not allowed in POST",
    ],
    [
      'trunks: [{ port: p, sub_ports: [{ port: a, segmentation_id: 1 }, { port: b, segmentation_id: 1 }] }]',
      "32: trunk of p: Invalid input for sub_ports. Reason: Segmentation ID '1' for 'ID' is not unique.",
    ],
    [
      'security_groups: [{ name: g, rules: [{ direction: up }] }]',
      '51: security-group-rule of security-group g: Invalid input for direction. Reason: up is not in valid_values.',
    ],
    [
      'networks: [{ name: n, subnets: [{ network: n, cidr: 10.0.0.0/8 }] }]',
      '35: subnet 10.0.0.0/8: its place says its network: leave this out',
    ],
  ])('%s', (text, wanted) => {
    const told = problemsIn(text).map((line) =>
      line.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID'),
    );
    expect(told).toContain(`t.yaml:1:${wanted}`);
  });

  it('tells everything that is wrong, in the order of the file', () => {
    const text = 'ports:\n  - mtu: 1\nnetworks:\n  - {}\nx: 1\n';
    expect(problemsIn(text).map((line) => line.split(':')[1])).toEqual(['2', '2', '2', '4', '5']);
  });

  it('knows anchors, merges and several documents', () => {
    const text = [
      'project: one',
      'networks: [&a { name: a, mtu: 1400 }]',
      '---',
      'project: two',
      'networks:',
      '  - &b { name: b, mtu: 1300, description: same }',
      '  - { <<: *b, name: c }',
    ].join('\n');
    const { topology, problems } = readTopology([{ name: 't.yaml', text }]);
    expect(problems).toEqual([]);
    expect(topology.items.map(({ name, project, attributes }) => [name, project, attributes.mtu])).toEqual([
      ['a', 'one', 1400],
      ['b', 'two', 1300],
      ['c', 'two', 1300],
    ]);
  });

  it('is not taken in by an explosion of aliases', () => {
    const levels = Array.from(
      { length: 9 },
      (_, at) => `a${at + 1}: &a${at + 1} [${Array(9).fill(`*a${at}`)}]`,
    );
    const [problem] = problemsIn(['a0: &a0 x', ...levels, 'networks: *a9'].join('\n'));
    expect(problem).toMatch(/^t\.yaml:\d+:\d+: Excessive alias count/);
  });
});

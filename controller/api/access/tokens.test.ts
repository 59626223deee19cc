import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Tokens } from './tokens.ts';

const SECRET = 'correct-horse-battery';
/** printf %s correct-horse-battery | sha256sum */
const SECRET_HASH = '62249369389075490555a758353aec61500c6218fa597252d52dc4bd0148f12d';
const FILE = `
- { name: alice, project: red, role: member, token: ${SECRET} }
- { name: ops, project: admin, role: admin, token: staple-staple-staple }
`;
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('Tokens', () => {
  it.each([
    [{ 'x-auth-token': SECRET }, 'alice'],
    [{ authorization: `Bearer ${SECRET}` }, 'alice'],
    [{ authorization: `bearer   staple-staple-staple` }, 'ops'],
    [{ authorization: basic(`alice:${SECRET}`) }, 'alice'],
    [{ 'x-auth-token': 'staple-staple-staple', authorization: `Bearer ${SECRET}` }, 'ops'],
  ])('know who sends %o', (headers, name) => {
    expect(new Tokens(FILE).identify(headers)).toMatchObject({ name });
  });

  it.each([
    [{}],
    [{ 'x-auth-token': '' }],
    [{ 'x-auth-token': `${SECRET} ` }],
    [{ 'x-auth-token': SECRET.slice(1) }],
    [{ 'x-auth-token': 'x'.repeat(100_000) }],
    [{ authorization: basic(`ops:${SECRET}`) }],
    [{ authorization: basic(SECRET) }],
    [{ authorization: SECRET }],
    [{ authorization: 'Basic ' }],
    [{ authorization: 'Bearer' }],
    [{ 'x-user-id': 'ops', 'x-project-id': 'admin', 'x-roles': 'admin' }],
  ])('know nobody who sends %o', (headers) => {
    expect(new Tokens(FILE).identify(headers)).toBeUndefined();
  });
});

it('lets nobody in by accident, and falls over nothing', () => {
  const { identify } = new Tokens(FILE);
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('Basic', 'Basic Og==', 'Bearer ', ':'),
  );
  const headers = fc.record({ 'x-auth-token': text, authorization: text }, { requiredKeys: [] });
  fc.assert(fc.property(headers, (sent) => identify(sent) === undefined));
});

describe('a token file', () => {
  const entry = { name: 'a', project: 'p', role: 'reader', token: SECRET };
  const text = (...entries: readonly object[]) => JSON.stringify(entries);

  it('may hold hashes instead, and is JSON or YAML', () => {
    const tokens = new Tokens(text({ ...entry, token: undefined, sha256: SECRET_HASH }));
    expect(tokens.identify({ 'x-auth-token': SECRET })).toMatchObject({
      name: 'a',
      caller: { projectId: 'p', role: 'reader' },
    });
    expect(tokens.identify({ 'x-auth-token': SECRET_HASH })).toBeUndefined();
  });

  it.each([
    ['', 'top level: must be a list of tokens'],
    ['[]', 'top level: '],
    ['a: 1', 'top level: must be a list of tokens'],
    [text({ ...entry, role: 'root' }), 'token 1: role: '],
    [text(entry, { ...entry, name: 'b' }), 'token 2: has the token of another'],
    [text(entry, { ...entry, token: 'x'.repeat(16) }), 'token 2: has the name of another'],
    [text({ ...entry, token: 'short' }), 'token 1: token: must have 16 to 255'],
    [text({ ...entry, token: 1_234_567_890_123_456 }), 'token 1: token: must be text'],
    [text({ ...entry, token: undefined }), 'token 1: must have either token or sha256'],
    [text({ ...entry, sha256: SECRET_HASH }), 'token 1: must have either token or sha256'],
    [text({ ...entry, token: undefined, sha256: 'abc' }), 'token 1: sha256: must be 64 hex digits'],
    [text({ ...entry, name: 'a b' }), 'token 1: name: must be 1 to 64'],
    [text({ ...entry, projekt: 'p' }), 'token 1: Unrecognized key'],
    [text({ ...entry, project: undefined, projekt: 'p' }), 'token 1: Unrecognized key: "projekt"'],
    [text({ ...entry, project: undefined, projekt: 'p' }), 'token 1: project: Invalid input'],
    [`- {name: a\n- ${SECRET}`, 'line '],
  ])('is refused: %s', (content, reason) => {
    const refusal = refusalOf(() => new Tokens(content));
    expect(refusal).toContain(reason);
    expect(refusal).not.toContain(SECRET);
  });
});

function refusalOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
  return 'accepted';
}

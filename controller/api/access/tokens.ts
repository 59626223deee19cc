import { createHash, timingSafeEqual } from 'node:crypto';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { credentialsIn, type Identify, type Identity } from './identify.ts';

/** Tokens in one file: each request is compared with all of them. */
const MOST_TOKENS = 10_000;

const name = z.string().regex(/^[A-Za-z0-9_.@-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 _ . @ -');
const entrySchema = z
  .strictObject({
    name,
    project: z.string().min(1).max(255),
    role: z.enum(['admin', 'member', 'reader']),
    token: z
      .string('must be text: put it in quotes')
      .regex(/^[\x21-\x7e]{16,255}$/, 'must have 16 to 255 printable characters without spaces')
      .optional(),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/i, 'must be 64 hex digits, from: printf %s "$TOKEN" | sha256sum')
      .optional(),
  })
  .refine(
    ({ token, sha256 }) => (token === undefined) !== (sha256 === undefined),
    'must have either token or sha256',
  );
const fileSchema = z.array(entrySchema, 'must be a list of tokens').min(1).max(MOST_TOKENS);

interface Entry extends Identity {
  readonly name: string;
  readonly hash: Buffer;
}

/** Who has which token. Only hashes are kept. */
export class Tokens {
  readonly #entries: readonly Entry[];

  /** Reads the text of a token file. Throws RangeError that names the entry and key which cannot be used. */
  constructor(text: string) {
    const result = fileSchema.safeParse(parseYaml(text));
    if (!result.success) {
      const [first] = result.error.issues;
      // A key that is not known and one that is missing are often the same, mistyped: all of the entry is told.
      const entry = result.error.issues.filter(({ path }) => path[0] === first?.path[0]);
      throw new RangeError(entry.map(({ path, message }) => `${placeOf(path)}: ${message}`).join('; '));
    }
    this.#entries = result.data.map(({ name, project, role, token, sha256 }) => ({
      name,
      caller: { projectId: project, role },
      hash: token === undefined ? Buffer.from(sha256 ?? '', 'hex') : hashOf(token),
    }));
    unique(
      this.#entries.map((entry) => entry.name),
      'name',
    );
    unique(
      this.#entries.map(({ hash }) => hash.toString('hex')),
      'token',
    );
  }

  /** Compares with every token, so that the time tells nothing of which one it was, or how much of it was right. */
  readonly identify: Identify = (headers) => {
    const credentials = credentialsIn(headers);
    if (credentials === undefined) return undefined;
    const hash = hashOf(credentials.token);
    let found: Entry | undefined;
    for (const entry of this.#entries) if (timingSafeEqual(entry.hash, hash)) found = entry;
    return credentials.user === undefined || credentials.user === found?.name ? found : undefined;
  };
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    // The message would quote the line, and a token in it.
    if (error instanceof YAMLParseError)
      throw new RangeError(`line ${error.linePos?.[0].line ?? 1} is not YAML (${error.code})`);
    throw error;
  }
}

function placeOf(path: readonly PropertyKey[]): string {
  const [at, ...keys] = path;
  return typeof at === 'number' ? [`token ${at + 1}`, ...keys].join(': ') : 'top level';
}

function unique(values: readonly string[], what: string): void {
  const seen = new Set<string>();
  for (const [at, value] of values.entries()) {
    if (seen.has(value)) throw new RangeError(`token ${at + 1}: has the ${what} of another`);
    seen.add(value);
  }
}

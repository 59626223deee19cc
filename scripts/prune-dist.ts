import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Removes from a folder what was compiled of sources that are gone, which the compiler leaves there and a package would
 * bring along: `scripts/typescript scripts/prune-dist.ts DIST SOURCES`.
 */
const [dist = '', sources = ''] = process.argv.slice(2);
for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
  const compiled = /^(.*?)(\.js|\.d\.ts)(\.map)?$/.exec(file);
  if (compiled && !existsSync(join(sources, `${compiled[1]}.ts`))) rmSync(join(dist, file));
}

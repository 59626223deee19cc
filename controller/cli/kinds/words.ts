import { z } from 'zod';
import type { Fact } from './kind.ts';

/** What every Neutron resource shows of itself; a member of a project may be shown less than an administrator. */
export const common = {
  id: z.string(),
  name: z.string().optional(),
  description: z.string().nullish(),
  project_id: z.string().optional(),
  tags: z.array(z.string()).optional(),
  created_at: z.string().optional(),
  updated_at: z.string().optional(),
  revision_number: z.number().optional(),
};

interface Common {
  readonly id: string;
  readonly name?: string | undefined;
  readonly description?: string | null | undefined;
  readonly project_id?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly created_at?: string | undefined;
  readonly updated_at?: string | undefined;
  readonly revision_number?: number | undefined;
}

/** The first lines of a description. */
export function beginning(title: string, object: Common): readonly Fact[] {
  return [
    [title, object.name || '(no name)'],
    ['ID', object.id],
    ...(object.description ? [['Description', object.description] as const] : []),
    ['Project', object.project_id ?? '?'],
  ];
}

/** The last lines of a description. */
export function end(object: Common): readonly Fact[] {
  const { tags = [], created_at: created, updated_at: updated, revision_number: revision } = object;
  return [
    ...(tags.length > 0 ? [['Tags', tags.join(', ')] as const] : []),
    ['Created', created ?? '?'],
    ...(updated === created ? [] : [['Changed', `${updated} (revision ${revision})`] as const]),
  ];
}

export function yesOrNo(value: boolean | undefined): string {
  return value === undefined ? '?' : value ? 'yes' : 'no';
}

/** `3 ports`, `1 port`, `no ports`. */
export function counted(count: number, noun: string): string {
  return `${count === 0 ? 'no' : count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The first few of many, and how many are left out. */
export function few(lines: readonly string[], most = 20): readonly string[] {
  return lines.length <= most ? lines : [...lines.slice(0, most), `… and ${lines.length - most} more`];
}

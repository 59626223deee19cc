/** What becomes of flows that are not of our cookie space. */
export const FOREIGN_POLICIES = ['leave', 'remove'] as const;
export type ForeignPolicy = (typeof FOREIGN_POLICIES)[number];

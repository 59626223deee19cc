/** The form in which records keep times: ISO 8601, UTC, whole seconds. Takes milliseconds since the epoch. */
export function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}

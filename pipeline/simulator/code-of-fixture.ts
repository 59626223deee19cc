/** The code of the error that `work` throws. */
export function codeOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return error.code;
    throw error;
  }
  return 'nothing thrown';
}

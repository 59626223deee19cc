/** Every error of the lab: its code and what it means. */
export const LAB_ERRORS = {
  LAB_NO_SANDBOX: 'the lab runs only inside its sandbox',
  LAB_COMMAND: 'a command failed',
  LAB_TIMEOUT: 'gave up',
  LAB_DAEMON: 'a process of the lab is not as it should be',
  LAB_CAPTURE: 'a capture is not complete',
  LAB_STATE: 'not yet as it should be',
  LAB_REST: 'the REST API refused a request',
  LAB_FLEET: 'the process of fake hypervisors failed',
  LAB_HUGE_PAGES: 'this machine has no huge pages for DPDK',
  LAB_USAGE: 'the lab was used wrongly',
} as const;
export type LabErrorCode = keyof typeof LAB_ERRORS;

/** What the lab throws. The message says all that is needed to look into it, such as a command's own output. */
export class LabError extends Error {
  readonly code: LabErrorCode;

  constructor(code: LabErrorCode, detail: string, options?: ErrorOptions) {
    super(`${LAB_ERRORS[code]}: ${detail}`, options);
    this.name = 'LabError';
    this.code = code;
  }
}

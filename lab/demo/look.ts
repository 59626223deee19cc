/** How to look into a lab from another terminal. */
export interface Look {
  readonly what: string;
  readonly commands: readonly string[];
}

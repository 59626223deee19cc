import { attempt, type CommandResult } from '#lab';

/** An item, or a row of a list, as the client prints it in JSON. */
export type Printed = Readonly<Record<string, unknown>>;

/** Commands of the client that print something. */
const PRINTS = /(^| )(create|list|show)( |$)/;

/**
 * The stock `openstack` client, from Debian. It is fed with commands on its standard input, so that Python starts once
 * for many of them.
 */
export class OpenstackClient {
  readonly #url: string;

  /** `url` is the root of the API, without a version. */
  constructor(url: string) {
    this.#url = url;
  }

  /** What each command that prints has printed, in order; the client may complain about none. */
  async run(commands: readonly string[]): Promise<readonly (Printed | readonly Printed[])[]> {
    const { stdout, stderr } = await this.#attempt(commands);
    if (stderr.trim() !== '') throw new Error(`openstack: ${stderr.trim()}\nafter: ${stdout}`);
    // Each answer begins in the first column, and only there.
    const printed = stdout.trim() === '' ? [] : stdout.trim().split(/\n(?=[{[])/);
    const wanted = commands.filter((command) => PRINTS.test(command));
    if (printed.length !== wanted.length)
      throw new Error(`openstack: ${printed.length} answers to ${wanted.length} commands: ${stdout}`);
    return printed.map((text) => JSON.parse(text));
  }

  /** What the client says to commands that the server refuses. */
  async complaints(commands: readonly string[]): Promise<string> {
    return (await this.#attempt(commands)).stderr;
  }

  #attempt(commands: readonly string[]): Promise<CommandResult> {
    const lines = commands.map((command) => (PRINTS.test(command) ? `${command} -f json` : command));
    const env = { OS_AUTH_TYPE: 'none', OS_ENDPOINT: this.#url };
    return attempt(['openstack'], { env, stdin: `${lines.join('\n')}\n` });
  }
}

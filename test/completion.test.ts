import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKOUT, type ControllerProcess, Lab } from '#lab';

/** What bash makes of the script of `tenantflow completion bash`, with a controller to ask for names. */
let lab: Lab;
let controller: ControllerProcess;

beforeAll(async () => {
  lab = await Lab.create();
  controller = lab.controller();
  await controller.start();
  for (const name of ['red', 'red team', 'fa:16', 'blue', 'line\nend'])
    await controller.rest.create('network', { name });
});
afterAll(() => lab.stop());

const COMPLETE = `
source <(tenantflow completion bash)
complete -p tenantflow >&2
compopt() { echo "compopt $*"; }
COMP_WORDS=(tenantflow)
for COMP_LINE; do
  COMP_POINT=\${#COMP_LINE}
  _tenantflow
  printf '%s\\n' "\${COMPREPLY[@]}" ---
done
`;

/** Words that bash offers for each line, as it would put them in. */
async function offered(lines: readonly string[]): Promise<readonly (readonly string[])[]> {
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', COMPLETE, 'bash', ...lines], {
    env: { ...process.env, PATH: `${CHECKOUT}/bin:${process.env.PATH}` },
  });
  expect(stderr).toBe('complete -F _tenantflow tenantflow\n');
  const answers = stdout.split('---\n').slice(0, -1);
  return answers.map((answer) => answer.split('\n').filter(Boolean).sort());
}

describe('bash', () => {
  it.each([
    {
      what: 'commands, kinds, options and their values',
      lines: {
        'tenantflow de': ['delete', 'denied', 'describe'],
        'tenantflow get sw': ['sw', 'switch', 'switches'],
        'tenantflow get ports --o': ['--output'],
        'tenantflow get ports -o j': ['json'],
        'tenantflow completion ': ['bash', 'fish', 'zsh'],
        'tenantflow ofp e': ['encode'],
        'tenantflow apply -f ': ['compopt -o default'],
        'tenantflow nothing ': [],
      },
    },
    {
      what: 'names of what there is, quoted where they have to be, and those that are on the line no more',
      lines: {
        'tenantflow get networks ': ['blue', 'fa:16', 'red', 'red\\ team'],
        "tenantflow delete network 'red t": ['red\\ team'],
        'tenantflow describe net red red': ['red\\ team'],
        // bash has split the word at the colon and wants only what comes after it.
        'tenantflow get networks fa:': ['16'],
      },
    },
    {
      what: 'names that the controller has which the line says, and none when nobody answers',
      lines: {
        'tenantflow get networks --api http://127.0.0.1:9696 bl': ['blue'],
        'tenantflow get networks --api http://127.0.0.1:1 ': [],
      },
    },
  ])('completes $what', async ({ lines }) => {
    expect(await offered(Object.keys(lines))).toEqual(Object.values(lines));
  });
});

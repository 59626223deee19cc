import { parseArgs } from 'node:util';
import type { BigCloudOptions } from '../../lab/fleet/big-cloud.ts';

const PARTS = ['wide', 'one'] as const;

/** A cloud to be measured, and how many ports are added to it one by one. */
export interface Scene {
  readonly part: (typeof PARTS)[number];
  readonly cloud: BigCloudOptions;
  readonly adds: number;
}

/** Of all that happens by chance. */
export const SEED = 1;

const HELP = `npm run bench:width [-- OPTION…] [quick] [PART…]

Parts, all by default:
  wide  ports of many tenants: 20,000 on 1,000 switches; quick: 4,000 on 200
  one   ports of one network:  10,000 on 100 switches;   quick: 1,000 on 20

Options, for each part that is run:
  --switches N  how many switches
  --ports N     how many ports
  --adds N      ports added one by one; default 200, quick 50
`;

const SIZES = {
  wide: { whole: { hypervisors: 1_000, ports: 20_000 }, quick: { hypervisors: 200, ports: 4_000 } },
  one: { whole: { hypervisors: 100, ports: 10_000 }, quick: { hypervisors: 20, ports: 1_000 } },
} as const;

/** What is asked for on the command line. Ends the process on `--help`, and on what it does not understand. */
export function scenesOf(args: readonly string[]): readonly Scene[] {
  try {
    return parse(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    process.exit(2);
  }
}

function parse(args: readonly string[]): readonly Scene[] {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean' },
      switches: { type: 'string' },
      ports: { type: 'string' },
      adds: { type: 'string' },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const words: readonly string[] = ['quick', ...PARTS];
  const unknown = positionals.find((word) => !words.includes(word));
  if (unknown !== undefined) throw new Error(`no such part: ${unknown}`);
  const isQuick = positionals.includes('quick');
  const asked = PARTS.filter((part) => positionals.includes(part));
  return (asked.length === 0 ? PARTS : asked).map((part) => {
    const usual = SIZES[part][isQuick ? 'quick' : 'whole'];
    const hypervisors = countOf('switches', values.switches) ?? usual.hypervisors;
    const ports = countOf('ports', values.ports) ?? usual.ports;
    const oneNetwork = part === 'one' && { tenants: 1, networkSize: ports, trunkOneIn: 0 };
    return {
      part,
      cloud: { seed: SEED, hypervisors, ports, ...oneNetwork },
      adds: countOf('adds', values.adds) ?? (isQuick ? 50 : 200),
    };
  });
}

function countOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new Error(`--${name} ${text} is not a count`);
  return Number(text);
}

import { Command, Option } from 'commander';
import { loadSettings } from '#controller/config/config';
import { environmentName, SETTING_NAMES, SETTINGS } from '#controller/config/settings';
import type { RunningController } from '#controller/controller';
import { makeLog } from '#controller/log';
import { examples } from './help.ts';

/** `tenantflow serve`: runs the controller until SIGINT or SIGTERM. */
export function serveCommand(): Command {
  const command = new Command('serve')
    .description('Run the controller.')
    .option('--config <FILE>', 'YAML file whose keys are the names of the options below');
  for (const name of SETTING_NAMES) {
    const { value, doc, fallback } = SETTINGS[name];
    // A switch may stand alone: that turns it on.
    const argument = value === 'BOOLEAN' ? `[${value}]` : `<${value}>`;
    const otherwise = `default: ${fallback || 'none'}, or ${environmentName(name)}`;
    command.addOption(new Option(`--${name} ${argument}`, `${doc} (${otherwise})`));
  }
  command.addHelpText(
    'after',
    `
Flags win over the environment, and both over the file. Port 0 lets the system choose. SIGHUP reads tokens,
certificates and hypervisors again; SIGINT and SIGTERM stop it, and switches go on forwarding. The log is JSON lines on stdout.
${examples([
  ['tenantflow serve --data-dir /var/lib/tenantflow', 'the API on loopback, for everybody there'],
  ['tenantflow serve --config /etc/tenantflow.yaml', 'settings from a file'],
])}`,
  );
  return command.action(() => serve(command.opts()));
}

/** What commander makes of the flags; a switch that stands alone is true. */
interface ServeOptions {
  readonly config?: string;
  readonly [name: string]: string | true | undefined;
}

async function serve({ config, ...options }: ServeOptions): Promise<void> {
  const flags = Object.fromEntries(SETTING_NAMES.map((name) => [name, options[camelCase(name)]?.toString()]));
  const settings = loadSettings({ file: config, environment: process.env, flags });
  // Loaded here, because it takes longer than most other commands do.
  const { startController } = await import('#controller/controller');
  const log = makeLog(settings['log-level']);
  const stopped = stopSignal();
  let controller: RunningController | undefined;
  // From the beginning on: unhandled, the signal would end the process.
  process.on('SIGHUP', () => controller?.reload());
  controller = await startController(settings, log);
  const signal = await stopped;
  log.info({ signal }, 'stopping');
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  await controller.stop();
  log.info('stopped');
}

function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
}

/** commander's name of an option: `data-dir` is `dataDir`. */
function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

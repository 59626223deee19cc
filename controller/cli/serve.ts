import { Command, Option } from 'commander';
import { loadSettings } from '#controller/config/config';
import { environmentName, SETTING_NAMES, SETTINGS } from '#controller/config/settings';
import { startController } from '#controller/controller';
import { makeLog } from '#controller/log';
import { VERSION } from '#controller/version';

/** `tenantflow serve`: runs the controller until SIGINT or SIGTERM. */
export function serveCommand(): Command {
  const command = new Command('serve')
    .description('Run the controller.')
    .option('--config <FILE>', 'YAML file whose keys are the names of the options below');
  for (const name of SETTING_NAMES) {
    const { value, doc, fallback } = SETTINGS[name];
    // A switch may stand alone: that turns it on.
    const argument = value === 'BOOLEAN' ? `[${value}]` : `<${value}>`;
    const otherwise = [fallback, environmentName(name)].filter((each) => each !== '').join(', or ');
    command.addOption(new Option(`--${name} ${argument}`, `${doc} (default: ${otherwise})`).preset('true'));
  }
  command.addHelpText(
    'after',
    '\nFlags win over the environment, and both over the file. Port 0 lets the system choose.',
  );
  return command.action(() => serve(command.opts()));
}

async function serve(options: Readonly<Record<string, string | undefined>>): Promise<void> {
  const flags = Object.fromEntries(SETTING_NAMES.map((name) => [name, options[camelCase(name)]]));
  const settings = loadSettings({ file: options.config, environment: process.env, flags });
  const log = makeLog(settings['log-level']);
  log.info({ version: VERSION, pid: process.pid, node: process.version }, 'starting');
  const stopped = stopSignal();
  const controller = await startController(settings, log);
  process.on('SIGHUP', () => controller.reload());
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

import { runCli } from './cli/cli.ts';

// Not awaited: one file of all modules (scripts/bundle.ts) is no ES module, and cannot wait.
void runCli(process.argv).then((code) => {
  process.exitCode = code;
});

import { Command, Option } from 'commander';
import {
  CodecError,
  decode,
  encodeToBytes,
  type FlowModCommand,
  Framer,
  formatMessage,
  parseFlow,
  TextError,
  type TextNames,
  type TextNumbers,
} from 'openflow-codec';
import { CliError } from '../error.ts';
import { readLines } from '../lines.ts';
import { errorJson, hexOf, messageJson } from '../ofp-json.ts';
import { readNames } from '../ofp-names.ts';
import { Output } from '../output.ts';

/** Characters of a line: two for each byte of the longest message, and some space. */
const MAX_LINE = 200_000;

/** What ovs-ofctl does with a flow, by the word for it here. */
const COMMANDS: Readonly<Record<string, FlowModCommand>> = {
  add: 'add',
  modify: 'modify',
  'modify-strict': 'modifyStrict',
  delete: 'delete',
  'delete-strict': 'deleteStrict',
};

/** `tenantflow ofp`: OpenFlow messages as text, JSON and bytes, from stdin to stdout. */
export function ofpCommand(): Command {
  return new Command('ofp')
    .description('Read and write OpenFlow 1.3 messages, from stdin to stdout.')
    .addCommand(printCommand())
    .addCommand(jsonCommand())
    .addCommand(encodeCommand())
    .addHelpText(
      'after',
      `\nLines that fail are reported on stderr with their number, and the exit code is 1.`,
    );
}

function printCommand(): Command {
  return new Command('print')
    .description('Print messages, one in hex on each line, in the notation of ovs-ofctl.')
    .option('--binary', 'read messages as they are on the wire, one after the other')
    .addOption(namesOption('print names of ports and tables instead of numbers'))
    .addHelpText(
      'after',
      example('echo 0414000800000001 | tenantflow ofp print', 'OFPT_BARRIER_REQUEST (OF1.3) (xid=0x1):'),
    )
    .action(({ binary, names: files }: { binary?: boolean; names: readonly string[] }) => {
      const { names } = readNames(files);
      return binary ? printStream(names) : eachLine(printLine(names));
    });
}

function jsonCommand(): Command {
  return new Command('json')
    .description(
      'Decode messages, one in hex on each line, into one line of JSON each: {"message":…,"reencoded":"…"}, or {"error":…}. Integers of more than 32 bits are "0x…", bytes are hex.',
    )
    .addHelpText(
      'after',
      example(
        'echo 0414000800000001 | tenantflow ofp json',
        '{"message":{"type":"barrierRequest","xid":1},"reencoded":"0414000800000001"}',
      ),
    )
    .action(() => eachLine(jsonLine));
}

function encodeCommand(): Command {
  return new Command('encode')
    .description('Encode flows, one on each line in the notation of ovs-ofctl, as flow-mods in hex.')
    .addOption(
      new Option('--command <WORD>', 'what the flow-mod does').choices(Object.keys(COMMANDS)).default('add'),
    )
    .addOption(namesOption('understand these names of ports and tables'))
    .addHelpText(
      'after',
      example(
        "echo 'priority=10,ip,nw_dst=10.0.0.1,actions=output:1' | tenantflow ofp encode | tenantflow ofp print",
        'OFPT_FLOW_MOD (OF1.3) (xid=0x1): ADD priority=10,ip,nw_dst=10.0.0.1 actions=output:1',
      ),
    )
    .action(({ command, names: files }: { command: string; names: readonly string[] }) =>
      eachLine(encodeLine(COMMANDS[command] ?? 'add', readNames(files).numbers)),
    );
}

/** May be given more than once. */
function namesOption(purpose: string): Option {
  const add = (file: string, files: readonly string[]) => [...files, file];
  return new Option(
    '--names <FILE>',
    `${purpose}: lines such as "port 3 tap1" and "table 64 deliver", or what "ovs-ofctl show" prints`,
  )
    .default([], 'none')
    .argParser(add);
}

function example(command: string, output: string): string {
  return `\nExample:\n  $ ${command}\n  ${output}`;
}

/** What a line becomes; undefined for nothing. Throws CodecError and TextError. */
interface Conversion {
  convert(text: string): string | undefined;
  /** What is printed in place of a line that failed. */
  failed?(error: CodecError): string;
}

const printLine = (names: TextNames): Conversion => ({
  convert: (text) => (isComment(text) ? undefined : formatMessage(decode(bytesOf(text)), names)),
});

const jsonLine: Conversion = { convert: (text) => messageJson(bytesOf(text)), failed: errorJson };

/** The xids count from 1, as those of ovs-ofctl do. */
function encodeLine(command: FlowModCommand, numbers: TextNumbers): Conversion {
  let xid = 0;
  return {
    convert(text) {
      if (isComment(text)) return undefined;
      const flow = parseFlow(text, { command, xid: ++xid, numbers });
      return hexOf(encodeToBytes(flow));
    },
  };
}

/** Converts stdin to stdout line by line. Throws CliError when lines failed. */
async function eachLine({ convert, failed }: Conversion): Promise<void> {
  const output = new Output(process.stdout);
  let failures = 0;
  for await (const lines of readLines(process.stdin, MAX_LINE)) {
    let text = '';
    for (const line of lines) {
      try {
        if (line.text === undefined) throw sizeError();
        const converted = convert(line.text);
        if (converted !== undefined) text += `${converted}\n`;
      } catch (error) {
        if (!(error instanceof CodecError || error instanceof TextError)) throw error;
        failures++;
        report(`line ${line.number}: ${error.message}`);
        if (failed !== undefined && error instanceof CodecError) text += `${failed(error)}\n`;
      }
    }
    if (!(await output.write(text))) return;
  }
  if (failures > 0) throw new CliError(failures === 1 ? '1 line failed' : `${failures} lines failed`);
}

/** Prints the messages of a byte stream. Throws CliError when it is none, or when messages failed. */
async function printStream(names: TextNames): Promise<void> {
  const output = new Output(process.stdout);
  const framer = new Framer();
  let count = 0;
  let failures = 0;
  for await (const chunk of process.stdin) {
    let text = '';
    const print = (bytes: Uint8Array) => {
      count++;
      try {
        text += `${formatMessage(decode(bytes), names)}\n`;
      } catch (error) {
        if (!(error instanceof CodecError)) throw error;
        failures++;
        report(`message ${count}: ${error.message}`);
      }
    };
    try {
      framer.push(chunk, print);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      await output.write(text);
      throw new CliError(`after message ${count}: ${error.message}`);
    }
    if (!(await output.write(text))) return;
  }
  if (framer.buffered > 0) throw new CliError(`the stream ends inside of message ${count + 1}`);
  if (failures > 0) throw new CliError(failures === 1 ? '1 message failed' : `${failures} messages failed`);
}

function report(text: string): void {
  process.stderr.write(`tenantflow: ${text}\n`);
}

/** Nothing, or a comment, as in files of vectors and flows. */
function isComment(text: string): boolean {
  return /^\s*(?:#|$)/.test(text);
}

/** The bytes of hex digits, between which there may be blanks. Throws CodecError. */
function bytesOf(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, '');
  const wrong = /[^0-9a-f]/i.exec(digits);
  if (wrong !== null || digits.length % 2 !== 0) {
    throw new CodecError('OFC_VALUE', { struct: 'hex', offset: (wrong?.index ?? digits.length) >> 1 });
  }
  return Buffer.from(digits, 'hex');
}

function sizeError(): CodecError {
  return new CodecError('OFC_SIZE', { struct: 'line' });
}

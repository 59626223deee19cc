import type { Argument, Command, Option } from 'commander';

/** Where the last of some words stands in the command line. */
export interface Position {
  readonly command: Command;
  /** The word that is being typed; maybe ''. */
  readonly word: string;
  /** The option whose value the word is. */
  readonly option: Option | undefined;
  /** The argument that the word is; undefined after the last one. */
  readonly argument: Argument | undefined;
  /** Arguments before it. */
  readonly before: readonly string[];
  /** Values of the options before it, by their attribute names. */
  readonly values: Readonly<Record<string, string>>;
}

/** Walks along words as commander would, except that the last one may be half of what it is to be. */
export function walk(program: Command, words: readonly string[]): Position {
  const word = words.at(-1) ?? '';
  let command = program;
  let option: Option | undefined;
  let isRest = false;
  const before: string[] = [];
  const values: Record<string, string> = {};
  for (const each of words.slice(0, -1)) {
    if (option !== undefined) {
      values[option.attributeName()] = each;
      option = undefined;
    } else if (each === '--' && !isRest) {
      isRest = true;
    } else if (each.startsWith('-') && each !== '-' && !isRest) {
      const [flag, value] = each.split('=', 2);
      const found = command.options.find(({ long, short }) => long === flag || short === flag);
      if (found !== undefined && value !== undefined) values[found.attributeName()] = value;
      else if (found?.required) option = found;
    } else {
      const inner = command.commands.find((one) => one.name() === each || one.aliases().includes(each));
      if (inner === undefined || before.length > 0) before.push(each);
      else command = inner;
    }
  }
  const { registeredArguments: declared } = command;
  const last = declared.at(-1);
  const argument = declared[before.length] ?? (last?.variadic ? last : undefined);
  return { command, word, option, argument, before, values };
}

/**
 * Words of a line as far as it is typed; the last one is '' after a blank. Quotes and backslashes count as in a
 * shell.
 */
export function splitLine(line: string): readonly string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at);
    if (quote !== '') {
      if (char === quote) quote = '';
      else word += char;
    } else if (char === '\\') {
      at++;
      word += line.charAt(at);
    } else if (char === '"' || char === "'") quote = char;
    else if (/\s/.test(char)) {
      if (word !== '') words.push(word);
      word = '';
    } else word += char;
  }
  return [...words, word];
}

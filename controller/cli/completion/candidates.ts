import type { Command } from 'commander';
import { ApiClient } from '../client/client.ts';
import { type ClientOptions, endpointOf } from '../client/endpoint.ts';
import { CliError } from '../error.ts';
import { KINDS, wordsFor } from '../kinds/kinds.ts';
import { printable } from '../terminal.ts';
import { type Position, walk } from './walk.ts';

/** What a word may become: words, each with what it means; or names of files, which the shell knows. */
export type Candidates = readonly (readonly [word: string, meaning: string])[] | 'files';

/** Milliseconds that someone who pressed a key waits for a controller. */
const PATIENCE = 3_000;

/**
 * What the last of some words may become. A controller is only asked where names are wanted, and not waited for
 * long.
 */
export async function candidatesFor(program: Command, words: readonly string[]): Promise<Candidates> {
  const position = walk(program, words);
  const all = await allFor(position);
  return all === 'files' ? all : all.filter(([word]) => word.startsWith(position.word));
}

async function allFor(position: Position): Promise<Candidates> {
  const { command, word, option, argument, before } = position;
  if (option !== undefined) {
    if (option.flags.includes('<FILE>') || option.flags.includes('<DIR>')) return 'files';
    return (option.argChoices ?? []).map((choice) => [choice, '']);
  }
  if (word.startsWith('-')) {
    const options = command.createHelp().visibleOptions(command);
    return options.flatMap(({ long, description }) => (long ? [[long, description] as const] : []));
  }
  if (command.commands.length > 0 && before.length === 0) {
    const commands = command.createHelp().visibleCommands(command);
    return commands.map((each) => [each.name(), each.summary() || each.description()]);
  }
  switch (argument?.name()) {
    case 'KIND':
      // Their other words only where somebody begins one.
      return KINDS.flatMap((kind) =>
        (word === '' ? [kind.plural] : wordsFor(kind)).map(
          (each) => [each, each === kind.plural ? '' : kind.plural] as const,
        ),
      );
    case 'NAME':
      return namesOf(before[0] ?? '', position);
    case 'system-id':
      return namesOf('switch', position);
    case 'FILE':
      return 'files';
  }
  return (argument?.argChoices ?? []).map((choice) => [choice, '']);
}

/** Names of the objects of a kind that are not on the line yet; ids where they have none. */
async function namesOf(word: string, { values, before }: Position): Promise<Candidates> {
  const kind = KINDS.find((each) => wordsFor(each).includes(word));
  if (kind === undefined) return [];
  try {
    const api = new ApiClient(endpointOf(clientOptions(values), process.env), PATIENCE);
    const objects = await kind.list(api, []);
    const names = objects.map((object) =>
      kind.isOwned ? [kind.nameOf(object) || object.id, object.id] : [object.id, kind.nameOf(object)],
    );
    return (
      names
        .map(([name = '', meaning = '']) => [name, meaning] as const)
        // A line end or a control character is nothing that could be typed.
        .filter(([name]) => name === printable(name) && !before.includes(name))
    );
  } catch (error) {
    // Nobody answers, or not for this caller: that is no help, and no place for a message.
    if (error instanceof CliError) return [];
    throw error;
  }
}

function clientOptions({ api, token, tokenFile, caFile }: Readonly<Record<string, string>>): ClientOptions {
  return {
    ...(api === undefined ? {} : { api }),
    ...(token === undefined ? {} : { token }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
    ...(caFile === undefined ? {} : { caFile }),
  };
}

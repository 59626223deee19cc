import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { splitLine, walk } from './walk.ts';

describe('splitLine', () => {
  it.each([
    ['tenantflow', ['tenantflow']],
    ['tenantflow ', ['tenantflow', '']],
    ['a  b c', ['a', 'b', 'c']],
    [`a 'b c' "d e`, ['a', 'b c', 'd e']],
    ['a b\\ c', ['a', 'b c']],
    ['a --api http://h:1/ b', ['a', '--api', 'http://h:1/', 'b']],
    ['a\\', ['a']],
  ])('%j', (line, words) => {
    expect(splitLine(line)).toEqual(words);
  });
});

describe('walk', () => {
  const program = new Command('p').addCommand(
    new Command('get')
      .argument('<KIND>')
      .argument('[NAME...]')
      .option('-o, --output <FORMAT>')
      .option('-w, --watch')
      .addCommand(new Command('inner')),
  );
  const at = (...words: string[]) => {
    const { command, word, option, argument, before, values } = walk(program, words);
    return [command.name(), word, option?.long, argument?.name(), before, values];
  };

  it.each([
    [[''], ['p', '', undefined, undefined, [], {}]],
    [
      ['get', 'po'],
      ['get', 'po', undefined, 'KIND', [], {}],
    ],
    [
      ['get', 'ports', 'a', ''],
      ['get', '', undefined, 'NAME', ['ports', 'a'], {}],
    ],
    [
      ['get', '-w', 'ports', ''],
      ['get', '', undefined, 'NAME', ['ports'], {}],
    ],
    [
      ['get', '-o', ''],
      ['get', '', '--output', 'KIND', [], {}],
    ],
    [
      ['get', '--output', 'json', ''],
      ['get', '', undefined, 'KIND', [], { output: 'json' }],
    ],
    [
      ['get', '--output=json', ''],
      ['get', '', undefined, 'KIND', [], { output: 'json' }],
    ],
    [
      ['get', '--', '-o', ''],
      ['get', '', undefined, 'NAME', ['-o'], {}],
    ],
    [
      ['get', 'inner', ''],
      ['inner', '', undefined, undefined, [], {}],
    ],
    [
      ['get', 'ports', 'inner', ''],
      ['get', '', undefined, 'NAME', ['ports', 'inner'], {}],
    ],
  ])('%j', (words, wanted) => {
    expect(at(...words)).toEqual(wanted);
  });
});

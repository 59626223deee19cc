import type { Case, PortName, Security, Step } from './case.ts';
import { parsePacket, parsePort } from './parse-packet.ts';
import { parsePrefix, parseRule } from './parse-rule.ts';
import type { Rule } from './rule.ts';

interface Line {
  readonly number: number;
  readonly text: string;
}

/**
 * Reads a file of cases (test/firewall/README.md has the language). A case that `each` lines stand before is one for
 * each of their values. Throws Error, which names file and line.
 */
export function parseCases(file: string, text: string): readonly Case[] {
  const cases: Case[] = [];
  let values: Readonly<Record<string, string>>[] = [{}];
  let current: { readonly head: Line; readonly body: Line[] } | undefined;
  const finish = () => {
    const done = current;
    if (done) cases.push(...values.map((each) => caseOf(file, done.head, done.body, each)));
    if (done) values = [{}];
    current = undefined;
  };
  for (const [at, whole] of text.split('\n').entries()) {
    const line = { number: at + 1, text: whole.replace(/(^|\s)#.*/, '').trimEnd() };
    if (line.text === '') continue;
    if (line.text.startsWith('each ')) {
      finish();
      values = combined(values, eachOf(line.text));
    } else if (line.text.startsWith('case ')) {
      finish();
      current = { head: line, body: [] };
    } else if (/^\s/.test(line.text) && current) current.body.push(line);
    else throw new Error(`${file}:${line.number}: not a case: ${line.text}`);
  }
  finish();
  return cases;
}

/** `each $NAME $NUMBER: ah 51 | esp 50`. */
function eachOf(text: string): readonly Readonly<Record<string, string>>[] {
  const at = text.indexOf(':');
  const [head, rows] = [text.slice('each '.length, at), text.slice(at + 1)];
  const names = head.trim().split(/\s+/);
  return rows.split('|').map((row) => {
    const words = row.trim().split(/\s+/);
    return Object.fromEntries(names.map((name, at) => [name, words[at] ?? '']));
  });
}

function combined<T extends object>(first: readonly T[], second: readonly T[]): T[] {
  return first.flatMap((one) => second.map((other) => ({ ...one, ...other })));
}

function caseOf(
  file: string,
  head: Line,
  body: readonly Line[],
  values: Readonly<Record<string, string>>,
): Case {
  const filled = (text: string) => text.replace(/\$[A-Z]+/g, (name) => values[name] ?? name);
  const steps = body.flatMap(({ number, text }) => {
    try {
      return stepsOf(filled(text).trim(), number);
    } catch (error) {
      throw new Error(`${file}:${number}: ${(error as Error).message}`);
    }
  });
  return { name: filled(head.text.slice('case '.length)), file, line: head.number, steps };
}

function stepsOf(text: string, line: number): readonly Step[] {
  if (/^\S+ > /.test(text)) return [sendOf(text, line)];
  const [first = '', second = ''] = text.split(/\s+/);
  if (first === 'restart' || first === 'recovered') return [{ step: first }];
  if (first === 'wait') return [{ step: 'wait', seconds: Number(second) }];
  if (first === 'unplug' || first === 'plug') return [{ step: first, port: parsePort(second) }];
  const [, name = '', rest = ''] = /^([^:]+):(.*)$/.exec(text) ?? [];
  const group = /^group (\w+)( stateless)?$/.exec(name);
  if (group)
    return [
      { step: 'group', name: group[1] ?? '', isStateful: !group[2], rules: partsOf(rest).map(parseRule) },
    ];
  return name.split(/\s+/).map((each) => portStep(parsePort(each), partsOf(rest)));
}

function portStep(port: PortName, parts: readonly string[]): Step {
  if (parts[0] === 'off') return { step: 'port', port };
  const rules: Rule[] = [];
  const [groups, pairs]: [string[], Security['pairs'][number][]] = [[], []];
  for (const part of parts.filter((each) => each !== 'none')) {
    if (part.startsWith('+')) groups.push(...part.split(/\s+/).map((each) => each.slice(1)));
    else if (part.startsWith('also ')) pairs.push(parsePrefix(part.slice('also '.length)));
    else rules.push(parseRule(part));
  }
  return { step: 'port', port, security: { groups, rules, pairs } };
}

function sendOf(text: string, line: number): Step {
  // The last colon: addresses have some, too.
  const at = text.lastIndexOf(' : ');
  if (at < 0) throw new Error(`who gets it? ${text}`);
  const send = parsePacket(text.slice(0, at));
  const verdict = text.slice(at + 3).trim();
  if (verdict === 'no') return { step: 'send', send, expected: [], line };
  if (verdict !== 'yes')
    return {
      step: 'send',
      send,
      expected: verdict
        .split(/\s+/)
        .map((each) => parsePort(each).text)
        .sort(),
      line,
    };
  if (!send.to) throw new Error('yes is no answer to: who of all?');
  return { step: 'send', send, expected: [send.to.text], line };
}

function partsOf(text: string): readonly string[] {
  return text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

import { readFileSync } from 'node:fs';
import { PORT, type TextNames, type TextNumbers } from 'openflow-codec';
import { UsageError } from './error.ts';

/** Names of ports and tables, both ways. */
export interface OfpNames {
  readonly names: TextNames;
  readonly numbers: TextNumbers;
}

/** What may have names, and the greatest number that it has. */
const MOST = { port: PORT.max, table: 254 } as const;

/** A line of our own, and those in which Open vSwitch tells of ports and tables. */
const OWN = /^(port|table)\s+(\d+)\s+(\S.*)$/;
const SHOWN_PORT = /^\s*(\d+|LOCAL)\((.+)\): addr:/;
const SHOWN_TABLE = /^\s*table (\d+) \("(.+)"\):/;

/**
 * Reads the names in files: lines such as `port 3 tap1` and `table 64 deliver`, and what `ovs-ofctl show` and
 * `ovs-ofctl dump-table-features` print; all other lines must be empty or comments, but for those that Open vSwitch prints
 * around its own. Throws UsageError, with the place, for what is no name or contradicts another.
 */
export function readNames(files: readonly string[]): OfpNames {
  const tables = { port: new NameTable(), table: new NameTable() };
  for (const file of files) {
    const lines = textOf(file).split(/\r?\n/);
    const isShown = lines.some((line) => SHOWN_PORT.test(line) || SHOWN_TABLE.test(line));
    for (const [index, line] of lines.entries()) {
      const found = nameIn(line);
      const place = `${file}, line ${index + 1}`;
      if (found !== undefined) tables[found.kind].add(found.number, found.name, found.kind, place);
      else if (!isShown && !/^\s*(?:#|$)/.test(line)) {
        throw new UsageError(`${place}: expected port NUMBER NAME or table NUMBER NAME`);
      }
    }
  }
  const { port, table } = tables;
  return {
    names: { port: (number) => port.names.get(number), table: (number) => table.names.get(number) },
    numbers: { port: (name) => port.numbers.get(name), table: (name) => table.numbers.get(name) },
  };
}

interface Named {
  readonly kind: keyof typeof MOST;
  readonly number: number;
  readonly name: string;
}

/** Undefined for a line without a name. */
function nameIn(line: string): Named | undefined {
  const [own, kind, ownNumber, ownName = ''] = OWN.exec(line) ?? [];
  if (own !== undefined) {
    return { kind: kind === 'port' ? 'port' : 'table', number: Number(ownNumber), name: ownName.trim() };
  }
  const [port, portNumber, portName = ''] = SHOWN_PORT.exec(line) ?? [];
  if (port !== undefined) {
    const number = portNumber === 'LOCAL' ? PORT.local : Number(portNumber);
    return { kind: 'port', number, name: portName };
  }
  const [table, tableNumber, tableName = ''] = SHOWN_TABLE.exec(line) ?? [];
  return table === undefined ? undefined : { kind: 'table', number: Number(tableNumber), name: tableName };
}

/** One name a number, and one number a name. */
class NameTable {
  readonly names = new Map<number, string>();
  readonly numbers = new Map<string, number>();

  add(number: number, name: string, kind: keyof typeof MOST, place: string): void {
    if (number > MOST[kind] && number !== PORT.local) {
      throw new UsageError(`${place}: a ${kind} is ${MOST[kind]} at most`);
    }
    const [otherName, otherNumber] = [this.names.get(number), this.numbers.get(name)];
    if (otherName !== undefined && otherName !== name) {
      throw new UsageError(`${place}: ${kind} ${number} is ${JSON.stringify(otherName)} already`);
    }
    if (otherNumber !== undefined && otherNumber !== number) {
      throw new UsageError(`${place}: ${kind} ${otherNumber} has the name ${JSON.stringify(name)} already`);
    }
    this.names.set(number, name);
    this.numbers.set(name, number);
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

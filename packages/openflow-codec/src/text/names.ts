import { PORT } from '../constants.ts';
import { parseNumber } from './number.ts';
import { type Slice, unexpected } from './slice.ts';

/** Names to print instead of numbers, as `ovs-ofctl --names` does; numbers stay where there is no name. */
export interface TextNames {
  readonly port?: (port: number) => string | undefined;
  readonly table?: (table: number) => string | undefined;
}

/** The inverse of TextNames, for parsing: numbers are understood with and without it. */
export interface TextNumbers {
  readonly port?: (name: string) => number | undefined;
  readonly table?: (name: string) => number | undefined;
}

const RESERVED: ReadonlyMap<number, string> = new Map([
  [PORT.unset, 'UNSET'],
  [PORT.inPort, 'IN_PORT'],
  [PORT.table, 'TABLE'],
  [PORT.normal, 'NORMAL'],
  [PORT.flood, 'FLOOD'],
  [PORT.all, 'ALL'],
  [PORT.controller, 'CONTROLLER'],
  [PORT.local, 'LOCAL'],
  [PORT.any, 'ANY'],
]);
const RESERVED_NUMBERS: ReadonlyMap<string, number> = new Map([
  ...Array.from(RESERVED, ([port, name]) => [name, port] as const),
  ['NONE', PORT.any],
]);

/** Ports of OpenFlow 1.0 from here on are reserved, and 0xffff0000 higher in later versions. */
const FIRST_SHORT_RESERVED = 0xff00;
const SHORT_PORTS = 0x10000;
const RESERVED_OFFSET = 0xffff0000;

/** A port as ovs-ofctl writes it: a reserved name, a name of the caller's, or the number. */
export function portText(port: number, names: TextNames): string {
  const reserved = RESERVED.get(port);
  if (reserved !== undefined) return reserved;
  const name = names.port?.(port);
  if (name !== undefined) return quoted(name);
  return String(port > PORT.max ? port - RESERVED_OFFSET : port);
}

/** True for a port with a reserved name, which actions write without `output:`. */
export function isReservedPort(port: number): boolean {
  return RESERVED.has(port);
}

/** A port by number or name, in OpenFlow 1.3's 32 bits; undefined when it is neither. */
export function portOf({ text, at }: Slice, numbers: TextNumbers): number | undefined {
  if (/^(?:0x[0-9a-f]+|\d+)$/i.test(text)) {
    const port = parseNumber({ text, at }, 32, 'a port number');
    if (port < FIRST_SHORT_RESERVED || port > PORT.max) return port;
    return port < SHORT_PORTS ? port + RESERVED_OFFSET : undefined;
  }
  return RESERVED_NUMBERS.get(text.toUpperCase()) ?? numbers.port?.(unquoted(text));
}

/** As portOf. Throws OFT_VALUE when it is no port. */
export function parsePort(slice: Slice, numbers: TextNumbers): number {
  const port = portOf(slice, numbers);
  if (port === undefined) throw unexpected('OFT_VALUE', slice, 'a port');
  return port;
}

/** A table as ovs-ofctl writes it. */
export function tableText(table: number, names: TextNames): string {
  const name = names.table?.(table);
  return name === undefined ? String(table) : quoted(name);
}

/** A table by number or name. Throws OFT_VALUE. */
export function parseTable(slice: Slice, numbers: TextNumbers): number {
  return numbers.table?.(unquoted(slice.text)) ?? parseNumber(slice, 8, 'a table');
}

/** As it is where it is a plain word, in quotes as in JSON otherwise. */
function quoted(name: string): string {
  return /^[A-Za-z_][\w-]*$/.test(name) ? name : JSON.stringify(name);
}

function unquoted(text: string): string {
  if (!/^".*"$/.test(text)) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}

/** Names to print instead of numbers, as `ovs-ofctl --names` does; numbers stay where there is no name. */
export interface TextNames {
  readonly port?: (port: number) => string | undefined;
  readonly table?: (table: number) => string | undefined;
}

const RESERVED: ReadonlyMap<number, string> = new Map([
  [0xfffffff7, 'UNSET'],
  [0xfffffff8, 'IN_PORT'],
  [0xfffffff9, 'TABLE'],
  [0xfffffffa, 'NORMAL'],
  [0xfffffffb, 'FLOOD'],
  [0xfffffffc, 'ALL'],
  [0xfffffffd, 'CONTROLLER'],
  [0xfffffffe, 'LOCAL'],
  [0xffffffff, 'ANY'],
]);

/** A port as ovs-ofctl writes it: a reserved name, a name of the caller's, or the number. */
export function portText(port: number, names: TextNames): string {
  return RESERVED.get(port) ?? names.port?.(port) ?? String(port);
}

/** True for a port with a reserved name, which actions write without `output:`. */
export function isReservedPort(port: number): boolean {
  return RESERVED.has(port);
}

/** A table as ovs-ofctl writes it. */
export function tableText(table: number, names: TextNames): string {
  return names.table?.(table) ?? String(table);
}

import { decodeInstructions, decodeMatch, formatInstructions, formatMatch } from 'openflow-codec';
import type { Flow } from './flow.ts';
import type { Layout } from './layout.ts';

/** A flow in the notation of ovs-ofctl, with tables by name. */
export function printFlow(flow: Flow, layout: Layout): string {
  const names = { table: (id: number) => layout.nameOf(id) };
  const match = formatMatch(decodeMatch(flow.match), names);
  const head = [`table=${layout.nameOf(flow.tableId) ?? flow.tableId}`, `priority=${flow.priority}`, match];
  const actions = formatInstructions(decodeInstructions(flow.instructions), names);
  return `${head.filter(Boolean).join(',')} actions=${actions}`;
}

/** Flows one a line in the order of a packet's way: by table, the highest priority first. */
export function printFlows(flows: Iterable<Flow>, layout: Layout): string {
  const ordered = [...flows].sort(
    (a, b) => a.tableId - b.tableId || b.priority - a.priority || (a.key < b.key ? -1 : 1),
  );
  return ordered.map((flow) => `${printFlow(flow, layout)}\n`).join('');
}

import {
  decodeMatch,
  encodeToBytes,
  type FlowMod,
  type FlowStatsRequest,
  formatMatch,
  parseFlow,
  walkFlowStats,
} from 'openflow-codec';
import { describe, expect, it } from 'vitest';
import { FlowTable, flowModBody } from './flow-table.ts';

const ANY = 0xffffffff;
const ALL: FlowStatsRequest = {
  tableId: 0xff,
  outPort: ANY,
  outGroup: ANY,
  cookie: 0n,
  cookieMask: 0n,
  match: [],
};

/** A table that was told these flow-mods, in the words of ovs-ofctl. */
function tableOf(...commands: readonly (readonly [command: FlowMod['command'], flow: string])[]): FlowTable {
  const table = new FlowTable();
  for (const [command, text] of commands) {
    table.apply(flowModBody(encodeToBytes(parseFlow(text, { command }))));
  }
  return table;
}

function shown(table: FlowTable, request: Partial<FlowStatsRequest> = {}): readonly string[] {
  const lines: string[] = [];
  for (const body of table.stats({ ...ALL, ...request }))
    walkFlowStats(body, (flow) =>
      lines.push(
        `${flow.tableId} ${flow.cookieLo} ${flow.priority} ${formatMatch(decodeMatch(flow.match()))}`,
      ),
    );
  return lines;
}

const WEB = ['add', 'table=1,cookie=5,priority=10,tcp,tp_dst=80,actions=drop'] as const;
const NET = ['add', 'table=1,cookie=6,priority=10,ip,nw_dst=10.0.0.0/8,actions=drop'] as const;
const ARP = ['add', 'table=2,cookie=7,priority=9,arp,actions=drop'] as const;

describe('FlowTable', () => {
  it('keeps one flow per table, priority and match, and gives them back', () => {
    const table = tableOf(WEB, NET, ARP, WEB);
    expect(shown(table)).toEqual(['1 5 10 tcp,tp_dst=80', '1 6 10 ip,nw_dst=10.0.0.0/8', '2 7 9 arp']);
    expect(shown(table, { tableId: 2 })).toEqual(['2 7 9 arp']);
    expect(shown(table, { cookie: 6n, cookieMask: 7n })).toEqual(['1 6 10 ip,nw_dst=10.0.0.0/8']);
    expect(shown(table, { match: [{ field: 'eth_type', value: 0x806 }] })).toEqual(['2 7 9 arp']);
  });

  it('deletes strictly or what lies within a match, and only what has the cookie', () => {
    const every = [WEB, NET, ARP] as const;
    expect(tableOf(...every, ['deleteStrict', 'table=1,priority=10,tcp,tp_dst=80']).size).toBe(2);
    expect(tableOf(...every, ['deleteStrict', 'table=1,priority=9,tcp,tp_dst=80']).size).toBe(3);
    expect(tableOf(...every, ['deleteStrict', 'table=1,cookie=6/-1,priority=10,tcp,tp_dst=80']).size).toBe(3);
    expect(tableOf(...every, ['delete', 'table=1,ip']).size).toBe(1);
    expect(tableOf(...every, ['delete', 'table=1,ip,nw_dst=10.1.0.0/16']).size).toBe(3);
    expect(tableOf(...every, ['delete', 'table=1,ip,nw_dst=0.0.0.0/1']).size).toBe(2);
    expect(tableOf(...every, ['delete', 'cookie=4/4']).size).toBe(0);
    expect(tableOf(...every, ['delete', 'cookie=2/2']).size).toBe(1);
  });
});

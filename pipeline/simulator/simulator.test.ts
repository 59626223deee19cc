import { flowMod, PORT, parseFlow } from 'openflow-codec';
import { describe, expect, it } from 'vitest';
import { makeFlow } from '../flow.ts';
import { codeOf } from './code-of-fixture.ts';
import { findOverlaps } from './find-overlaps.ts';
import { A, B, frame, hex, tcp, udp, vlan } from './frames-fixture.ts';
import { Simulator, type SimulatorOptions } from './simulator.ts';

/** A simulator with flows in the notation of ovs-ofctl. */
function withFlows(flows: string, options: SimulatorOptions = {}): Simulator {
  const simulator = new Simulator(options);
  simulator.addFlows(flows);
  return simulator;
}

/** Ports and frames that leave, in hexadecimal. */
function sent(simulator: Simulator, bytes: Uint8Array, inPort = 1, now?: number): string[] {
  return simulator.send({ inPort, bytes }, now).outputs.map(({ port, bytes: out }) => `${port} ${hex(out)}`);
}

const ports = (simulator: Simulator, bytes: Uint8Array, inPort = 1) =>
  simulator.send({ inPort, bytes }).outputs.map(({ port }) => port);

describe('tables', () => {
  it('are walked by goto_table, and hand on metadata and registers', () => {
    const simulator = withFlows(`
      table=0,in_port=1,actions=load:5->NXM_NX_REG1[4..11],write_metadata:0x100000007/0xf0000000f,goto_table:9
      table=9,priority=2,reg1=0x50/0xff0,metadata=0x100000007,actions=output:2
      table=9,priority=1,actions=output:3`);
    expect(ports(simulator, frame())).toEqual([2]);
    expect(ports(simulator, frame(), 4)).toEqual([]);
  });

  it('say where a packet went, for an explanation', () => {
    const simulator = withFlows('table=0,cookie=7,priority=3,actions=resubmit(,5),output:2');
    const { steps } = simulator.send({ inPort: 1, bytes: frame() });
    expect(steps).toMatchObject([
      { step: 'table', table: 0, depth: 0, rule: { priority: 3, cookie: 7n } },
      { step: 'table', table: 5, depth: 1 },
    ]);
    expect(steps[1]).not.toHaveProperty('rule');
  });

  it('count what they matched', () => {
    const simulator = withFlows('table=0,actions=resubmit(,1),resubmit(,1)\ntable=1,actions=');
    simulator.send({ inPort: 1, bytes: frame() });
    const counts = simulator
      .flows()
      .map(({ tableId, packetCount, byteCount }) => [tableId, packetCount, byteCount]);
    expect(counts).toEqual([
      [0, 1, frame().length],
      [1, 2, 2 * frame().length],
    ]);
  });
});

describe('output', () => {
  it('never goes back by the port it came from, unless it is told so or in_port is forgotten', () => {
    expect(ports(withFlows('actions=output:1,output:2'), frame())).toEqual([2]);
    expect(ports(withFlows('actions=IN_PORT'), frame())).toEqual([1]);
    expect(ports(withFlows('actions=load:0->NXM_OF_IN_PORT[],output:1'), frame())).toEqual([1]);
  });

  it('goes only to ports that exist', () => {
    expect(ports(withFlows('actions=output:2,output:3,output:LOCAL', { ports: [1, 3] }), frame())).toEqual([
      3,
      PORT.local,
    ]);
  });

  it('reads its port from a register', () => {
    expect(ports(withFlows('actions=load:7->NXM_NX_REG6[],output:NXM_NX_REG6[]'), frame())).toEqual([7]);
  });

  it('to a tunnel carries key and addresses, and never returns whence it came', () => {
    const simulator = withFlows('actions=set_field:10.0.0.9->tun_dst,set_field:77->tun_id,output:5', {
      tunnelPorts: new Map([[5, { address: 0x0a000001 }]]),
    });
    const { outputs } = simulator.send({ inPort: 1, bytes: frame() });
    expect(outputs).toMatchObject([{ port: 5, tunnel: { id: 77n, src: 0x0a000001, dst: 0x0a000009 } }]);
    const back = simulator.send({ inPort: 1, bytes: frame(), tunnel: { id: 1n, src: 1, dst: 0x0a000009 } });
    expect(back.outputs).toEqual([]);
  });

  it('to the controller says why', () => {
    const reasons = (flows: string) =>
      withFlows(flows)
        .send({ inPort: 1, bytes: frame() })
        .toController.map(({ reason, maxLength }) => [reason, maxLength]);
    expect(reasons('priority=0,actions=controller:99')).toEqual([[0, 99]]);
    expect(reasons('priority=1,actions=controller')).toEqual([[1, 65_535]]);
  });
});

describe('a frame', () => {
  it('with two tags shows the inner one as its type once the outer is gone (vlan-limit 1)', () => {
    const simulator = withFlows(`
      table=0,dl_vlan=100,actions=pop_vlan,goto_table:1
      table=1,priority=2,dl_type=0x8100,actions=output:9
      table=1,priority=1,actions=output:2`);
    expect(ports(simulator, vlan(100, udp()))).toEqual([2]);
    expect(sent(simulator, vlan(100, vlan(8, udp())))).toEqual([`9 ${hex(vlan(8, udp()))}`]);
  });

  it('is tagged and untagged', () => {
    const push = withFlows('actions=push_vlan:0x8100,set_field:4196->vlan_vid,output:2');
    expect(sent(push, udp())).toEqual([`2 ${hex(vlan(100, udp()))}`]);
    expect(sent(push, vlan(7, udp()))).toEqual([`2 ${hex(vlan(100, vlan(7, udp())))}`]);
  });

  it('of a fragment has ports as the switch is told', () => {
    const flows = 'priority=2,udp,tp_dst=53,actions=output:2\npriority=1,udp,actions=output:3';
    const [first, later] = [udp({ fragment: 0x2000 }), udp({ fragment: 1 })];
    const at = (fragments: SimulatorOptions['fragments'], bytes: Uint8Array) =>
      ports(withFlows(flows, fragments && { fragments }), bytes);
    expect([at('normal', first), at('normal', later)]).toEqual([[3], [3]]);
    expect([at('nx-match', first), at('nx-match', later)]).toEqual([[2], [3]]);
    expect([at('drop', first), at('drop', udp())]).toEqual([[], [2]]);
  });

  it('lacks fields of other protocols: setting them does nothing', () => {
    const simulator = withFlows(
      'table=0,actions=resubmit(,1),output:2\ntable=1,udp,actions=set_field:9->udp_dst',
    );
    expect(sent(simulator, tcp())).toEqual([`2 ${hex(tcp())}`]);
    expect(sent(simulator, udp())).not.toEqual([`2 ${hex(udp())}`]);
  });
});

describe('copies', () => {
  it('of clone and of a group are isolated, and what resubmit changes is not', () => {
    const change =
      'table=1,actions=set_field:9->reg1\ntable=2,priority=2,reg1=9,actions=output:9\ntable=2,priority=1,actions=output:2';
    expect(ports(withFlows(`${change}\ntable=0,actions=clone(resubmit(,1)),goto_table:2`), frame())).toEqual([
      2,
    ]);
    expect(ports(withFlows(`${change}\ntable=0,actions=resubmit(,1),goto_table:2`), frame())).toEqual([9]);
    const simulator = withFlows(`${change}\ntable=0,actions=group:7,goto_table:2`);
    simulator.groupMod({
      type: 'groupMod',
      xid: 0,
      command: 'add',
      groupType: 'all',
      group: 7,
      buckets: [5, 6].map((port) => ({
        weight: 0,
        watchPort: PORT.any,
        watchGroup: PORT.any,
        actions: [
          { action: 'output', port, maxLength: 0 },
          { action: 'set_field', field: 'reg1', value: 9 },
        ],
      })),
    });
    expect(ports(simulator, frame())).toEqual([5, 6, 2]);
  });

  it('are made by an action set at the very end, in its own order', () => {
    const simulator = withFlows(`
      table=0,actions=write_actions(output:3,push_vlan:0x8100),goto_table:1
      table=1,actions=output:2`);
    expect(sent(simulator, udp())).toEqual([`2 ${hex(udp())}`, `3 ${hex(vlan(0, udp()))}`]);
  });
});

describe('limits', () => {
  /** Resubmits to `count` tables in a row, each of which resubmits 16 times to the next. */
  const tree = (levels: number) =>
    Array.from({ length: levels }, (_, table) => {
      const actions = Array.from({ length: 16 }, () => `resubmit(,${table + 1})`).join();
      return `table=${table},actions=output:2,${actions}`;
    }).join('\n');

  it('allow 4096 look-ups after the first and drop the whole packet at one more', () => {
    const fits = withFlows(tree(2)).send({ inPort: 1, bytes: frame() });
    expect([fits.error, fits.resubmits, fits.outputs.length]).toEqual([undefined, 16 + 256, 17]);
    const tooMany = withFlows(tree(3)).send({ inPort: 1, bytes: frame() });
    expect([tooMany.error, tooMany.resubmits, tooMany.outputs]).toEqual(['tooManyResubmits', 4096, []]);
  });

  it('allow 64 resubmits that do not go forward', () => {
    const { error, resubmits } = withFlows('actions=output:2,resubmit(,0)').send({
      inPort: 1,
      bytes: frame(),
    });
    expect([error, resubmits]).toEqual(['tooDeep', 64]);
  });
});

describe('conjunctions', () => {
  const simulator = withFlows(`
    priority=9,ip,nw_src=10.0.0.1,actions=conjunction(5,1/2)
    priority=9,udp,tp_dst=53,actions=conjunction(5,2/2)
    priority=9,tcp,tp_dst=80,actions=conjunction(5,2/2)
    priority=3,conj_id=5,actions=output:2
    priority=1,actions=output:3`);

  it('match when one of each clause does', () => {
    expect(ports(simulator, udp())).toEqual([2]);
    expect(ports(simulator, tcp())).toEqual([2]);
    expect(ports(simulator, udp({ source: B }))).toEqual([3]);
    expect(ports(simulator, udp({ toPort: 54 }))).toEqual([3]);
  });
});

describe('flow-mods', () => {
  const remaining = (mods: readonly string[]) => {
    const simulator = withFlows(`
      priority=1,ip,actions=output:1
      priority=2,ip,nw_src=10.0.0.1,cookie=5,actions=output:2
      priority=2,table=3,ip,actions=output:3`);
    for (const mod of mods) simulator.flowMod(parseFlow(mod, { command: 'delete' }));
    return simulator.flows().map(({ tableId, priority }) => `${tableId}/${priority}`);
  };

  it('delete what they subsume, by table, cookie and port', () => {
    expect(remaining(['ip'])).toEqual([]);
    expect(remaining(['table=0,ip'])).toEqual(['3/2']);
    expect(remaining(['ip,nw_src=10.0.0.1'])).toEqual(['0/1', '3/2']);
    expect(remaining(['cookie=5/-1'])).toEqual(['0/1', '3/2']);
    expect(remaining(['out_port=3'])).toEqual(['0/1', '0/2']);
  });

  it('delete strictly only the very same', () => {
    const simulator = withFlows('priority=1,ip,actions=output:5\npriority=2,ip,actions=output:6');
    simulator.flowMod(parseFlow('table=0,priority=2,ip', { command: 'deleteStrict' }));
    expect(ports(simulator, udp())).toEqual([5]);
    simulator.flowMod(parseFlow('table=0,priority=1', { command: 'deleteStrict' }));
    expect(ports(simulator, udp())).toEqual([5]);
  });

  it('modify actions, and neither cookie, counters nor times', () => {
    const simulator = withFlows('cookie=5,idle_timeout=9,ip,actions=output:1');
    simulator.send({ inPort: 1, bytes: udp() });
    simulator.flowMod(parseFlow('ip,actions=output:4', { command: 'modify' }));
    expect(simulator.flows()).toMatchObject([{ cookie: 5n, idleTimeout: 9, packetCount: 1 }]);
    expect(ports(simulator, udp())).toEqual([4]);
    simulator.flowMod(parseFlow('arp,actions=output:4', { command: 'modifyStrict' }));
    expect(simulator.flows()).toHaveLength(1);
  });

  it('are refused when they overlap and must not', () => {
    const simulator = withFlows('priority=5,ip,nw_src=10.0.0.1,actions=');
    const add = (text: string) => () => simulator.flowMod(parseFlow(text));
    expect(codeOf(add('priority=5,check_overlap,ip,nw_dst=10.0.0.2,actions='))).toBe('SIM_OVERLAP');
    expect(codeOf(add('priority=5,check_overlap,ip,nw_src=10.0.0.2,actions='))).toBe('nothing thrown');
  });

  it('with what is not modelled are refused and change nothing', () => {
    const simulator = new Simulator();
    const add = (text: string) => () => simulator.flowMod(parseFlow(text));
    expect(codeOf(add('ip,actions=ct(force,commit)'))).toBe('SIM_UNSUPPORTED');
    expect(codeOf(add('actions=NORMAL'))).toBe('SIM_UNSUPPORTED');
    expect(codeOf(add('mpls,mpls_label=3,actions='))).toBe('SIM_UNSUPPORTED');
    expect(
      codeOf(() =>
        simulator.flowMod(flowMod({ tableId: 4, instructions: [{ instruction: 'goto_table', table: 4 }] })),
      ),
    ).toBe('SIM_GOTO_BACK');
    expect(simulator.flows()).toEqual([]);
  });
});

describe('timeouts', () => {
  it('count from the last packet, or from the flow itself', () => {
    const simulator = withFlows(
      'priority=1,idle_timeout=10,udp,actions=output:2\npriority=2,hard_timeout=30,tcp,actions=output:3',
    );
    expect(sent(simulator, udp(), 1, 9_000)).toHaveLength(1);
    expect(simulator.expire(19_000)).toEqual([]);
    expect(simulator.expire(19_001)).toMatchObject([{ priority: 1, packetCount: 1 }]);
    expect(sent(simulator, tcp(), 1, 30_000)).toHaveLength(1);
    expect(sent(simulator, tcp(), 1, 30_001)).toHaveLength(0);
    expect(codeOf(() => simulator.expire(30_000))).toBe('SIM_TIME');
  });

  it('shrink when a connection ends', () => {
    const simulator = withFlows('idle_timeout=60,tcp,actions=fin_timeout(idle_timeout=2),output:2');
    sent(simulator, tcp(), 1, 0);
    expect(simulator.expire(60_000)).toEqual([]);
    sent(simulator, tcp({ flags: 0x11 }), 1, 60_000);
    expect(simulator.expire(62_000)).toEqual([]);
    expect(simulator.expire(62_001)).toHaveLength(1);
  });
});

describe('learn', () => {
  const learning = (options: string) =>
    withFlows(`
      table=0,priority=9,udp,in_port=1,actions=learn(table=7,${options},cookie=0x33,eth_type=0x800,nw_proto=17,NXM_OF_IP_SRC[]=NXM_OF_IP_DST[],NXM_OF_UDP_SRC[]=NXM_OF_UDP_DST[],load:1->NXM_NX_REG0[0]),resubmit(,7),output:2
      table=0,priority=1,actions=resubmit(,7),goto_table:8
      table=8,reg0=1/1,actions=output:1`);
  const answer = udp({ source: B, target: A, fromPort: 53, toPort: 1024 });

  it('lets the answer through, until it is idle', () => {
    const simulator = learning('idle_timeout=10');
    expect(sent(simulator, answer, 2)).toEqual([]);
    const { steps } = simulator.send({ inPort: 1, bytes: udp() });
    // The packet that teaches does not see what it taught.
    expect(steps.at(-1)).toEqual({ step: 'table', depth: 1, table: 7 });
    expect(simulator.flows().at(-1)).toMatchObject({ tableId: 7, cookie: 0x33n, idleTimeout: 10 });
    expect(sent(simulator, answer, 2, 10_000)).toEqual([`1 ${hex(answer)}`]);
    expect(sent(simulator, answer, 2, 20_001)).toEqual([]);
  });

  it('stops at its limit', () => {
    const simulator = learning('idle_timeout=10,limit=2');
    for (const toPort of [53, 54, 55]) simulator.send({ inPort: 1, bytes: udp({ toPort }) });
    expect(simulator.flows().filter(({ tableId }) => tableId === 7)).toHaveLength(2);
  });

  it('is forgotten with the flow that learned, when it says so', () => {
    for (const [options, count] of [
      ['delete_learned', 0],
      ['idle_timeout=10', 1],
    ] as const) {
      const simulator = learning(options);
      simulator.send({ inPort: 1, bytes: udp() });
      simulator.flowMod(parseFlow('table=0', { command: 'delete' }));
      expect(simulator.flows().filter(({ tableId }) => tableId === 7)).toHaveLength(count);
    }
  });
});

describe('findOverlaps', () => {
  const flow = (priority: number, match: Parameters<typeof makeFlow>[3], table = 5) =>
    makeFlow(1, priority, { hi: 0, lo: 0 }, match, [{ instruction: 'goto_table', table }]);
  const from = { field: 'in_port', value: 1 } as const;
  const to = { field: 'eth_dst', value: 2n } as const;

  it('sees flows of one priority that one packet may match and that disagree', () => {
    expect(findOverlaps([flow(1, [from]), flow(1, [to], 6)])).toHaveLength(1);
    expect(findOverlaps([flow(1, [from]), flow(1, [to])])).toEqual([]);
    expect(findOverlaps([flow(1, [from]), flow(2, [to], 6)])).toEqual([]);
    expect(findOverlaps([flow(1, [from]), flow(1, [{ ...from, value: 2 }], 6)])).toEqual([]);
  });
});

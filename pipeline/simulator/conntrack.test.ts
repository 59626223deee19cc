import { describe, expect, it } from 'vitest';
import { A, B, tcp, udp } from './frames-fixture.ts';
import { Simulator } from './simulator.ts';

/** Guest on port 1, everybody else on port 2: what the guest begins is tracked, and only answers come in. */
const FIREWALL = `
  table=0,priority=10,in_port=1,ip,actions=ct(commit,zone=7,table=1)
  table=0,priority=10,in_port=2,ip,actions=ct(zone=7,table=1)
  table=1,priority=10,in_port=1,ct_state=-inv+trk,actions=output:2
  table=1,priority=10,in_port=2,ct_state=+est+rpl-inv+trk,actions=output:1
  table=1,priority=10,in_port=2,ct_state=+rel+rpl-inv+trk,actions=output:1
`;
const FLAGS = { syn: 2, synAck: 0x12, ack: 0x10 };

function firewall(): (inPort: number, bytes: Uint8Array, at?: number) => boolean {
  const simulator = new Simulator();
  simulator.addFlows(FIREWALL);
  return (inPort, bytes, at) => simulator.send({ inPort, bytes }, at).outputs.length === 1;
}

const there = { source: A, target: B, fromPort: 1000, toPort: 80 };
const back = { source: B, target: A, fromPort: 80, toPort: 1000 };

describe('ct', () => {
  it('lets answers of what has begun pass, and nothing else', () => {
    const send = firewall();
    expect(send(2, tcp({ ...back, flags: FLAGS.synAck }))).toBe(false);
    expect(send(1, tcp({ ...there, flags: FLAGS.syn }))).toBe(true);
    expect(send(2, tcp({ ...back, flags: FLAGS.synAck }))).toBe(true);
    expect(send(2, tcp({ ...back, fromPort: 81, flags: FLAGS.ack }))).toBe(false);
    // The other end has said no more than SYN yet: another one is new (tcp_conn_update).
    expect(send(2, tcp({ ...back, flags: FLAGS.syn }))).toBe(false);
  });

  it('takes a segment that no end would send for invalid', () => {
    const send = firewall();
    expect(send(1, tcp({ ...there, flags: FLAGS.synAck }))).toBe(false);
    expect(send(1, tcp({ ...there, flags: 0 }))).toBe(false);
  });

  it('forgets what is silent for too long: 60 seconds without an answer, 30 with one', () => {
    const send = firewall();
    send(1, udp(there), 1_000);
    expect(send(2, udp(back), 60_999)).toBe(true);
    expect(send(2, udp(back), 90_998)).toBe(true);
    expect(send(2, udp(back), 120_998)).toBe(false);
  });

  it('keeps zones apart, and what was written to a connection', () => {
    const simulator = new Simulator();
    simulator.addFlows(`
      table=0,in_port=1,ip,actions=ct(commit,zone=7,exec(load:9->NXM_NX_CT_MARK[]))
      table=0,in_port=2,ip,actions=ct(zone=7,table=1)
      table=0,in_port=3,ip,actions=ct(zone=8,table=1)
      table=1,ct_state=+est,ct_mark=9,actions=output:1
    `);
    simulator.send({ inPort: 1, bytes: udp(there) });
    expect(simulator.send({ inPort: 2, bytes: udp(back) }).outputs).toHaveLength(1);
    expect(simulator.send({ inPort: 3, bytes: udp(back) }).outputs).toHaveLength(0);
  });

  it('goes on in its table with the registers that it has, and then with what follows', () => {
    const simulator = new Simulator();
    simulator.addFlows(`
      table=0,ip,actions=load:5->NXM_NX_REG1[],ct(zone=1,table=1),load:6->NXM_NX_REG1[],resubmit(,2)
      table=1,ct_state=+new+trk,reg1=5,actions=output:3
      table=2,ct_state=0,reg1=6,actions=output:4
    `);
    const { outputs } = simulator.send({ inPort: 1, bytes: udp(there) });
    expect(outputs.map(({ port }) => port)).toEqual([3, 4]);
  });
});

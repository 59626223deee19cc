import { describe, expect, it } from 'vitest';
import { PipelineError } from '#pipeline';
import { Simulator } from '#pipeline/simulator';
import { edgePipeline } from './index.ts';
import { largeNetwork, ofportOf, peerAddress, TUNNEL_PORT, VNI } from './large-network-fixture.ts';

const PORTS = 300;
const PEERS = 500;
/** MAX_RESUBMITS of Open vSwitch. */
const LIMIT = 4096;

describe(`a network with ${PORTS} ports on one hypervisor and ${PEERS} other hypervisors`, () => {
  const pipeline = edgePipeline();
  const simulator = new Simulator({ tunnelPorts: new Map([[TUNNEL_PORT, { address: 0 }]]) });
  const facts = largeNetwork(PORTS, PEERS);
  simulator.load([...pipeline.base, ...facts.flatMap((fact) => pipeline.compile(fact))]);
  const bytes = Uint8Array.from([255, 255, 255, 255, 255, 255, 0xfa, 0x16, 0x3e, 0, 0, 1, 0x88, 0xb5, 1, 2]);
  const ports = Array.from({ length: PORTS }, (_, at) => ofportOf(at + 1));

  it('sends one copy of a broadcast to each, within what Open vSwitch allows for a packet', () => {
    const { outputs, error, resubmits } = simulator.send({ inPort: ofportOf(1), bytes });
    expect(error).toBeUndefined();
    expect(resubmits).toBeLessThan(LIMIT);
    const seen = outputs.map(({ port, tunnel }) => (port === TUNNEL_PORT ? tunnel?.dst : port));
    const peers = Array.from({ length: PEERS }, (_, at) => addressNumber(peerAddress(at + 1)));
    expect(sorted(seen)).toEqual(sorted([...ports.slice(1), ...peers]));
  });

  it('sends what comes from one of them to each port, and to no other hypervisor', () => {
    const tunnel = { id: BigInt(VNI), src: addressNumber(peerAddress(1)), dst: 1 };
    const { outputs, error } = simulator.send({ inPort: TUNNEL_PORT, bytes, tunnel });
    expect(error).toBeUndefined();
    expect(sorted(outputs.map(({ port }) => port))).toEqual(ports);
  });

  it('may grow until a broadcast would exceed that limit, and is a mistake that has a name from then on', () => {
    const compiled = (count: number) => () =>
      largeNetwork(count, PEERS).flatMap((fact) => pipeline.compile(fact));
    const flood = pipeline.layout.tables.find(({ table }) => table.name === 'flood')?.table;
    if (!flood) throw new Error('there is no table flood');
    const { layout } = pipeline;
    // What is left when the way to the list, its parts and the copies for the peers are counted.
    const parts = (count: number) => Math.ceil((count + PEERS) / 500) - 1;
    const cost = (count: number) =>
      layout.before(flood) +
      parts(count) +
      count * layout.walk('ingressFirewall') +
      PEERS * layout.walk('deliver');
    let most = PORTS;
    while (cost(most + 1) <= LIMIT) most++;
    expect(compiled(most)).not.toThrow();
    expect(compiled(most + 1)).toThrow(PipelineError);
    expect(compiled(most + 1)).toThrow(/PIPE_BUDGET/);
  });
});

function addressNumber(address: string): number {
  return address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
}

function sorted(values: readonly (number | undefined)[]): readonly (number | undefined)[] {
  return [...values].sort((a = 0, b = 0) => a - b);
}

import type { AnyFact, LocalPort, Peer, Segment } from './facts.ts';

/** OpenFlow port number of the tunnel port. */
export const TUNNEL_PORT = 65_001;
export const NETWORK = 7;
export const VNI = 4711;

/** OpenFlow port number of the local port with this number, counted from 1. */
export function ofportOf(number: number): number {
  return 1_000 + number;
}

/** 172.30.1.0 and on. */
export function peerAddress(number: number): string {
  return `172.30.${1 + (number >> 8)}.${number & 0xff}`;
}

/** What one switch knows of a network with so many ports here and so many other hypervisors. */
export function largeNetwork(ports: number, peers: number): readonly AnyFact[] {
  const locals = Array.from({ length: ports }, (_, at) => localPort(at + 1));
  const others = Array.from({ length: peers }, (_, at) => peer(at + 1));
  return [...locals, ...others, segmentOf(locals, others), { kind: 'tunnelPort', key: TUNNEL_PORT }];
}

function localPort(number: number): LocalPort {
  return {
    kind: 'localPort',
    key: number,
    network: NETWORK,
    mac: 0xfa163e000000n + BigInt(number),
    ofport: ofportOf(number),
    addresses: [],
    isContested: false,
  };
}

function peer(number: number): Peer {
  const bits = peerAddress(number)
    .split('.')
    .reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const address = { version: 4, bits } as const;
  return { kind: 'peer', key: 100_000 + number, address, sources: [address], ofport: TUNNEL_PORT };
}

function segmentOf(ports: readonly LocalPort[], peers: readonly Peer[]): Segment {
  return {
    kind: 'segment',
    key: NETWORK,
    ports: ports.map(({ key }) => key),
    peers: peers.map(({ key }) => key),
    tunnel: { key: VNI, ofport: TUNNEL_PORT },
  };
}

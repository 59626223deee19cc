import { CUSTOMER_TAG, SERVICE_TAG } from '#pipeline';
import type { AnyFact } from './facts.ts';

const IPV4 = { version: 4, bits: 0x0a000005n } as const;
const IPV6 = { version: 6, bits: (0xfd00n << 112n) | 5n } as const;
const FAR_V4 = { version: 4, bits: 0xac1f0002n } as const;
const FAR_V6 = { version: 6, bits: (0xfd31n << 112n) | 2n } as const;
const LOCAL = {
  kind: 'localPort',
  network: 7,
  mac: 0xfa163e000001n,
  ofport: 3,
  addresses: [IPV4],
  isContested: false,
} as const;
const SOURCES = [
  { ...IPV4, prefix: 32, mac: LOCAL.mac },
  { ...IPV6, prefix: 128, mac: LOCAL.mac },
] as const;

/**
 * Facts of every kind, by name: what the tests of the apps and docs/pipeline.md show flows of, and what external apps are
 * tried on when the controller starts.
 */
export const SAMPLE_FACTS: Readonly<Record<string, AnyFact>> = {
  'local-port': { ...LOCAL, key: 5, addresses: [IPV4, IPV6], sources: SOURCES },
  'sub-port': { ...LOCAL, key: 4, network: 8, vlan: 100, isContested: true },
  'port-on-standby': { ...LOCAL, key: 17, network: 15, ofport: 8, standby: true, isContested: true },
  'port-without-security': { ...LOCAL, key: 2, network: 9, ofport: 4 },
  'port-with-ranges': {
    ...LOCAL,
    ...{ key: 1, network: 10, ofport: 7 },
    sources: [
      { mac: 0xfa163e000001n, version: 4, bits: 0n, prefix: 0 },
      { mac: 0x00005e000101n, version: 4, bits: 0x0a000100n, prefix: 24 },
      { mac: 0x00005e000101n, version: 6, bits: 0xfd00n << 112n, prefix: 64 },
    ],
  },
  'remote-port': {
    kind: 'remotePort',
    key: 6,
    network: 7,
    mac: 0xfa163e000002n,
    peer: 9,
    tunnelKey: 1001,
    addresses: [
      { version: 4, bits: 0x0a000006n },
      { version: 6, bits: (0xfd00n << 112n) | 6n },
    ],
    isGuarded: true,
    isContested: true,
  },
  'remote-port-without-security': {
    kind: 'remotePort',
    key: 16,
    network: 14,
    mac: 0xfa163e000005n,
    peer: 9,
    tunnelKey: 1002,
    addresses: [
      { version: 4, bits: 0x0a000007n },
      { version: 6, bits: (0xfd00n << 112n) | 7n },
    ],
    isGuarded: false,
    isContested: false,
  },
  'segment-with-tunnel': {
    kind: 'segment',
    key: 7,
    ports: [5, 8],
    peers: [9, 10],
    tunnel: { key: 1001, ofport: 65001 },
  },
  'segment-on-vlan': {
    kind: 'segment',
    key: 9,
    ports: [5],
    peers: [],
    wire: { key: 11, ofport: 65010, tag: { vlan: 500, ethType: CUSTOMER_TAG } },
  },
  'segment-on-flat': { kind: 'segment', key: 12, ports: [5], peers: [], wire: { key: 11, ofport: 65010 } },
  'segment-transparent': {
    kind: 'segment',
    key: 13,
    ports: [5],
    peers: [],
    wire: { key: 11, ofport: 65010, tag: { vlan: 501, ethType: SERVICE_TAG } },
    transparent: true,
  },
  'segment-alone': { kind: 'segment', key: 7, ports: [5, 8], peers: [] },
  'segment-with-shared-mac': {
    kind: 'segment',
    key: 18,
    ports: [5],
    peers: [],
    sharedMacs: [0x00005e000101n],
  },
  'segment-empty': { kind: 'segment', key: 7, ports: [], peers: [] },
  peer: { kind: 'peer', key: 9, address: FAR_V4, sources: [FAR_V4], ofport: 65001 },
  'peer-of-two-families': {
    kind: 'peer',
    key: 18,
    address: FAR_V6,
    sources: [FAR_V6, { version: 4, bits: 0xac1f0003n }],
    local: IPV6,
    ofport: 65001,
  },
  'local-port-transparent': {
    ...LOCAL,
    key: 14,
    network: 13,
    mac: 0xfa163e000003n,
    ofport: 6,
    transparent: true,
    subVlans: [100],
  },
  'sub-port-transparent': {
    ...LOCAL,
    key: 15,
    network: 13,
    mac: 0xfa163e000004n,
    ofport: 6,
    vlan: 100,
    transparent: true,
    addresses: [],
  },
  firewall: { kind: 'firewall', key: 1, backend: 'learn' },
  'firewall-conntrack': { kind: 'firewall', key: 1, backend: 'conntrack', recovering: true },
  'firewall-port': {
    kind: 'firewallPort',
    key: 5,
    policy: 3,
    memory: { backend: 'learn', timeouts: { tcp: 3600, tcpClosing: 15, other: 120 } },
    plug: 7,
  },
  'firewall-port-recovering': {
    kind: 'firewallPort',
    key: 8,
    policy: 3,
    memory: { backend: 'conntrack', zone: 3 },
    plug: 258,
    recovering: true,
  },
  'policy-default': {
    kind: 'policy',
    key: 3,
    rules: [
      { direction: 'egress', version: 4, stateful: true },
      { direction: 'egress', version: 6, stateful: true },
      { direction: 'ingress', version: 4, remote: { group: 2 }, stateful: true },
      { direction: 'ingress', version: 6, remote: { group: 2 }, stateful: true },
    ],
  },
  'policy-web': {
    kind: 'policy',
    key: 4,
    rules: [
      { direction: 'egress', version: 4, protocol: 17, ports: { first: 53, last: 53 }, stateful: true },
      { direction: 'egress', version: 4, protocol: 6, remote: { group: 2 }, stateful: true },
      { direction: 'ingress', version: 4, protocol: 6, ports: { first: 80, last: 82 }, stateful: true },
      {
        direction: 'ingress',
        version: 4,
        protocol: 6,
        ports: { first: 22, last: 22 },
        remote: { prefix: { version: 4, bits: 0xc0000200n, prefix: 24 } },
        stateful: true,
      },
      { direction: 'ingress', version: 4, protocol: 1, icmp: { type: 8 }, stateful: true },
      { direction: 'ingress', version: 6, protocol: 58, icmp: { type: 128, code: 0 }, stateful: true },
    ],
  },
  'policy-stateless': {
    kind: 'policy',
    key: 5,
    rules: [
      { direction: 'egress', version: 4, protocol: 6, stateful: false },
      {
        direction: 'ingress',
        version: 4,
        protocol: 6,
        ports: { first: 80, last: 80 },
        remote: { group: 2 },
        stateful: false,
      },
    ],
  },
  'policy-empty': { kind: 'policy', key: 6, rules: [] },
  'remote-group': { kind: 'remoteGroup', key: 2, uses: ['ingressRules', 'egressRules', 'ingressMirror'] },
  member: {
    kind: 'member',
    key: 5,
    addresses: [
      { range: { ...IPV4, prefix: 32 }, groups: { ingressRules: [2], egressRules: [2], ingressMirror: [2] } },
      { range: { version: 6, bits: 0xfd00n << 112n, prefix: 64 }, groups: { ingressRules: [2, 7] } },
    ],
  },
  'broadcast-limit': { kind: 'broadcastLimit', key: 5, rate: 100, burst: 200 },
  'deny-log': { kind: 'denyLog', key: 0, rate: 10, burst: 20 },
  'deny-log-of-ports': { kind: 'denyLog', key: 0, ports: [5, 8], rate: 10, burst: 20 },
  'physical-port': { kind: 'physicalPort', key: 11, ofport: 65010 },
  'tunnel-port': { kind: 'tunnelPort', key: 65001 },
};

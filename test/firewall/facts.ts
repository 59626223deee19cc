import {
  type AddressRange,
  type AnyFact,
  type Firewall,
  GROUP_USES,
  type GroupUse,
  groupUses,
  type Memory,
  type PolicyRule,
} from '#apps';
import type { PortName } from './case.ts';
import { addressOf } from './parse-packet.ts';
import type { Prefix, Rule } from './rule.ts';
import { addressesOf, type PlacedPort, type Topology } from './topology.ts';

/** How the ports of a case are plugged into the switches. */
export interface Plugs {
  /** OpenFlow port number, and the VLAN of a subport. */
  readonly place: (port: PortName) => { readonly ofport: number; readonly vlan?: number };
  readonly memory: (port: PortName) => Memory;
  /** OpenFlow port number of the tunnel port, on both switches. */
  readonly tunnel: number;
  /** Addresses of the tunnel ends: of the first switch, and of the second. */
  readonly ends: readonly [bigint, bigint];
}

/** Gives names small numbers, the same for the same name. */
export class Keys {
  readonly #keys = new Map<string, number>();

  of(name: string): number {
    const known = this.#keys.get(name) ?? this.#keys.size + 1;
    this.#keys.set(name, known);
    return known;
  }
}

/** A port's MAC address; networks have the same ones. */
export function macOf({ number }: PortName): bigint {
  return 0x020000000000n + BigInt(number);
}

/** What one of the two switches has to know of a case, in the words of apps. */
export class CaseFacts {
  readonly #topology: Topology;
  readonly #plugs: Plugs;
  readonly #keys: Keys;

  constructor(topology: Topology, plugs: Plugs, keys: Keys) {
    this.#topology = topology;
    this.#plugs = plugs;
    this.#keys = keys;
  }

  /** All facts of the first switch or of the second. */
  of(isFar: boolean, firewall: Omit<Firewall, 'kind' | 'key'>): readonly AnyFact[] {
    const ports = this.#topology.ports.filter(({ isPlugged }) => isPlugged);
    const here = ports.filter(({ name }) => name.isFar === isFar);
    const others = ports.filter(({ name }) => name.isFar !== isFar);
    const networks = new Set(here.map(({ name }) => name.network));
    return [
      { kind: 'firewall', key: 1, ...firewall },
      { kind: 'tunnelPort', key: this.#plugs.tunnel },
      this.#peer(isFar),
      ...[...networks].map((network) => this.#segment(network, here, others)),
      ...here.map((port) => this.#localPort(port)),
      ...others.filter(({ name }) => networks.has(name.network)).map((port) => this.#remotePort(port)),
      ...this.#security(here),
    ];
  }

  portKey({ text }: PortName): number {
    return this.#keys.of(`port ${text}`);
  }

  #peer(isFar: boolean): AnyFact {
    const bits = this.#plugs.ends[isFar ? 0 : 1];
    const address = { version: 4, bits } as const;
    return {
      kind: 'peer',
      key: this.#keys.of('peer'),
      address,
      sources: [address],
      ofport: this.#plugs.tunnel,
    };
  }

  #segment(network: string, here: readonly PlacedPort[], others: readonly PlacedPort[]): AnyFact {
    const isOn = ({ name }: PlacedPort) => name.network === network;
    return {
      kind: 'segment',
      key: this.#network(network),
      ports: here
        .filter(isOn)
        .map(({ name }) => this.portKey(name))
        .sort((a, b) => a - b),
      peers: others.some(isOn) ? [this.#keys.of('peer')] : [],
      tunnel: { key: this.#network(network), ofport: this.#plugs.tunnel },
    };
  }

  #localPort(port: PlacedPort): AnyFact {
    const { name, security } = port;
    const mac = macOf(name);
    const sources = [...addressesOf(port), ...(security?.pairs ?? []).filter(({ length }) => length === 0)];
    return {
      kind: 'localPort',
      key: this.portKey(name),
      network: this.#network(name.network),
      mac,
      ...this.#plugs.place(name),
      addresses: ([4, 6] as const).map((version) => ({ version, bits: addressOf(name.number, version) })),
      ...(security && { sources: sources.map((each) => ({ mac, ...rangeOf(each) })) }),
      isContested: false,
    };
  }

  #remotePort({ name, security }: PlacedPort): AnyFact {
    return {
      kind: 'remotePort',
      key: this.portKey(name),
      network: this.#network(name.network),
      mac: macOf(name),
      peer: this.#keys.of('peer'),
      tunnelKey: this.#network(name.network),
      addresses: ([4, 6] as const).map((version) => ({ version, bits: addressOf(name.number, version) })),
      isGuarded: security !== undefined,
      isContested: false,
    };
  }

  #security(here: readonly PlacedPort[]): readonly AnyFact[] {
    const policies = new Map<number, readonly PolicyRule[]>();
    const ports = here.flatMap((port): AnyFact[] => {
      if (!port.security) return [];
      const rules = distinct(
        this.#topology
          .groupsOf(port)
          .flatMap(({ isStateful, rules }) => rules.map((rule) => this.#policyRule(rule, isStateful))),
      );
      const groups = [...port.security.groups].sort().join(' ');
      const own = port.security.rules.length > 0 ? ` ${port.name.text}` : '';
      const policy = this.#keys.of(`policy ${groups}${own}`);
      policies.set(policy, rules);
      const key = this.portKey(port.name);
      return [{ kind: 'firewallPort', key, policy, memory: this.#plugs.memory(port.name), plug: 1 }];
    });
    const rules = [...policies].map(([key, each]): AnyFact => ({ kind: 'policy', key, rules: each }));
    return [...ports, ...rules, ...this.#members([...policies.values()])];
  }

  /** The groups that these policies name, and who is in them. */
  #members(policies: readonly (readonly PolicyRule[])[]): readonly AnyFact[] {
    const uses = new Map<GroupUse, Set<number>>(GROUP_USES.map((use) => [use, new Set()]));
    for (const rules of policies)
      for (const [use, groups] of Object.entries(groupUses(rules)))
        for (const group of groups) uses.get(use as GroupUse)?.add(group);
    const remote = [...new Set([...uses.values()].flatMap((each) => [...each]))].map((key): AnyFact => {
      return { kind: 'remoteGroup', key, uses: GROUP_USES.filter((use) => uses.get(use)?.has(key)) };
    });
    const owners = new Map<
      string,
      { readonly key: number; readonly range: AddressRange; readonly groups: Set<number> }
    >();
    for (const port of [...this.#topology.ports].sort(
      (a, b) => this.portKey(a.name) - this.portKey(b.name),
    )) {
      for (const each of port.security ? addressesOf(port) : []) {
        const text = `${each.version} ${each.bits}/${each.length}`;
        const owner = owners.get(text) ?? {
          key: this.portKey(port.name),
          range: rangeOf(each),
          groups: new Set(),
        };
        owners.set(text, owner);
        for (const group of port.security?.groups ?? []) owner.groups.add(this.#group(group));
      }
    }
    const members = new Map<number, { range: AddressRange; groups: Partial<Record<GroupUse, number[]>> }[]>();
    for (const { key, range, groups } of owners.values()) {
      const used = GROUP_USES.flatMap((use) => {
        const named = [...groups].filter((group) => uses.get(use)?.has(group)).sort((a, b) => a - b);
        return named.length > 0 ? [[use, named] as const] : [];
      });
      if (used.length > 0)
        members.set(key, [...(members.get(key) ?? []), { range, groups: Object.fromEntries(used) }]);
    }
    return [
      ...remote,
      ...[...members].map(([key, addresses]): AnyFact => ({ kind: 'member', key, addresses })),
    ];
  }

  #policyRule({ direction, version, protocol, ports, icmp, remote }: Rule, stateful: boolean): PolicyRule {
    return {
      direction: direction === 'in' ? 'ingress' : 'egress',
      version,
      ...(protocol !== undefined && { protocol }),
      ...(ports && { ports }),
      ...(icmp && { icmp }),
      ...(remote && {
        remote: 'group' in remote ? { group: this.#group(remote.group) } : { prefix: rangeOf(remote) },
      }),
      stateful,
    };
  }

  #network(name: string): number {
    return this.#keys.of(`network ${name}`);
  }

  #group(name: string): number {
    return this.#keys.of(`group ${name}`);
  }
}

function rangeOf({ version, bits, length }: Prefix): AddressRange {
  return { version, bits, prefix: length };
}

function distinct(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const text = (rule: PolicyRule) =>
    JSON.stringify(rule, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
  return [...new Map(rules.map((rule) => [text(rule), rule])).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, rule]) => rule);
}

import type { RestClient } from '#lab';
import { type Case, type PortName, portsOf, startOf } from './case.ts';
import { macOf } from './facts.ts';
import { addressOf } from './parse-packet.ts';
import { printAddress, printPrefix } from './print-case.ts';
import type { Rule } from './rule.ts';
import { type Group, type PlacedPort, Topology } from './topology.ts';

/** The group of a port's own rules. */
const ownGroup = (port: PortName) => `own ${port.text}`;
const NO_GROUP: Group = { isStateful: true, rules: [] };

/** A case's networks, ports and groups in Neutron's API: made for its first packet, and changed with its topology. */
export class CaseResources {
  readonly topology: Topology;
  readonly ports: readonly PortName[];
  readonly #rest: RestClient;
  readonly #prefix: string;
  readonly #ids = new Map<string, string>();
  /** Ids of rules by group and text. */
  readonly #rules = new Map<string, Map<string, string>>();
  /** What was last told of each port. */
  readonly #told = new Map<string, string>();

  /** `prefix` tells this case's names from others'. */
  constructor(each: Case, rest: RestClient, prefix: string) {
    this.ports = portsOf(each);
    this.topology = new Topology(this.ports);
    this.#rest = rest;
    this.#prefix = prefix;
    for (const step of startOf(each)) this.topology.apply(step);
    for (const step of each.steps) if (step.step === 'group') this.topology.declare(step);
  }

  /** Makes all of it. */
  async make(): Promise<void> {
    const networks = [...new Set(this.ports.map(({ network }) => network))];
    const made = networks.map((name) => ({ name: this.#named(`network ${name}`) }));
    this.#keep(await this.#rest.createMany('network', made));
    const subnets = networks.flatMap((name) =>
      ([4, 6] as const).map((version) => ({
        name: this.#named(`subnet ${name} ${version}`),
        network_id: this.#id(`network ${name}`),
        ip_version: version,
        cidr: version === 4 ? '10.0.0.0/24' : 'fd00::/64',
        gateway_ip: null,
      })),
    );
    await this.#rest.createMany('subnet', subnets);
    await this.#makeGroups();
    for (const name of this.#groupNames()) await this.#settleRules(name);
    const ports = this.topology.ports.map((port) => ({
      name: this.#named(port.name.text),
      network_id: this.#id(`network ${port.name.network}`),
      mac_address: (macOf(port.name).toString(16).padStart(12, '0').match(/../g) ?? []).join(':'),
      fixed_ips: ([4, 6] as const).map((version) => ({
        ip_address: printAddress(version, addressOf(port.name.number, version)),
      })),
      ...this.#securityOf(port),
    }));
    this.#keep(await this.#rest.createMany('port', ports));
  }

  portId({ text }: PortName): string {
    return this.#id(text);
  }

  /** Brings rules and ports to what the topology is now: what is new comes before what is old goes. */
  async settle(): Promise<void> {
    const before = new Map(this.#told);
    for (const name of this.#groupNames()) await this.#addRules(name);
    for (const port of this.topology.ports) {
      const security = this.#securityOf(port);
      if (before.get(port.name.text) !== JSON.stringify(security))
        await this.#rest.update('port', this.portId(port.name), security);
    }
    for (const name of this.#groupNames()) await this.#removeRules(name);
  }

  #securityOf({ name, security }: PlacedPort): object {
    const own = security && security.rules.length > 0 ? [ownGroup(name)] : [];
    const groups = [...(security?.groups ?? []), ...own];
    const attributes = {
      port_security_enabled: security !== undefined,
      security_groups: groups.map((group) => this.#id(`group ${group}`)),
      allowed_address_pairs: (security?.pairs ?? []).map((pair) => ({ ip_address: printPrefix(pair) })),
    };
    this.#told.set(name.text, JSON.stringify(attributes));
    return attributes;
  }

  #groupNames(): readonly string[] {
    return [...this.topology.groupNames, ...this.ports.map(ownGroup)];
  }

  #groupOf(name: string): Group {
    const port = this.topology.ports.find((each) => ownGroup(each.name) === name);
    if (!port) return this.topology.group(name);
    return { ...NO_GROUP, rules: port.security?.rules ?? [] };
  }

  async #makeGroups(): Promise<void> {
    const groups = this.#groupNames().map((name) => ({
      name: this.#named(`group ${name}`),
      stateful: this.#groupOf(name).isStateful,
    }));
    this.#keep(await this.#rest.createMany('security_group', groups));
    for (const name of this.#groupNames()) {
      this.#rules.set(name, new Map());
      const path = `/v2.0/security-group-rules?security_group_id=${this.#id(`group ${name}`)}&fields=id`;
      const answer = (await this.#rest.request('GET', path)) as {
        readonly security_group_rules: readonly { readonly id: string }[];
      };
      // New groups have rules for whatever goes out.
      for (const { id } of answer.security_group_rules) await this.#rest.delete('security_group_rule', id);
    }
  }

  async #settleRules(name: string): Promise<void> {
    await this.#addRules(name);
    await this.#removeRules(name);
  }

  async #addRules(name: string): Promise<void> {
    const known = this.#rules.get(name) ?? new Map<string, string>();
    this.#rules.set(name, known);
    for (const rule of this.#groupOf(name).rules) {
      const attributes = this.#attributesOf(name, rule);
      const text = JSON.stringify(attributes);
      if (known.has(text)) continue;
      known.set(text, (await this.#rest.create('security_group_rule', attributes)).id);
    }
  }

  async #removeRules(name: string): Promise<void> {
    const wanted = new Set(
      this.#groupOf(name).rules.map((rule) => JSON.stringify(this.#attributesOf(name, rule))),
    );
    for (const [text, id] of this.#rules.get(name) ?? []) {
      if (wanted.has(text)) continue;
      this.#rules.get(name)?.delete(text);
      await this.#rest.delete('security_group_rule', id);
    }
  }

  #attributesOf(group: string, { direction, version, protocolText, ports, icmp, remote }: Rule): object {
    const first = ports?.first ?? icmp?.type;
    const last = ports?.last ?? icmp?.code;
    return {
      security_group_id: this.#id(`group ${group}`),
      direction: direction === 'in' ? 'ingress' : 'egress',
      ethertype: `IPv${version}`,
      ...(protocolText !== undefined && { protocol: protocolText }),
      ...(first !== undefined && { port_range_min: first }),
      ...(last !== undefined && { port_range_max: last }),
      ...(remote &&
        ('group' in remote
          ? { remote_group_id: this.#id(`group ${remote.group}`) }
          : { remote_ip_prefix: printPrefix(remote) })),
    };
  }

  #named(name: string): string {
    return `${this.#prefix} ${name}`;
  }

  #id(name: string): string {
    const found = this.#ids.get(this.#named(name));
    if (found === undefined) throw new Error(`nothing was made by the name ${this.#named(name)}`);
    return found;
  }

  #keep(ids: ReadonlyMap<string, string>): void {
    for (const [name, id] of ids) this.#ids.set(name, id);
  }
}

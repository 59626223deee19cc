import { decodeMatch, flowMod } from 'openflow-codec';
import type { Flow } from '#pipeline';
import { type Outcome, Simulator } from '#pipeline/simulator';
import type { AnyFact, LocalPort, Memory, PolicyRule } from './facts.ts';
import { edgePipeline } from './index.ts';

const LEARN: Memory = {
  backend: 'learn',
  timeouts: { tcp: 3600, tcpClosing: 15, other: 120 },
};
export const CONNTRACK: Memory = { backend: 'conntrack', zone: 3 };
/** OpenFlow ports of the guest whose firewall is looked at, and of another, without port security. */
const GUEST = { ofport: 3, mac: 0xfa163e000003n, ip: 0x0a000003 } as const;
export const OTHER = { ofport: 4, mac: 0xfa163e000004n, ip: 0x0a000004 } as const;

/** A switch with a guest behind these rules, and another guest that may do anything, on one network. */
export class GuardedSwitch {
  readonly pipeline = edgePipeline();
  readonly simulator = new Simulator({ fragments: 'nx-match' });
  #policy: AnyFact;
  #now = 0;

  constructor(rules: readonly PolicyRule[], others: readonly AnyFact[] = [], memory: Memory = LEARN) {
    const local = (key: number, { ofport, mac, ip }: typeof GUEST | typeof OTHER): LocalPort => ({
      ...{ kind: 'localPort', key, network: 1, mac, ofport, isContested: false },
      addresses: [{ version: 4, bits: BigInt(ip) }],
    });
    const sources = [{ version: 4, bits: BigInt(GUEST.ip), prefix: 32, mac: GUEST.mac }] as const;
    this.#policy = { kind: 'policy', key: 9, rules };
    this.#load([
      { kind: 'firewall', key: 1, backend: memory.backend },
      { ...local(1, GUEST), sources },
      { kind: 'firewallPort', key: 1, policy: 9, memory, plug: 1 },
      local(2, OTHER),
      this.#policy,
      ...others,
    ]);
    this.simulator.load(this.pipeline.base);
  }

  /** Puts these rules in the place of those before, flow by flow. */
  set rules(rules: readonly PolicyRule[]) {
    const before = this.pipeline.compile(this.#policy);
    this.#policy = { kind: 'policy', key: 9, rules };
    const after = this.pipeline.compile(this.#policy);
    const kept = new Set(after.map(({ key }) => key));
    for (const flow of before) if (!kept.has(flow.key)) this.#remove(flow);
    this.simulator.load(after);
  }

  /** What becomes of a packet from one of the two to the other. */
  send(from: 'guest' | 'other', packet: Packet, now = this.#now): Outcome {
    this.#now = now;
    const [sender, receiver] = from === 'guest' ? [GUEST, OTHER] : [OTHER, GUEST];
    return this.simulator.send({ inPort: sender.ofport, bytes: frame(sender, receiver, packet) }, now);
  }

  /** Whether it arrives. */
  passes(from: 'guest' | 'other', packet: Packet, now?: number): boolean {
    return this.send(from, packet, now).outputs.length > 0;
  }

  /** Connections that are remembered, and what goes with them. */
  get learned(): number {
    return this.simulator.flows().filter(({ cookie }) => cookie >> 56n === 0x75n).length;
  }

  #remove({ tableId, priority, match }: Flow): void {
    this.simulator.flowMod(
      flowMod({ command: 'deleteStrict', tableId, priority, match: decodeMatch(match) }),
    );
  }

  #load(facts: readonly AnyFact[]): void {
    this.simulator.load(facts.flatMap((fact) => this.pipeline.compile(fact)));
  }
}

/** The first bytes of what follows the IPv4 header, and its protocol. */
export interface Packet {
  readonly protocol: number;
  readonly bytes: readonly number[];
}

/** TCP flags (RFC 9293, 3.1). */
export const FLAG = { fin: 1, syn: 2, rst: 4, ack: 16 } as const;

export function tcp(from: number, to: number, flags: number): Packet {
  const bytes = [from >> 8, from & 0xff, to >> 8, to & 0xff, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, flags];
  return { protocol: 6, bytes: [...bytes, 1, 0, 0, 0, 0, 0] };
}

export function udp(from: number, to: number): Packet {
  return { protocol: 17, bytes: [from >> 8, from & 0xff, to >> 8, to & 0xff, 0, 8, 0, 0] };
}

export function icmp(type: number, code = 0): Packet {
  return { protocol: 1, bytes: [type, code, 0, 0, 0, 1, 0, 1] };
}

function frame(
  sender: typeof GUEST | typeof OTHER,
  receiver: typeof GUEST | typeof OTHER,
  { protocol, bytes }: Packet,
): Uint8Array {
  const mac = (value: bigint) => [40n, 32n, 24n, 16n, 8n, 0n].map((by) => Number((value >> by) & 0xffn));
  const ip = (value: number) => [24, 16, 8, 0].map((by) => (value >> by) & 0xff);
  const header = [0x45, 0, 0, 20 + bytes.length, 0, 0, 0, 0, 64, protocol, 0, 0];
  return Uint8Array.from([
    ...[...mac(receiver.mac), ...mac(sender.mac), 0x08, 0x00],
    ...[...header, ...ip(sender.ip), ...ip(receiver.ip), ...bytes],
  ]);
}

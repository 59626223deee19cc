import {
  band,
  CUSTOMER_TAG,
  defineApp,
  type Emit,
  type FlowBuilder,
  type MatchName,
  move,
  regs,
  SERVICE_TAG,
  type Target,
} from '#pipeline';
import type { Address, AddressRange, Facts, LocalPort, RemotePort, Source } from '../facts.ts';
import { matching, PACKET } from '../packets.ts';
import { linkLocal } from './link-local.ts';
import { claim, neighbourOption, neighbourTarget, sender, source } from './tables.ts';

/** Where what is in order goes on. */
const ADMITTED: Target = 'egressFirewall';
const NO_ADDRESS = { 4: 0, 6: 0n } as const;
const NO_MAC = 0n;
const READ_TARGET = move('nd_target', regs.localAddress);

/** Port security: who may send as whom. Refused packets are counted by reason: each reason is a flow that drops. */
export const guard = defineApp<Facts>({
  name: 'guard',
  number: 4,
  doc: 'A port sends from its own addresses only, and is no DHCP server and no router, unless its port security is off.',
  owns: [sender, source, neighbourOption, neighbourTarget, claim],
  uses: [],
  drops: {
    'dhcp-server': 'An answer of a DHCP server (RFC 2131).',
    router: 'A router advertisement (RFC 4861, 4.2).',
    'foreign-arp': 'ARP from an address that is none of the port’s.',
    'unreadable-neighbour': 'A neighbour solicitation that Open vSwitch cannot read.',
    'foreign-option': 'Neighbour discovery that tells a link-layer address that is not the sender’s.',
    claimed: 'ARP or neighbour discovery that claims a fixed address of another port.',
    'dhcpv6-server': 'An answer of a DHCPv6 server (RFC 8415).',
    'foreign-ipv4': 'IPv4 from an address that is none of the port’s.',
    'foreign-ipv6': 'IPv6 from an address that is none of the port’s.',
    'hidden-tag': 'A VLAN tag below the one that Open vSwitch reads, and whatever it hides.',
    'hidden-transport': 'IPv6 whose first fragment ends before its transport begins (RFC 7112).',
  },
  always(emit) {
    matching(emit(source, band.veto), PACKET.toDhcpClient).drop('dhcp-server');
    matching(emit(source, band.veto), PACKET.toDhcpv6Client).drop('dhcpv6-server');
    matching(emit(source, band.veto), PACKET.routerAdvert).drop('router');
    for (const kind of PACKET.withoutTransport)
      matching(emit(source, band.veto), kind).drop('hidden-transport');
    // A receiver takes priority tags off, however many, and believes what is below them.
    for (const tag of [CUSTOMER_TAG, SERVICE_TAG])
      emit(source, band.veto).when('eth_type', tag).drop('hidden-tag');
    // Who has no address yet asks for one (RFC 2131, 4.1), and finds out whether it is taken (RFC 4862, 5.4).
    matching(emit(source, band.exact), PACKET.toDhcpServer).when('ip_src', NO_ADDRESS[4]).goto(ADMITTED);
    for (const kind of [PACKET.routerSolicit, PACKET.listenerReport, PACKET.listenerReport2])
      matching(emit(source, band.exact), kind).when('ipv6_src', NO_ADDRESS[6]).goto(ADMITTED);
    matching(emit(source, band.exact), PACKET.neighbourSolicit)
      .when('ipv6_src', NO_ADDRESS[6])
      .when('nd_sll', NO_MAC)
      .apply(READ_TARGET)
      .goto(neighbourTarget);
    matching(emit(source, band.broad), PACKET.arp).drop('foreign-arp');
    matching(emit(source, band.broad), PACKET.ipv4).drop('foreign-ipv4');
    matching(emit(source, band.broad), PACKET.ipv6).drop('foreign-ipv6');

    // Without a target Open vSwitch could not read the message, and so saw no option of it either.
    matching(emit(neighbourOption, band.veto), PACKET.neighbourSolicit)
      .when('nd_target', NO_ADDRESS[6])
      .drop('unreadable-neighbour');
    matching(emit(neighbourOption, band.exact), PACKET.neighbourSolicit)
      .when('nd_sll', NO_MAC)
      .goto(ADMITTED);
    matching(emit(neighbourOption, band.exact), PACKET.neighbourAdvert)
      .when('nd_tll', NO_MAC)
      .apply(READ_TARGET)
      .goto(neighbourTarget);
    for (const kind of [PACKET.neighbourSolicit, PACKET.neighbourAdvert])
      matching(emit(neighbourOption, band.broad), kind).drop('foreign-option');
  },
  compile: {
    localPort(port, emit) {
      if (!port.standby) keepAddresses(port, emit);
      if (!port.sources) {
        emit(sender, band.exact).when('ingress', port.key).goto(ADMITTED);
        return;
      }
      const macs = [...new Set([port.mac, ...port.sources.map(({ mac }) => mac)])];
      for (const mac of macs) ownMac(port.key, mac, emit);
      const own = macs.map((mac): Source => ({ mac, version: 6, bits: linkLocal(mac), prefix: 128 }));
      for (const each of distinct([...port.sources, ...own])) ownAddress(port.key, each, emit);
    },
    remotePort: keepAddresses,
  },
});

function ownMac(port: number, mac: bigint, emit: Emit): void {
  from(port, mac, emit(sender, band.exact)).goto(source);
  // A probe (RFC 5227, 2.1.1): it claims nothing yet.
  matching(from(port, mac, emit(source, band.exact)), PACKET.arpRequest)
    .when('arp_sha', mac)
    .when('arp_spa', NO_ADDRESS[4])
    .goto(ADMITTED);
  matching(from(port, mac, emit(neighbourOption, band.exact)), PACKET.neighbourSolicit)
    .when('nd_sll', mac)
    .goto(ADMITTED);
  matching(from(port, mac, emit(neighbourOption, band.exact)), PACKET.neighbourAdvert)
    .when('nd_tll', mac)
    .apply(READ_TARGET)
    .goto(neighbourTarget);
}

function ownAddress(port: number, range: Source, emit: Emit): void {
  const { mac, version, prefix } = range;
  const isOne = prefix === WIDTH[version];
  const priority = isOne ? band.exact : band.range;
  const claimed = isOne ? ADMITTED : claim;
  if (version === 4) {
    whenIn(matching(from(port, mac, emit(source, priority)), PACKET.ipv4), 'ip_src', range).goto(ADMITTED);
    const arp = matching(from(port, mac, emit(source, priority)), PACKET.arp).when('arp_sha', mac);
    whenIn(arp, 'arp_spa', range).goto(claimed);
    return;
  }
  whenIn(matching(from(port, mac, emit(source, priority)), PACKET.ipv6), 'ipv6_src', range).goto(
    neighbourOption,
  );
  whenIn(from(port, mac, emit(neighbourTarget, priority)), 'localAddress', range).goto(claimed);
}

/** Restricts a flow to packets of a port from one MAC address. */
function from<M extends MatchName>(port: number, mac: bigint, flow: FlowBuilder<M | 'ingress' | 'eth_src'>) {
  return flow.when('ingress', port).when('eth_src', mac);
}

/** Keeps a port's addresses from others that may claim ranges of them. */
function keepAddresses(port: LocalPort | RemotePort, emit: Emit): void {
  if (!port.isContested) return;
  const linkLocalOne: Address = { version: 6, bits: linkLocal(port.mac) };
  const own = [...port.addresses, linkLocalOne].map((each) => ({ ...each, prefix: WIDTH[each.version] }));
  for (const address of own) {
    const inNetwork = () => emit(claim, band.exact).when('network', port.network);
    if (address.version === 4) whenIn(matching(inNetwork(), PACKET.arp), 'arp_spa', address).drop('claimed');
    else
      for (const kind of [PACKET.neighbourSolicit, PACKET.neighbourAdvert])
        whenIn(matching(inNetwork(), kind), 'nd_target', address).drop('claimed');
  }
}

const WIDTH = { 4: 32, 6: 128 } as const;

/** Restricts a flow to packets whose field lies in a range of addresses. */
function whenIn<M extends MatchName>(flow: FlowBuilder<M>, field: NoInfer<M>, range: AddressRange) {
  const { version, bits, prefix } = range;
  const width = WIDTH[version];
  if (prefix === width) return flow.when(field, sized(version, bits));
  const mask = ((1n << BigInt(prefix)) - 1n) << BigInt(width - prefix);
  return flow.when(field, sized(version, bits & mask), sized(version, mask));
}

/** An address as a field has it: numbers are of 32 bits at most. */
function sized(version: 4 | 6, bits: bigint): number | bigint {
  return version === 4 ? Number(bits) : bits;
}

function distinct(sources: readonly Source[]): readonly Source[] {
  const byText = new Map(
    sources.map((each) => [`${each.mac} ${each.version} ${each.bits}/${each.prefix}`, each]),
  );
  return [...byText.values()];
}

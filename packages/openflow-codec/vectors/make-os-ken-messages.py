#!/usr/bin/python3
"""Makes os-ken-messages.txt: the messages and actions of os-ken that make-os-ken.py leaves out, with the text of ovs-ofctl."""
import os
import struct

from os_ken.ofproto import ofproto_v1_3, ofproto_v1_3_parser, ofproto_protocol
from wire import record, unique

HERE = os.path.dirname(os.path.abspath(__file__))
p = ofproto_v1_3_parser
o = ofproto_v1_3
datapath = ofproto_protocol.ProtocolDesc(version=o.OFP_VERSION)
MAC = "02:00:00:00:00:01"

MATCHES = [
    {"in_phy_port": 3, "in_port": 4},
    {"eth_type": 0x8847, "mpls_label": 5},
    {"eth_type": 0x88E7, "pbb_isid": (0x123456, 0xFFFF00)},
    {"eth_type": 0x88E7, "pbb_isid": 5},
    {"eth_type": 0x86DD, "ipv6_exthdr": (1, 0x1FF)},
    {"eth_type": 0x86DD, "ip_proto": 58, "icmpv6_type": 136, "ipv6_nd_target": "fe80::1", "ipv6_nd_tll": MAC},
    {"eth_type": 0x86DD, "ip_proto": 58, "icmpv6_type": 135, "ipv6_nd_target": ("fe80::", "ffff::"), "ipv6_nd_sll": MAC},
    {"eth_type": 0x806, "arp_spa": ("10.0.0.0", "255.0.0.0"), "arp_tha": (MAC, "ff:ff:ff:00:00:00")},
    {"tunnel_id": (0x100, 0xF00), "metadata": 1},
    {"actset_output": 3},
    {"eth_type": 0x800, "ip_proto": 6, "tcp_src": 1024, "tcp_flags": (2, 0x12)},
    {"eth_type_nxm": 0x800, "ip_proto_nxm": 17, "udp_src_nxm": 53},
    {"eth_type_nxm": 0x806, "arp_op_nxm": 1, "arp_spa_nxm": "10.0.0.1", "arp_tpa_nxm": "10.0.0.2"},
    {"eth_type_nxm": 0x800, "ipv4_src_nxm": ("10.0.0.0", "255.0.0.0"), "nw_ttl": 64, "nw_tos": 32},
    {"eth_dst_nxm": (MAC, "ff:ff:00:00:00:00"), "eth_src_nxm": MAC, "vlan_tci": (0x1000, 0x1000)},
    {"in_port_nxm": 5, "tunnel_id_nxm": 9},
    {"eth_type_nxm": 0x86DD, "ipv6_src_nxm": "fe80::1", "ip_proto_nxm": 58, "icmpv6_type_nxm": 135, "nd_target": "fe80::2"},
    {"ct_state": (0x21, 0x23), "ct_zone": 5, "ct_mark": (1, 0xF), "ct_label": 1 << 100},
    {"tun_ipv6_src": "fe80::1", "tun_flags": 1, "tun_ipv4_src": "10.0.0.1"},
    {"reg15": 3, "pkt_mark": (4, 4)},
    {"ip_frag": 1, "eth_type": 0x800},
    {"conj_id": 9},
    {"_dp_hash": (5, 0xFF), "_recirc_id": 7},
    # Beside recirc_id, ovs-ofctl names the packet type of Ethernet frames too.
    {"_recirc_id": 7, "eth_type": 0x800},
    {"_recirc_id": 7, "eth_type": 0x86DD, "ip_proto": 58, "ct_zone": 5, "reg0": 1},
    {"_recirc_id": 7, "eth_type": 0x894F, "nsh_spi": 5, "ct_mark": 9},
    {"_recirc_id": 7, "eth_dst": MAC},
    {"_recirc_id": 7, "vlan_vid": 0x1005},
    {"_recirc_id": 7, "vlan_vid": 0, "in_port": 3},
    {"_recirc_id": 7, "in_port": 3, "ct_state": 1},
    {"eth_type": 0x894F, "nsh_flags": 1, "nsh_mdtype": 1, "nsh_np": 3, "nsh_spi": 0x123456, "nsh_si": 255, "nsh_ttl": 63},
    {"eth_type": 0x894F, "nsh_c1": 1, "nsh_c2": (2, 0xFF), "nsh_c3": 3, "nsh_c4": 4},
    {"xxreg0": 1 << 120, "xxreg3": (5, 0xFF), "xreg3": 77, "xreg7": (1, 3)},
    {"eth_type": 0x88E7, "pbb_uca": 1},
]

ACTIONS = [
    [p.OFPActionCopyTtlIn(), p.OFPActionCopyTtlOut()],
    [p.OFPActionSetMplsTtl(7), p.OFPActionDecMplsTtl(), p.OFPActionPushMpls(0x8847), p.OFPActionPopMpls(0x800)],
    [p.OFPActionSetNwTtl(7), p.OFPActionDecNwTtl()],
    [p.OFPActionPushPbb(0x88E7), p.OFPActionSetField(pbb_isid=77), p.OFPActionPopPbb()],
    [p.OFPActionExperimenterUnknown(0x12345678, b"abcdefgh")],
    [p.NXActionUnknown(999, b"abcdef")],
    [p.NXActionUnknown(22, struct.pack("!6xQQ", 5, 0xFF))],
    [p.NXActionPopQueue(), p.NXActionSetTunnel(0x77), p.NXActionSetTunnel64(0x1122334455667788)],
    [p.NXActionSetQueue(3), p.NXActionDecTtl(), p.NXActionPushMpls(0x8847), p.NXActionPopMpls(0x800)],
    [p.NXActionSetMplsLabel(77), p.NXActionSetMplsTc(3), p.NXActionSetMplsTtl(64), p.NXActionDecMplsTtl()],
    [p.NXActionStackPush(field="reg2", start=0, end=5), p.NXActionStackPop(field="reg3", start=4, end=9)],
    [p.NXActionStackPush(field="eth_src", start=0, end=47), p.NXActionStackPop(field="metadata", start=0, end=63)],
    [p.NXActionController(max_len=1024, controller_id=7, reason=o.OFPR_INVALID_TTL)],
    [p.NXActionController(max_len=128, controller_id=0, reason=o.OFPR_ACTION)],
    [p.NXActionController2(max_len=1024, controller_id=3, reason=2, userdata=b"abc", pause=True)],
    [p.NXActionController2(controller_id=3)],
    [p.NXActionDecTtlCntIds(cnt_ids=[1, 2, 3, 4, 5])],
    [p.NXActionMultipath(fields=1, basis=1024, algorithm=2, max_link=5, arg=9, ofs_nbits=(4 << 6) | 15, dst="reg2")],
    [p.NXActionMultipath(fields=0, basis=0, algorithm=3, max_link=0, arg=0, ofs_nbits=31, dst="reg2")],
    [p.NXActionBundle(algorithm=1, fields=1, basis=5, slave_type=2, n_slaves=2, ofs_nbits=0, dst=0, slaves=[2, 3])],
    [p.NXActionBundleLoad(algorithm=0, fields=0, basis=0, slave_type=2, n_slaves=5, ofs_nbits=15, dst="reg0", slaves=[1, 2, 3, 4, 65534])],
    [p.NXActionConjunction(clause=0, n_clauses=2, id_=0x12345678)],
    [p.NXActionSample(probability=3, collector_set_id=1, obs_domain_id=2, obs_point_id=3)],
    [p.NXActionSample2(probability=3, collector_set_id=1, obs_domain_id=2, obs_point_id=3, sampling_port=8080)],
    [p.NXActionFinTimeout(30, 60), p.NXActionExit()],
    [p.NXActionOutputTrunc(port=8080, max_len=1024)],
    [p.NXActionDecNshTtl()],
    [p.NXActionEncapEther()],
    [p.NXActionCTClear()],
    [p.NXActionCT(flags=1, zone_src="reg0", zone_ofs_nbits=15, recirc_table=4, alg=21, actions=[])],
    [p.NXActionCT(flags=1, zone_src="", zone_ofs_nbits=7, recirc_table=255, alg=0, actions=[p.NXActionNAT(flags=1, range_ipv4_min="10.1.12.0", range_ipv4_max="10.1.13.255", range_proto_min=1024, range_proto_max=2047)])],
    [p.NXActionCT(flags=1, zone_src="", zone_ofs_nbits=7, recirc_table=255, alg=0, actions=[p.NXActionNAT(flags=2, range_ipv6_min="fe80::1", range_ipv6_max="fe80::9"), p.NXActionNAT(flags=18, range_ipv4_min="10.0.0.1")])],
    [p.OFPActionSetField(ipv6_src="fe80::1"), p.OFPActionSetField(ct_mark=5), p.OFPActionSetField(in_port_nxm=5)],
]

MASKS = {"packet_in_mask": [5, 1], "port_status_mask": [7, 3], "flow_removed_mask": [15, 0]}


NICIRA_BODIES = [
    *[(10, struct.pack("!I", role)) for role in range(3)],
    (11, struct.pack("!I", 1)),
    (15, struct.pack("!B7x", 1)),
    (18, b""),
    (19, struct.pack("!6I", 7, 3, 7, 7, 15, 1)),
    (20, struct.pack("!6xH", 77)),
    (24, struct.pack("!H6xHBBHxx", 1, 0xFFFF, 1, 4, 7)),
    (25, b""),
    (27, b"".join(struct.pack("!HHI", kind, 8, 1) for kind in range(12))),
    (29, struct.pack("!6xH", 5)),
    (32, struct.pack("!B7x", 6)),
]
ONF_BODIES = [
    (1870, struct.pack("!I", 7)),
    (1871, b""),
    (1872, b""),
    *[(1911, struct.pack("!IB3xQ", role, reason, 0x1122334455667788)) for role in (1, 2, 3) for reason in range(3)],
    (2350, struct.pack("!BBHIHBxI", 4, 15, 16, 0x11, 0, 0, 99)),
    (2350, struct.pack("!BBHIHHIHHII4x", 4, 29, 32, 0x11, 0, 1, 9, 1, 16, 1000, 0)),
]


def messages():
    yield p.OFPHello(datapath, elements=[p.OFPHelloElemVersionBitmap(versions=[1, 4, 33, 65])])
    yield p.OFPEchoReply(datapath, b"abc")
    yield p.OFPBarrierReply(datapath)
    yield p.OFPExperimenter(datapath, 0x12345678, 5, b"abcdefgh")
    for code in range(6):
        yield p.OFPErrorMsg(datapath, o.OFPET_BAD_REQUEST, code, b"0123456789abcdef")
    yield p.OFPErrorMsg(datapath, o.OFPET_EXPERIMENTER, data=b"abcdefgh", experimenter=0x12345678, exp_type=7)
    yield p.OFPErrorMsg(datapath, o.OFPET_EXPERIMENTER, data=b"abcdefgh", experimenter=0x2320, exp_type=16)
    yield p.OFPErrorMsg(datapath, o.OFPET_EXPERIMENTER, data=b"abcdefgh", experimenter=0x4F4E4600, exp_type=2301)
    yield from groups()
    yield from meters()
    yield from ports_and_tables()
    yield from multiparts()
    yield from extensions()
    for match in MATCHES:
        yield flow(match, [])
    for actions in ACTIONS:
        yield flow({"eth_type": 0x800}, [p.OFPInstructionActions(o.OFPIT_APPLY_ACTIONS, actions)])
    yield flow({}, [p.OFPInstructionMeter(7), p.OFPInstructionActions(o.OFPIT_WRITE_ACTIONS, [p.OFPActionGroup(9)])])


def groups():
    output = p.OFPActionOutput(1)
    for kind in (o.OFPGT_ALL, o.OFPGT_SELECT, o.OFPGT_INDIRECT, o.OFPGT_FF):
        for command in (o.OFPGC_ADD, o.OFPGC_MODIFY, o.OFPGC_DELETE):
            buckets = [p.OFPBucket(weight=5 if kind == o.OFPGT_SELECT else 0, watch_port=3, watch_group=4, actions=[output, p.OFPActionPopVlan()]), p.OFPBucket(actions=[])]
            yield p.OFPGroupMod(datapath, command, kind, 5, buckets[: 1 if kind == o.OFPGT_INDIRECT else 2])
    yield p.OFPGroupMod(datapath, o.OFPGC_DELETE, o.OFPGT_ALL, o.OFPG_ALL, [])


def meters():
    bands = [p.OFPMeterBandDrop(1000, 100), p.OFPMeterBandDscpRemark(2000, 200, 1), p.OFPMeterBandExperimenter(3000, 300, 0x12345678)]
    for command in (o.OFPMC_ADD, o.OFPMC_MODIFY, o.OFPMC_DELETE):
        for flags in (o.OFPMF_KBPS, o.OFPMF_PKTPS | o.OFPMF_BURST | o.OFPMF_STATS):
            for count in range(4):
                yield p.OFPMeterMod(datapath, command, flags, 7 + count, bands[:count])


def ports_and_tables():
    yield p.OFPPortMod(datapath, 3, MAC, 0x65, o.OFPPC_PORT_DOWN | o.OFPPC_NO_RECV, 0x2820)
    yield p.OFPPortMod(datapath, o.OFPP_LOCAL, MAC, 0, 0x20, 0)
    yield p.OFPPortMod(datapath, 3, MAC, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    yield p.OFPPortMod(datapath, 3, MAC, 0x18, 0x18, 0x10000)
    yield p.OFPTableMod(datapath, 255, 0)
    yield p.OFPTableMod(datapath, 3, 3)
    yield p.OFPQueueGetConfigRequest(datapath, 3)
    yield p.OFPQueueGetConfigRequest(datapath, o.OFPP_ANY)
    yield p.OFPGetAsyncRequest(datapath)
    yield p.OFPSetAsync(datapath, **MASKS)
    yield p.OFPSetAsync(datapath, **{name: [0xFFFFFFFF, 0x80000041] for name in MASKS})
    for role in (o.OFPCR_ROLE_NOCHANGE, o.OFPCR_ROLE_EQUAL, o.OFPCR_ROLE_SLAVE):
        yield p.OFPRoleRequest(datapath, role, 7)
    yield p.OFPPacketOut(datapath, 77, 1, [p.OFPActionOutput(2)], None)
    yield p.OFPPacketOut(datapath, o.OFP_NO_BUFFER, o.OFPP_CONTROLLER, [], b"abcdef")
    # os-ken forgets the padding of this action, so that the packet's first bytes lie there.
    nat = p.NXActionNAT(flags=1, range_ipv4_min="10.9.8.7", range_proto_min=1024)
    ct = p.NXActionCT(flags=1, zone_src="", zone_ofs_nbits=7, recirc_table=255, alg=0, actions=[nat])
    yield p.OFPPacketOut(datapath, o.OFP_NO_BUFFER, o.OFPP_CONTROLLER, [ct], b"abcdefghijklmnopqrst")


def multiparts():
    for flags in (0, o.OFPMPF_REQ_MORE):
        yield p.OFPDescStatsRequest(datapath, flags)
        yield p.OFPGroupStatsRequest(datapath, flags, 3)
        yield p.OFPGroupDescStatsRequest(datapath, flags)
        yield p.OFPGroupFeaturesStatsRequest(datapath, flags)
        yield p.OFPMeterStatsRequest(datapath, flags, 4)
        yield p.OFPMeterConfigStatsRequest(datapath, flags, 4)
        yield p.OFPMeterFeaturesStatsRequest(datapath, flags)
        yield p.OFPTableFeaturesStatsRequest(datapath, flags)
        yield p.OFPPortStatsRequest(datapath, flags, o.OFPP_ANY)
        yield p.OFPQueueStatsRequest(datapath, flags, o.OFPP_ANY, o.OFPQ_ALL)
        yield p.OFPExperimenterStatsRequest(datapath, flags, 0x12345678, 9, b"abcdefgh")
    yield p.OFPTableFeaturesStatsRequest(datapath, 0, [features(3), features(4)])
    # os-ken's flow monitors are left out: they lack the header of ofp_match, and Open vSwitch refuses them.


def features(table):
    instructions = [p.OFPInstructionId(kind) for kind in (1, 2, 3, 4, 5, 6)]
    actions = [p.OFPActionId(kind) for kind in (0, 17, 18, 22, 25)]
    oxms = [p.OFPOxmId("in_port"), p.OFPOxmId("eth_dst", hasmask=True), p.OFPOxmId("ipv6_src"), p.OFPOxmId("vlan_vid")]
    properties = [
        p.OFPTableFeaturePropInstructions(o.OFPTFPT_INSTRUCTIONS, instruction_ids=instructions),
        p.OFPTableFeaturePropInstructions(o.OFPTFPT_INSTRUCTIONS_MISS, instruction_ids=instructions[:1]),
        p.OFPTableFeaturePropNextTables(o.OFPTFPT_NEXT_TABLES, table_ids=list(range(table + 1, 20))),
        p.OFPTableFeaturePropNextTables(o.OFPTFPT_NEXT_TABLES_MISS, table_ids=[]),
    ]
    for kind in (o.OFPTFPT_WRITE_ACTIONS, o.OFPTFPT_WRITE_ACTIONS_MISS, o.OFPTFPT_APPLY_ACTIONS, o.OFPTFPT_APPLY_ACTIONS_MISS):
        properties.append(p.OFPTableFeaturePropActions(kind, action_ids=actions))
    for kind in (o.OFPTFPT_MATCH, o.OFPTFPT_WILDCARDS, o.OFPTFPT_WRITE_SETFIELD, o.OFPTFPT_WRITE_SETFIELD_MISS, o.OFPTFPT_APPLY_SETFIELD, o.OFPTFPT_APPLY_SETFIELD_MISS):
        properties.append(p.OFPTableFeaturePropOxm(kind, oxm_ids=oxms))
    for kind in (o.OFPTFPT_EXPERIMENTER, o.OFPTFPT_EXPERIMENTER_MISS):
        properties.append(p.OFPTableFeaturePropExperimenter(kind, experimenter=0x12345678, exp_type=3, data=bytearray(b"abcd")))
    return p.OFPTableFeaturesStats(table_id=table, name=b"table%d" % table, metadata_match=(1 << 64) - 1, metadata_write=0xFFFF, config=3, max_entries=1000, properties=properties)


def extensions():
    for kind in range(3):
        yield p.NXTSetPacketInFormatMsg(datapath, kind)
    # Messages for which os-ken has no class of their own; ovs-ofctl's text says that it reads the bodies so.
    for subtype, body in NICIRA_BODIES:
        yield p.OFPExperimenter(datapath, 0x2320, subtype, body)
    for subtype, body in ONF_BODIES:
        yield p.OFPExperimenter(datapath, 0x4F4E4600, subtype, body)
    for control in range(0, 8):
        yield p.ONFBundleCtrlMsg(datapath, 5, control, 3, [])


def flow(match, instructions):
    return p.OFPFlowMod(datapath, table_id=3, priority=7, match=p.OFPMatch(**match), instructions=instructions)


def encoded(message):
    message.set_xid(0x11)
    message.serialize()
    return bytes(message.buf)


if __name__ == "__main__":
    with open(os.path.join(HERE, "os-ken-messages.txt"), "w", encoding="ascii") as file:
        file.write("".join(record(message) for message in unique(map(encoded, messages()))))

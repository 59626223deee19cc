#!/usr/bin/python3
"""Makes os-ken.txt: messages that os-ken encodes, with the text of ovs-ofctl. Needs Debian's python3-os-ken."""
import os

from os_ken.ofproto import ofproto_v1_3, ofproto_v1_3_parser, ofproto_protocol
from wire import record, unique

HERE = os.path.dirname(os.path.abspath(__file__))
p = ofproto_v1_3_parser
o = ofproto_v1_3
datapath = ofproto_protocol.ProtocolDesc(version=o.OFP_VERSION)

MATCHES = [
    {},
    {"in_port": 5},
    {"eth_dst": "02:00:00:00:00:01", "eth_src": ("02:00:00:00:00:00", "ff:00:00:00:00:00")},
    {"eth_type": 0x800, "ip_proto": 6, "tcp_dst": 80, "ipv4_src": ("10.0.0.0", "255.0.0.0")},
    {"eth_type": 0x86DD, "ip_proto": 58, "icmpv6_type": 135, "ipv6_nd_target": "fe80::1"},
    {"eth_type": 0x86DD, "ipv6_src": ("fe80::", "ffc0::"), "ipv6_flabel": 5},
    {"eth_type": 0x806, "arp_op": 1, "arp_tpa": "10.0.0.1", "arp_sha": "02:00:00:00:00:01"},
    {"vlan_vid": (0x1000, 0x1000)},
    {"vlan_vid": 0x1064, "vlan_pcp": 3},
    {"metadata": (5, 0xFF), "tunnel_id": 77, "reg0": 1, "reg5": (2, 3)},
    {"eth_type": 0x800, "ip_proto": 17, "udp_src": 53, "ip_dscp": 46, "ip_ecn": 1},
    {"eth_type": 0x800, "ip_proto": 132, "sctp_dst": 53},
    {"eth_type": 0x800, "ip_proto": 1, "icmpv4_type": 8, "icmpv4_code": 0},
    {"eth_type": 0x8847, "mpls_label": 5, "mpls_tc": 1, "mpls_bos": 1},
    {"eth_type_nxm": 0x800, "ip_proto_nxm": 6, "tcp_flags_nxm": (2, 18)},
    {"conj_id": 7, "eth_type": 0x800},
    {"tun_ipv4_src": "1.2.3.4", "tun_ipv4_dst": ("1.2.0.0", "255.255.0.0"), "pkt_mark": 3},
]


def actions():
    yield [p.OFPActionOutput(1, 0), p.OFPActionOutput(o.OFPP_CONTROLLER, 128)]
    yield [p.OFPActionPushVlan(0x8100), p.OFPActionSetField(vlan_vid=0x1064), p.OFPActionOutput(1)]
    yield [p.OFPActionSetField(eth_src="02:00:00:00:00:01"), p.OFPActionSetField(tunnel_id=5)]
    yield [p.NXActionRegMove(src_field="reg1", dst_field="reg2", n_bits=8, src_ofs=4, dst_ofs=0)]
    yield [p.NXActionRegMove(src_field="eth_src", dst_field="eth_dst", n_bits=48)]
    yield [p.NXActionRegLoad(ofs_nbits=(4 << 6) | 7, dst="reg5", value=0x55)]
    yield [p.NXActionRegLoad2(dst="reg5", value=0x50, mask=0xF0)]
    yield [p.NXActionRegLoad2(dst="reg5", value=0x50, mask=0xFFFFFFFF)]
    yield [p.NXActionRegLoad2(dst="metadata", value=5), p.NXActionRegLoad2(dst="reg6", value=0x50, mask=0xF0)]
    yield [p.NXActionResubmit(in_port=4), p.NXActionResubmit(in_port=0xFFF8)]
    yield [p.NXActionResubmitTable(in_port=0xFFF8, table_id=9), p.NXActionResubmitTable(in_port=3, table_id=255)]
    yield [p.NXActionNote(note=[1, 2, 3])]
    yield [p.NXActionOutputReg(ofs_nbits=31, src="reg6", max_len=65535)]
    yield [p.NXActionOutputReg2(ofs_nbits=31, src="reg6", max_len=65535)]
    yield [p.NXActionExit()]
    yield [p.OFPActionSetQueue(4), p.OFPActionGroup(3)]
    yield [p.OFPActionPopVlan()]
    yield [
        p.NXActionLearn(
            table_id=10,
            specs=[
                p.NXFlowSpecMatch(src=0x800, dst=("eth_type_nxm", 0), n_bits=16),
                p.NXFlowSpecMatch(src=("reg1", 1), dst=("reg2", 3), n_bits=5),
                p.NXFlowSpecMatch(src=("vlan_vid", 0), dst=("vlan_vid", 0), n_bits=12),
                p.NXFlowSpecLoad(src=0, dst=("reg4", 3), n_bits=5),
                p.NXFlowSpecLoad(src=("reg1", 2), dst=("reg3", 4), n_bits=5),
                p.NXFlowSpecOutput(src=("reg1", 0), dst="", n_bits=32),
            ],
            idle_timeout=180,
            hard_timeout=300,
            priority=1,
            cookie=0x64,
            flags=1,
            fin_idle_timeout=5,
            fin_hard_timeout=10,
        )
    ]


def messages():
    yield p.OFPHello(datapath, elements=[p.OFPHelloElemVersionBitmap(versions=[1, 4, 6])])
    yield p.OFPEchoRequest(datapath, b"abc")
    yield p.OFPFeaturesRequest(datapath)
    yield p.OFPGetConfigRequest(datapath)
    yield p.OFPSetConfig(datapath, 3, 0xFFFF)
    yield p.OFPBarrierRequest(datapath)
    yield p.OFPRoleRequest(datapath, o.OFPCR_ROLE_MASTER, 0x123456789ABCDEF0)
    yield p.OFPDescStatsRequest(datapath, 0)
    yield p.OFPPortDescStatsRequest(datapath, 0)
    yield p.OFPTableStatsRequest(datapath, 0)
    yield p.OFPFlowStatsRequest(datapath, 0, 3, o.OFPP_ANY, o.OFPG_ANY, 5, 7, p.OFPMatch(in_port=1))
    yield p.OFPAggregateStatsRequest(datapath, 0, 3, o.OFPP_ANY, o.OFPG_ANY, 5, 7, p.OFPMatch(eth_type=0x800))
    yield p.OFPPortStatsRequest(datapath, 0, 3)
    yield p.OFPQueueStatsRequest(datapath, 0, 3, 4)
    yield p.OFPMeterMod(datapath, o.OFPMC_ADD, o.OFPMF_KBPS, 7, [p.OFPMeterBandDrop(1000, 100)])
    yield p.OFPGroupMod(datapath, o.OFPGC_ADD, o.OFPGT_ALL, 5, [p.OFPBucket(actions=[p.OFPActionOutput(1)])])
    yield p.OFPTableMod(datapath, 1, 3)
    yield p.OFPGetAsyncRequest(datapath)
    yield p.OFPPacketOut(datapath, o.OFP_NO_BUFFER, 1, [p.OFPActionOutput(o.OFPP_FLOOD)], b"abcdef")
    yield p.OFPErrorMsg(datapath, o.OFPET_FLOW_MOD_FAILED, o.OFPFMFC_OVERLAP, b"0123456789abcdef")
    for command in range(5):
        yield flow({"in_port": 3}, [p.OFPInstructionGotoTable(9)], command=command, cookie=0x1234, cookie_mask=0xFFFF)
    for match in MATCHES:
        yield flow(match, [])
    for one in actions():
        yield flow({"eth_type": 0x800, "vlan_vid": 0x1001}, [p.OFPInstructionActions(o.OFPIT_APPLY_ACTIONS, one)])
    yield flow(
        {},
        [
            p.OFPInstructionGotoTable(9),
            p.OFPInstructionWriteMetadata(5, 0xFF),
            p.OFPInstructionActions(o.OFPIT_WRITE_ACTIONS, [p.OFPActionOutput(2)]),
            p.OFPInstructionActions(o.OFPIT_APPLY_ACTIONS, [p.OFPActionOutput(1)]),
        ],
    )
    yield flow({}, [p.OFPInstructionActions(o.OFPIT_CLEAR_ACTIONS, [])])


def flow(match, instructions, **members):
    return p.OFPFlowMod(datapath, table_id=3, priority=7, match=p.OFPMatch(**match), instructions=instructions, **members)


def encoded(message):
    message.set_xid(0x11)
    message.serialize()
    return bytes(message.buf)


if __name__ == "__main__":
    with open(os.path.join(HERE, "os-ken.txt"), "w", encoding="ascii") as file:
        file.write("".join(record(message) for message in unique(map(encoded, messages()))))

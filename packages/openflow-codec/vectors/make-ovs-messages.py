#!/usr/bin/python3
"""Makes ofctl-actions.txt, ofctl-messages.txt and vswitchd-messages.txt: what make-ovs.py leaves out, with the text of ovs-ofctl."""
import os
import struct
import subprocess
import sys
import time

from namespace import run
from wire import Switch, captured, header, record, unique

HERE = os.path.dirname(os.path.abspath(__file__))
BRIDGE = "br0"
PACKET_OUT, FLOW_MOD, METER_MOD = 13, 14, 29
NICIRA, ONF = 0x2320, 0x4F4E4600

GROUPS = [
    "group_id=1234,type=all,bucket=output:1,bucket=output:2",
    "group_id=1,type=select,bucket=weight:10,output:1,bucket=weight:20,set_field:5->reg1,output:2",
    "group_id=2,type=indirect,bucket=output:10",
    "group_id=3,type=ff,bucket=watch_port:1,output:1,bucket=watch_group:1,output:2,bucket=watch_port:LOCAL,actions=drop",
    "group_id=4,type=all",
    "group_id=4294967040,type=select,bucket=actions=ct(commit,nat(src=10.0.0.1)),resubmit(,5)",
]
METERS = [
    "meter=1,kbps,band=type=drop,rate=1000",
    "meter=2,pktps,burst,stats,band=type=drop,rate=10,burst_size=50",
    "meter=3,kbps,burst,band=type=dscp_remark,rate=1000,burst_size=10,prec_level=1",
    "meter=4,kbps,bands=type=drop,rate=1000,type=dscp_remark,rate=500,prec_level=2",
    "meter=controller,pktps,band=type=drop,rate=10",
]
COMMANDS = [
    *[["add-group", "SWITCH", group] for group in GROUPS],
    ["--may-create", "mod-group", "SWITCH", GROUPS[1]],
    ["mod-group", "SWITCH", GROUPS[0]],
    ["del-groups", "SWITCH", "group_id=1234"],
    ["dump-groups", "SWITCH"],
    ["dump-groups", "SWITCH", "3"],
    ["dump-group-stats", "SWITCH"],
    ["dump-group-stats", "SWITCH", "group_id=3"],
    ["dump-group-features", "SWITCH"],
    *[["add-meter", "SWITCH", meter] for meter in METERS],
    ["mod-meter", "SWITCH", METERS[0]],
    ["dump-meters", "SWITCH"],
    ["dump-meter", "SWITCH", "meter=1"],
    ["meter-stats", "SWITCH"],
    ["meter-stats", "SWITCH", "meter=2"],
    ["meter-features", "SWITCH"],
    ["del-meter", "SWITCH", "meter=1"],
    ["del-meters", "SWITCH"],
    ["dump-ports", "SWITCH"],
    ["dump-ports", "SWITCH", "1"],
    ["dump-ports", "SWITCH", "LOCAL"],
    ["dump-table-features", "SWITCH"],
    ["queue-stats", "SWITCH"],
    ["queue-stats", "SWITCH", "1"],
    ["queue-stats", "SWITCH", "1", "2"],
    ["queue-get-config", "SWITCH"],
    ["queue-get-config", "SWITCH", "1"],
    *[["mod-port", "SWITCH", "1", act] for act in ("down", "up", "no-receive", "receive", "no-flood", "flood", "no-forward", "forward", "no-packet-in", "packet-in", "stp")],
    ["mod-table", "SWITCH", "3", "continue"],
    ["mod-table", "SWITCH", "all", "drop"],
    ["mod-table", "SWITCH", "4", "controller"],
    ["monitor", "SWITCH", "128", "invalid_ttl", "watch:"],
    ["monitor", "SWITCH", "128", "-P", "nxt_packet_in"],
    ["monitor", "SWITCH", "128", "-P", "nxt_packet_in2"],
    ["monitor", "SWITCH", "128", "-P", "standard"],
    ["monitor", "SWITCH", "65534", "watch:!initial,!add,table=3,out_port=1"],
    ["monitor", "SWITCH", "65534", "watch:!own,!actions,tcp,nw_src=10.0.0.0/8"],
    ["monitor", "SWITCH", "resume"],
    ["get-frags", "SWITCH"],
    ["set-frags", "SWITCH", "drop"],
    ["set-frags", "SWITCH", "normal"],
    ["add-tlv-map", "SWITCH", "{class=0xffff,type=0,len=4}->tun_metadata0"],
    ["add-tlv-map", "SWITCH", "{class=0x102,type=5,len=124}->tun_metadata63,{class=0x102,type=6,len=8}->tun_metadata2"],
    ["dump-tlv-map", "SWITCH"],
    ["add-flow", "SWITCH", "tun_metadata0=0x1234,actions=move:NXM_NX_TUN_METADATA2[0..31]->NXM_NX_REG0[],set_field:5->tun_metadata2"],
    ["add-flow", "SWITCH", "tun_metadata63=0x5/0xf,tun_metadata2,actions=push:NXM_NX_TUN_METADATA63[3..900],delete_field:tun_metadata2"],
    ["dump-flows", "SWITCH", "tun_metadata0"],
    ["del-flows", "SWITCH"],
    ["del-tlv-map", "SWITCH", "{class=0x102,type=6,len=8}->tun_metadata2"],
    ["del-tlv-map", "SWITCH"],
    ["dump-ipfix-bridge", "SWITCH"],
    ["dump-ipfix-flow", "SWITCH"],
    ["ct-flush-zone", "SWITCH", "5"],
    ["ct-flush", "SWITCH"],
    ["ct-flush", "SWITCH", "zone=5", "ct_nw_src=10.1.1.1,ct_nw_dst=10.1.1.2,ct_nw_proto=17,ct_tp_src=2,ct_tp_dst=1"],
    ["ct-flush", "SWITCH", "ct_nw_src=10.1.1.1,ct_nw_proto=1,icmp_type=8,icmp_code=0,icmp_id=10", "ct_nw_dst=10.1.1.2"],
    ["ct-flush", "SWITCH", "ct_ipv6_src=fe80::1,ct_ipv6_dst=fe80::2,ct_nw_proto=6,ct_tp_src=80", "ct_ipv6_src=fe80::9,ct_tp_dst=5"],
    ["packet-out", "SWITCH", "in_port=1 packet=0123456789abcdef0123456789abcdef actions=ct(table=3),controller(pause,id=3)"],
    ["packet-out", "SWITCH", "in_port=5 metadata=5 reg1=7 tun_id=9 packet=0123456789abcdef0123456789abcdef actions=resubmit(,0)"],
    ["bundle", "SWITCH", "-"],
]
BUNDLE = """flow add table=1,priority=5,ip,actions=output:1
flow modify_strict table=1,priority=5,ip,actions=output:2
flow delete table=1
group add group_id=77,type=all,bucket=output:1
group modify group_id=77,type=select,bucket=weight:1,output:1
group delete group_id=77
packet-out in_port=1,packet=0123456789abcdef0123456789abcdef,actions=output:1
"""


def ofctl_actions():
    """What ovs-ofctl makes of each line of actions.txt."""
    with open(os.path.join(HERE, "actions.txt"), encoding="ascii") as file:
        for line in file:
            messages = captured(BRIDGE, ["add-flow", "SWITCH", line.rstrip("\n")], wanted=FLOW_MOD)
            yield next(message for message in messages if message[1] == FLOW_MOD)


def nx_flow_mods():
    """Nicira's flow-mods: ovs-ofctl writes them for OpenFlow 1.0; on 1.3 Open vSwitch reads them too, with instructions."""
    commands = [
        ["add-flow", "SWITCH", "priority=5,idle_timeout=3,tcp,nw_src=10.0.0.0/8,reg0=5,actions=drop"],
        ["add-flow", "SWITCH", "in_port=LOCAL,metadata=5/7,actions=drop"],
        ["--strict", "del-flows", "SWITCH", "cookie=0x5/-1,priority=7,icmp6,out_port=3"],
        ["del-flows", "SWITCH", "cookie=0x5/0xff,mpls"],
    ]
    empty = flow_mod("actions=drop")
    for command in commands:
        messages = captured(BRIDGE, ["-F", "NXM", *command], version="OpenFlow10")
        for message in messages:
            if message[8:16] == nicira(13):
                yield b"\x04" + message[1:]
                instructions = flow_mod("actions=output:1,set_tunnel:5,resubmit(,4),goto_table:7")[len(empty):]
                size = struct.pack("!H", len(message) + len(instructions))
                yield b"\x04" + message[1:2] + size + message[4:] + instructions


def ofctl_messages():
    """What ovs-ofctl sends for its other commands."""
    yield from nx_flow_mods()
    for command in COMMANDS:
        yield from captured(BRIDGE, command, stdin=BUNDLE)


def vswitchd(switch, foreign):
    """What ovs-vswitchd sends."""
    for message in foreign:
        if message[1] in (15, METER_MOD):
            yield from switch.send([message])
            yield from states(switch)
            yield from switch.ask(15, struct.pack("!HBxI", 2, 0, 0xFFFFFFFC))
            yield from switch.ask(METER_MOD, struct.pack("!HHI", 2, 0, 0xFFFFFFFF))
    for message in foreign:
        if message[1] == FLOW_MOD:
            yield from errors(switch.send([message]))
    for message in foreign:
        if message[8:16] == nicira(13):
            yield from switch.send([message])
    yield switch.flows()
    switch.clear()
    yield from queues(switch)
    yield from tunnels(switch)
    yield from asynchronous(switch)
    yield from monitors(switch)
    yield from packets(switch)
    yield from refused(switch)
    yield from evictions(switch)


def states(switch):
    """Groups and meters, as they are."""
    for part, body in [(6, any_group()), (7, b""), (9, any_group(0xFFFFFFFF)), (10, any_group(0xFFFFFFFF))]:
        yield from switch.ask(18, multipart(part, body))


def errors(messages):
    return [message for message in messages if message[1] == 1]


def queues(switch):
    for part, body in [(4, any_group(0xFFFFFFFF)), (4, any_group(1)), (5, b"\xff" * 8), (8, b""), (11, b""), (14, b"")]:
        yield from switch.ask(18, multipart(part, body))
    # One part of many: each has 64 KB.
    parts = switch.ask(18, multipart(12))
    yield from (parts[0], parts[-1])
    yield from switch.ask(22, any_group(2))
    yield from switch.ask(22, any_group(0xFFFFFFFF))


def tunnels(switch):
    """Tunnel options: the mapping, and flows with it."""
    yield from switch.ask(4, nicira(24, struct.pack("!H6xHBBHxxHBBHxx", 0, 0xFFFF, 1, 4, 0, 0xFFFF, 2, 124, 63)))
    yield from switch.ask(4, nicira(25))
    for flow in ["tun_metadata0=0x1234/0xffff,actions=move:NXM_NX_TUN_METADATA63[8..31]->NXM_NX_REG0[0..23]", "tun_metadata63=0x5,actions=set_field:0x7->tun_metadata0,delete_field:tun_metadata63"]:
        yield from switch.send([flow_mod(flow)])
        yield switch.flows()
        switch.clear()
    yield from switch.ask(4, nicira(24, struct.pack("!H6x", 2)))


def asynchronous(switch):
    """Roles and which events are sent."""
    yield from switch.ask(26)
    yield from switch.ask(28, struct.pack("!6I", 7, 3, 7, 7, 15, 1))
    yield from switch.ask(26)
    for role in (0, 1, 2, 0):
        yield from switch.ask(4, nicira(10, struct.pack("!I", role)))
    yield from switch.ask(4, nicira(27, struct.pack("!HHI", 8, 8, 7)))
    masks = [7, 7, 7, 7, 15, 15, 7, 7, 24, 24, 3, 3]
    yield from switch.ask(4, nicira(27, b"".join(struct.pack("!HHI", kind, 8, mask) for kind, mask in enumerate(masks))))
    yield from switch.ask(26)
    other = Switch(BRIDGE)
    yield from switch.ask(24, struct.pack("!I4xQ", 2, 77))
    yield from other.ask(24, struct.pack("!I4xQ", 2, 78))
    yield from switch.ask(2, b"role status")
    yield from other.send([flow_mod("table=9,actions=drop")])
    yield from other.ask(15, struct.pack("!HBxI", 0, 0, 99))
    yield from other.ask(METER_MOD, struct.pack("!HHIHHII4x", 0, 1, 9, 1, 16, 1000, 0))
    yield from switch.ask(2, b"request forward")
    yield from other.ask(15, struct.pack("!HBxI", 2, 0, 0xFFFFFFFC))
    yield from other.ask(METER_MOD, struct.pack("!HHI", 2, 0, 0xFFFFFFFF))
    other.clear()
    yield from switch.ask(24, struct.pack("!I4xQ", 1, 0))


def monitors(switch):
    """Flow monitors: what is there, what changes, what the own messages change."""
    switch.send([flow_mod("table=1,priority=5,tcp,nw_src=10.0.0.1,actions=output:1,set_field:5->reg1")])
    for monitor, flags in [(1, 0x3F), (2, 0x0F)]:
        body = struct.pack("!IHHIB3x", monitor, flags, 4, 0xFFFFFFFF, 255) + EMPTY_MATCH
        yield from switch.ask(18, struct.pack("!HHIII", 0xFFFF, 0, 0, ONF, 1870) + body)
    for flow in ["table=1,priority=5,tcp,nw_src=10.0.0.1,actions=output:2", "table=2,idle_timeout=5,cookie=0x77,actions=drop"]:
        yield from switch.send([flow_mod(flow)])
    other = Switch(BRIDGE)
    other.send([flow_mod("table=3,ipv6,actions=ct(commit,nat(src=fe80::1)),goto_table:9")])
    other.clear()
    yield from switch.ask(2, b"monitored")
    yield from switch.ask(4, onf(1870, struct.pack("!I", 1)))
    yield from switch.ask(4, onf(1870, struct.pack("!I", 9)))
    yield from switch.ask(4, onf(1870, struct.pack("!I", 2)))


def evictions(switch):
    """What a full table forgets, and nothing else: the reason is of OpenFlow 1.4, but may be asked for in 1.3."""
    table = ["--id=@t", "create", "Flow_Table", "flow_limit=1", "overflow_policy=evict"]
    subprocess.run(["ovs-vsctl", "--", *table, "--", "set", "Bridge", BRIDGE, "flow_tables:7=@t"], check=True, stdout=subprocess.DEVNULL)
    yield from switch.ask(28, struct.pack("!6I", 7, 0, 7, 7, 1 << 5, 0))
    for port in (1, 2):
        flow = f"table=7,cookie=0x7508080000000005,idle_timeout=60,send_flow_rem,udp,reg6=5,tp_dst={port},actions=drop"
        yield from switch.send([flow_mod(flow)])
    subprocess.run(["ovs-vsctl", "clear", "Bridge", BRIDGE, "flow_tables"], check=True)
    switch.clear()


def packets(switch):
    """Packets in all formats, and what resumes them."""
    switch.ask(9, struct.pack("!HH", 0, 0xFFFF))
    frame = "020000000001020000000002" + "0800" + "45000014000000004006000a0a0000010a000002"
    actions = [
        "set_field:5->reg1,set_field:0x7/0xff->metadata,set_field:9->tun_id,controller(userdata=01.02.03,pause,max_len=20),output:1",
        "push:NXM_OF_ETH_SRC[],push:NXM_OF_ETH_DST[],clone(controller(pause)),ct(commit,exec(set_field:5->ct_mark)),controller(reason=invalid_ttl)",
        "resubmit(,3)",
        "dec_ttl,CONTROLLER:20",
    ]
    switch.send([flow_mod("table=3,cookie=0x123456789abcdef0,actions=set_field:5->reg9,controller(pause),output:1,write_actions(output:1)")])
    for kind in (0, 1, 2):
        switch.ask(4, nicira(16, struct.pack("!I", kind)))
        for one in actions:
            out = captured(BRIDGE, ["packet-out", "SWITCH", f"in_port=1 packet={frame} actions={one}"])
            answers = switch.send([message for message in out if message[1] == PACKET_OUT])
            yield from answers
            yield from (message for answer in answers if answer[8:16] == nicira(30) for message in resumed(switch, answer))
    switch.clear()


def resumed(switch, packet):
    """The packet as a controller sends it back, and what the switch answers."""
    yield packet[:8] + nicira(28) + packet[16:]
    yield from switch.send([packet[:8] + nicira(28) + packet[16:]])


def refused(switch):
    """Errors of experimenters, and bodies that the switch can't read."""
    yield from switch.ask(4, nicira(24, struct.pack("!H6x", 9)))
    yield from switch.ask(4, nicira(16, struct.pack("!I", 77)))
    yield from switch.ask(4, nicira(99))
    yield from switch.ask(4, onf(2300, struct.pack("!IHH", 9, 2, 3)))
    yield from switch.ask(18, multipart(3000))
    yield from switch.ask(18, struct.pack("!HHIII", 0xFFFF, 0, 0, NICIRA, 3))
    yield from switch.ask(18, struct.pack("!HHIII", 0xFFFF, 0, 0, 0x12345678, 3))
    yield from switch.ask(15, struct.pack("!HBxI", 9, 0, 1))
    yield from switch.ask(16, struct.pack("!I28x", 77))
    # ONF's copy field, from reg1 to reg2 and from eth_src to eth_dst: ovs-ofctl writes none, the switch reads it and answers it.
    for source, target, bits in [(0x00010204, 0x00010404, 7), (0x80000806, 0x80000606, 40)]:
        action = struct.pack("!HHIHxxHHHxxII4x", 0xFFFF, 32, ONF, 3200, bits, 1, 3, source, target)
        instruction = struct.pack("!HH4x", 4, 8 + len(action)) + action
        body = struct.pack("!QQBBHHHIIIH2x", 0, 0, 0, 0, 0, 0, 1, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0) + EMPTY_MATCH
        yield from switch.ask(FLOW_MOD, body + instruction)
        yield switch.flows()
        switch.clear()


EMPTY_MATCH = struct.pack("!HH4x", 1, 4)


def multipart(part, body=b""):
    return struct.pack("!HHI", part, 0, 0) + body


def any_group(number=0xFFFFFFFC):
    return struct.pack("!I4x", number)


def nicira(subtype, body=b""):
    return struct.pack("!II", NICIRA, subtype) + body


def onf(subtype, body=b""):
    return struct.pack("!II", ONF, subtype) + body


def flow_mod(flow):
    messages = captured(BRIDGE, ["add-flow", "SWITCH", flow], wanted=FLOW_MOD)
    return next(message for message in messages if message[1] == FLOW_MOD)


def vectors(name):
    with open(os.path.join(HERE, name), encoding="ascii") as file:
        return [bytes.fromhex(line) for line in file.read().split("\n") if line and line[0] != "#"]


def write(name, messages):
    with open(os.path.join(HERE, name), "w", encoding="ascii") as file:
        file.write("".join(record(message) for message in unique(messages)))


def main():
    # A port that has a speed, of which the rates of its queue are shares.
    subprocess.run(["ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1"], check=True)
    subprocess.run("ip link set v0 up; ip link set v1 up", shell=True, check=True)
    queue = ["--id=@a", "create", "queue", "other-config:min-rate=1000000000", "other-config:max-rate=5000000000"]
    qos = ["--id=@q", "create", "qos", "type=linux-htb", "queues:5=@a"]
    subprocess.run(["ovs-vsctl", "add-port", BRIDGE, "v0", "--", "set", "interface", "v0", "ofport_request=2", "--", "set", "port", "v0", "qos=@q", "--", *qos, "--", *queue], check=True)
    time.sleep(0.5)
    write("ofctl-actions.txt", ofctl_actions())
    write("ofctl-messages.txt", ofctl_messages())
    write("vswitchd-messages.txt", vswitchd(Switch(BRIDGE), [*vectors("ofctl-messages.txt"), *vectors("os-ken-messages.txt"), *vectors("ofctl-actions.txt")]))


if __name__ == "__main__":
    run(main)

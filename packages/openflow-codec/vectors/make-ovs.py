#!/usr/bin/python3
"""Makes errors.txt, ofctl.txt, vswitchd.txt and read-back.txt: messages that ovs-ofctl and ovs-vswitchd encode, with their text.

Needs root and Open vSwitch. It starts a private ovs-vswitchd in namespaces of its own and leaves nothing behind.
"""
import os
import struct
import subprocess
import sys
import time

from namespace import run
from wire import Switch, captured, header, record, text_of, unique

HERE = os.path.dirname(os.path.abspath(__file__))
BRIDGE = "br0"
FLOW_MOD = 14
COMMANDS = [
    ["dump-flows", "SWITCH"],
    ["dump-flows", "SWITCH", "table=3,cookie=0x5/0xff,tcp,out_port=4"],
    ["dump-aggregate", "SWITCH"],
    ["dump-aggregate", "SWITCH", "table=3,ip"],
    ["dump-tables", "SWITCH"],
    ["dump-desc", "SWITCH"],
    ["dump-ports-desc", "SWITCH"],
    ["show", "SWITCH"],
    ["mod-flows", "SWITCH", "table=3,ip,actions=output:4"],
    ["--strict", "mod-flows", "SWITCH", "table=3,priority=4,ip,actions=output:4"],
    ["del-flows", "SWITCH"],
    ["del-flows", "SWITCH", "cookie=0x100000202/-1,table=51,ip,metadata=5,reg6=2,nw_src=10.0.0.1"],
    ["del-flows", "SWITCH", "tcp,out_port=4,out_group=5"],
    ["--strict", "del-flows", "SWITCH", "table=3,priority=4,ip"],
    ["packet-out", "SWITCH", "in_port=LOCAL packet=0123456789abcdef0123456789abcdef actions=output:1,set_field:4->reg1"],
    ["packet-out", "SWITCH", "in_port=CONTROLLER packet=0123456789abcdef actions=resubmit(,5)"],
    ["set-frags", "SWITCH", "nx-match"],
    ["monitor", "SWITCH", "128"],
    ["probe", "SWITCH"],
    ["--bundle", "add-flow", "SWITCH", "table=5,priority=3,ip,actions=output:4"],
    ["--bundle", "replace-flows", "SWITCH", "-"],
]


def ofctl(flows):
    """What ovs-ofctl sends."""
    for command in COMMANDS:
        yield from captured(BRIDGE, command, stdin="table=1,in_port=3,actions=drop\n")
    for flow in flows:
        yield flow_mod(flow)


def flow_mod(flow):
    messages = captured(BRIDGE, ["add-flow", "SWITCH", flow], wanted=FLOW_MOD)
    return next(message for message in messages if message[1] == FLOW_MOD)


def vswitchd(switch):
    """What ovs-vswitchd sends."""
    yield switch.hello
    for kind, body in [(5, b""), (7, b""), (2, b"ping"), (18, bytes(8)), (18, multipart(3)), (18, multipart(13))]:
        yield from switch.ask(kind, body)
    yield from switch.ask(18, multipart(2) + bytes.fromhex("ff000000ffffffffffffffff00000000") + bytes(16) + MATCH)
    for role, generation in [(0, 0), (2, 5), (3, 4), (1, 0)]:
        yield from switch.ask(24, struct.pack("!I4xQ", role, generation))
    bundle = bytes.fromhex("4f4e4600000008fc")
    for control in (0, 2, 4, 6):
        yield from switch.ask(4, bundle + struct.pack("!IHH", 9, control, 3))
    # Refused on purpose: unknown type, goto backwards, overlap.
    yield from switch.ask(99)
    yield from switch.ask(4, bytes.fromhex("0000232000000063"))
    yield from switch.send([flow_mod("table=5,actions=goto_table:6")[:-4] + bytes.fromhex("03000000")])
    yield from switch.send([flow_mod("check_overlap,priority=5,in_port=1,actions=drop")])
    yield from switch.send([flow_mod("check_overlap,priority=5,ip,actions=drop")])
    # Events: packet in, port status, flow removed.
    yield from switch.ask(9, struct.pack("!HH", 0, 0xFFFF))
    frame = "020000000001020000000002" + "0800" + "45000014000000004006000a0a0000010a000002"
    out = captured(BRIDGE, ["packet-out", "SWITCH", f"in_port=1 packet={frame} actions=set_field:5->reg1,set_field:7->metadata,CONTROLLER"])
    yield from switch.send([message for message in out if message[1] == 13])
    yield from switch.send([flow_mod("table=3,cookie=0x5,send_flow_rem,ip,nw_dst=10.0.0.1,actions=drop")])
    yield from switch.clear()
    subprocess.run(["ovs-vsctl", "add-port", BRIDGE, "p9", "--", "set", "interface", "p9", "type=internal"], check=True)
    time.sleep(0.3)
    yield from switch.ask(2, b"x")
    subprocess.run(["ovs-vsctl", "del-port", BRIDGE, "p9"], check=True)
    time.sleep(0.3)
    yield from switch.ask(2, b"y")


def errors():
    """Errors of all types and codes, for their names: those that Open vSwitch does not know are left out."""
    plain = [struct.pack("!HH", kind, code) for kind in range(14) for code in range(17)]
    onf = [struct.pack("!HHI", 0xFFFF, code, 0x4F4E4600) for code in [*range(2300, 2400), *range(2590, 2650), *range(4240, 4260), *range(4440, 4460)]]
    nicira = [struct.pack("!HHI", 0xFFFF, code, 0x2320) for code in range(64)]
    return [message for message in (header(1, 5, body) for body in plain + onf + nicira) if "decode error" not in text_of(message)]


def multipart(part):
    return struct.pack("!HHI", part, 0, 0)


MATCH = struct.pack("!HH4x", 1, 4)


def read_back(switch, messages):
    """Pairs: the flow-mod that was sent (>) and the flow that ovs-vswitchd then has (<)."""
    for message in messages:
        switch.clear()
        answers = switch.send([message])
        errors = [answer for answer in answers if answer[1] == 1]
        if errors:
            print("refused:", record(message), record(errors[0]), file=sys.stderr)
            continue
        yield f"> {message.hex()}\n< {switch.flows().hex()}\n\n"


def write(name, records):
    with open(os.path.join(HERE, name), "w", encoding="ascii") as file:
        file.write("".join(records))


def main():
    with open(os.path.join(HERE, "flows.txt"), encoding="ascii") as file:
        flows = [line.rstrip("\n") for line in file if line.strip()]
    with open(os.path.join(HERE, "os-ken.txt"), encoding="ascii") as file:
        foreign = [bytes.fromhex(line) for line in file.read().split("\n") if line and line[0] != "#"]
    subprocess.run(["ovs-ofctl", "-O", "OpenFlow15", "add-group", BRIDGE, "group_id=3,type=all,bucket=output:1"], check=True)
    write("errors.txt", [record(message) for message in errors()])
    switch = Switch(BRIDGE)
    write("ofctl.txt", [record(message) for message in unique(ofctl(flows))])
    events = list(unique(vswitchd(switch)))
    sent = [flow_mod(flow) for flow in flows] + [message for message in foreign if message[1] == 14 and message[25] == 0]
    pairs = list(read_back(switch, sent))
    stats = [bytes.fromhex(pair.split("< ")[1]) for pair in pairs]
    write("vswitchd.txt", [record(message) for message in unique(events + stats)])
    write("read-back.txt", pairs)


if __name__ == "__main__":
    run(main)

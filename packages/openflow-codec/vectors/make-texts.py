#!/usr/bin/python3
"""Makes parsed.txt, what ovs-ofctl makes of the flows in flows.txt and texts.txt as OpenFlow 1.3, and printed.txt,
what it prints of that. Makes packets.txt, what it prints of the packets here.

Needs Open vSwitch, but neither root nor a switch: `parse-flows` shows the bytes it would send.
"""
import os
import re
import subprocess
import sys
import tempfile

from wire import header, record

HERE = os.path.dirname(os.path.abspath(__file__))


def flow_mod(text):
    """The message for a flow, or None, with a note, when ovs-ofctl refuses it."""
    with tempfile.NamedTemporaryFile("w", suffix=".flow") as file:
        file.write(text + "\n")
        file.flush()
        command = ["ovs-ofctl", "-mmmmm", "-O", "OpenFlow13", "parse-flows", file.name]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        print("refused:", text, "--", done.stderr.strip().split("\n")[-1], file=sys.stderr)
        return None
    rows = re.findall(r"^[0-9a-f]{8}  ((?:[0-9a-f]{2}[ -])+)", done.stdout, re.MULTILINE)
    return bytes.fromhex("".join(rows).replace("-", " "))


def lines(name):
    with open(os.path.join(HERE, name), encoding="ascii") as file:
        return [line.rstrip("\n") for line in file if line.strip() and not line.startswith("#")]


PAIR = "020000000002" + "020000000001"


def ipv4(protocol, rest, flags="0000", options="", length=None):
    size = 20 + len(options) // 2 + len(rest) // 2 if length is None else length
    words = 5 + len(options) // 8
    return f"08004{words}00{size:04x}0000{flags}40{protocol:02x}aaaa0a0000010a000002{options}{rest}"


def ipv6(first, rest):
    addresses = "fe80" + "00" * 13 + "01" + "fe80" + "00" * 13 + "02"
    return f"86dd60012345{len(rest) // 2:04x}{first:02x}ff{addresses}{rest}"


TCP = "005000510000000100000002" + "5012ffff12340000"
UDP = "0035003600080abc"
TARGET = "fe80" + "00" * 13 + "05"
ARP = "0001080006040001" + "0200000000010a000001" + "0000000000000a000002"
PACKETS = [
    ipv4(6, TCP), ipv4(6, TCP[:20]), ipv4(17, UDP), ipv4(132, "00500051000000010a0b0c0d"), ipv4(1, "08001234aabbccdd"),
    ipv4(2, "160012340a000001"), ipv4(47, "00000800"), ipv4(17, UDP, flags="2000"), ipv4(17, UDP, flags="2001"),
    ipv4(17, UDP, flags="4000"), ipv4(17, UDP, options="01010100"), ipv4(6, TCP, length=200), ipv4(6, TCP, length=19),
    ipv4(17, UDP) + "00" * 18, "080045", "0800", "81006005" + ipv4(17, UDP), "8100600581000007" + ipv4(6, TCP),
    "88a8600581006007" + ipv4(1, "08001234aabbccdd"), "810060058100000781000009" + ipv4(17, UDP), "8100", "81000005",
    "0806" + ARP, "0806" + ARP[:16], "81000005" + "0806" + ARP, "8035" + ARP[:14] + "3" + ARP[15:], "0806" + "ffff" + ARP[4:],
    ipv6(6, TCP), ipv6(17, UDP), ipv6(58, "8000123400010002"), ipv6(58, "8700123400000000" + TARGET + "0101020000000009"),
    ipv6(58, "8800123460000000" + TARGET + "0201020000000009"), ipv6(58, "8700123400000000" + TARGET),
    ipv6(0, "0600000000000000" + TCP), ipv6(43, "1100000000000000" + UDP), ipv6(44, "1100000012345678" + UDP),
    ipv6(44, "1100000112345678" + UDP), ipv6(44, "1100000912345678" + UDP), ipv6(60, "2c00000000000000" + "1100000012345678" + UDP),
    ipv6(51, "11010000" + "00" * 8 + UDP), ipv6(59, ""), "86dd6000",
    "8847" + "00001140" + "45", "8848" + "00001040", "8847" + "00001040" + "00002140" + "45", "8847" + "00001040" * 3 + "00002140",
    "8847", "88cc0207", "0004aaaa", "0064aaaa030000000800" + ipv4(17, UDP)[4:], "0064424203", "",
]


def packet_out(packet):
    body = "ffffffff00000001001000000000000000000010fffffffbffe5000000000000"
    return header(13, 0x11, bytes.fromhex(body + packet))


if __name__ == "__main__":
    parsed = []
    printed = []
    for text in dict.fromkeys(lines("flows.txt") + lines("texts.txt")):
        message = flow_mod(text)
        if message is not None:
            parsed.append(f"# {text}\n{message.hex()}\n\n")
            printed.append(record(message))
    packets = [record(packet_out(packet)) for packet in [PAIR + one for one in PACKETS] + ["0102"]]
    for name, records in ("parsed.txt", parsed), ("printed.txt", printed), ("packets.txt", packets):
        with open(os.path.join(HERE, name), "w", encoding="ascii") as file:
            file.write("".join(records))

#!/usr/bin/python3
"""Makes parsed.txt: what ovs-ofctl makes of the flows in flows.txt and texts.txt, as OpenFlow 1.3.

Needs Open vSwitch, but neither root nor a switch: `parse-flows` shows the bytes it would send.
"""
import os
import re
import subprocess
import sys
import tempfile

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


if __name__ == "__main__":
    records = []
    for text in dict.fromkeys(lines("flows.txt") + lines("texts.txt")):
        message = flow_mod(text)
        if message is not None:
            records.append(f"# {text}\n{message.hex()}\n\n")
    with open(os.path.join(HERE, "parsed.txt"), "w", encoding="ascii") as file:
        file.write("".join(records))

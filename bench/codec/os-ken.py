#!/usr/bin/python3
"""os-ken on the bench's messages. Reads one JSON list of cases from stdin: name, units, messages as hex, encodes.
Prints one JSON object: nanoseconds a unit, by name. Needs Debian's python3-os-ken."""
import json
import logging
import statistics
import sys
import time

from os_ken.ofproto import ofproto_parser, ofproto_protocol, ofproto_v1_3, ofproto_v1_3_parser  # noqa: F401

SECONDS = 0.2
datapath = ofproto_protocol.ProtocolDesc(version=ofproto_v1_3.OFP_VERSION)
logging.disable(logging.CRITICAL)


def decode(data):
    version, kind, length, xid = ofproto_parser.header(data)
    return ofproto_parser.msg(datapath, version, kind, length, xid, data)


def fresh(message):
    """The message as an application would build it: without what parsing left in it."""
    message.buf = None
    return message


def timed(work, items, units):
    """The median sample, as on our side: other work on the machine spoils some of them."""
    samples = []
    end = time.perf_counter_ns() + SECONDS * 1e9
    while (start := time.perf_counter_ns()) < end:
        for item in items:
            work(item)
        samples.append(time.perf_counter_ns() - start)
    return statistics.median(samples) / units


result = {}
for case in json.load(sys.stdin):
    messages = [bytes.fromhex(message) for message in case["messages"]]
    decoded = [decode(message) for message in messages]
    if any(message is None for message in decoded):
        raise SystemExit(f"os-ken cannot decode {case['name']}")
    result[case["name"]] = {"decode": timed(decode, messages, case["units"])}
    if case["encodes"]:
        for message, wanted in zip(decoded, messages):
            fresh(message).serialize()
            if bytes(message.buf) != wanted:
                raise SystemExit(f"os-ken encodes {case['name']} as {message.buf.hex()}, not {wanted.hex()}")
        result[case["name"]]["encode"] = timed(lambda message: message.serialize(), decoded, case["units"])
print(json.dumps(result))

#!/usr/bin/python3
"""os-ken on the bench's messages. Reads one JSON list of cases from stdin: name, units, messages as hex, and
the ways, decode and encode. Prints one JSON object: nanoseconds a unit, by name and way. Needs Debian's python3-os-ken."""
import json
import logging
import statistics
import sys
import time

from os_ken.ofproto import ofproto_parser, ofproto_protocol, ofproto_v1_3, ofproto_v1_3_parser  # noqa: F401

SECONDS = 0.3
# Messages in a sample: about a millisecond's work.
SAMPLE = 16
datapath = ofproto_protocol.ProtocolDesc(version=ofproto_v1_3.OFP_VERSION)
logging.disable(logging.CRITICAL)


def decode(data):
    version, kind, length, xid = ofproto_parser.header(data)
    return ofproto_parser.msg(datapath, version, kind, length, xid, data)


def timed(work, items, units):
    """
    Nanoseconds a unit: the lower quartile of samples, as on our side. This process's time alone: a sample of flow
    statistics is so long that other work would be in most of them.
    """
    samples = []
    end = time.process_time_ns() + SECONDS * 1e9
    while time.process_time_ns() < end:
        for first in range(0, len(items), SAMPLE):
            sample = items[first : first + SAMPLE]
            start = time.process_time_ns()
            for item in sample:
                work(item)
            samples.append((time.process_time_ns() - start) / len(sample))
    return statistics.quantiles(samples)[0] * len(items) / units


def encodable(case, data):
    """The message as an application would build it, which must become the same bytes."""
    message = decode(data)
    message.buf = None
    message.serialize()
    if bytes(message.buf) != data:
        raise SystemExit(f"os-ken encodes {case['name']} as {message.buf.hex()}, not {data.hex()}")
    return message


result = {}
for case in json.load(sys.stdin):
    messages = [bytes.fromhex(message) for message in case["messages"]]
    times = result[case["name"]] = {}
    if "decode" in case["ways"]:
        if any(decode(message) is None for message in messages):
            raise SystemExit(f"os-ken cannot decode {case['name']}")
        times["decode"] = timed(decode, messages, case["units"])
    if "encode" in case["ways"]:
        built = [encodable(case, message) for message in messages]
        times["encode"] = timed(lambda message: message.serialize(), built, case["units"])
print(json.dumps(result))

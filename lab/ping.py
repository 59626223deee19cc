"""Echo requests to one address, for the lab (see ping.ts): ping.py ADDRESS COUNT INTERVAL PATTERN WAIT

Sends COUNT requests (0: until its stdin ends), one every INTERVAL seconds, then waits for the replies that are still
out, up to WAIT seconds. Each reply is told by its sequence number, in the end how many requests there were:
    {"reply": 1}
    {"sent": 3}
ping(8) leaves one interval after its last request, so that on a busy machine it tells of losses that are none.
"""
import json
import os
import select
import socket
import struct
import sys
import time

ICMP_FILTER = 1
# Linux's SO_RCVBUFFORCE, which Python does not name; root may go beyond net.core.rmem_max.
RCVBUFFORCE, RECEIVE_BYTES = 33, 16 * 1024 * 1024
STAMP_BYTES, PAYLOAD_BYTES = 16, 56
# Family, protocol, types of request and reply, and the bytes in front of ICMP that a raw socket delivers.
FAMILIES = {
    4: (socket.AF_INET, socket.IPPROTO_ICMP, 8, 0, 20),
    6: (socket.AF_INET6, socket.IPPROTO_ICMPV6, 128, 129, 0),
}


class Pinger:
    """A socket that speaks ICMP with one address. Its packets look like those of ping(8)."""

    def __init__(self, address, pattern):
        version = 6 if ":" in address else 4
        family, protocol, self.request, self.reply, self.skip = FAMILIES[version]
        self.ident = os.getpid() & 0xFFFF
        self.payload = bytes(STAMP_BYTES) + (pattern * PAYLOAD_BYTES)[: PAYLOAD_BYTES - STAMP_BYTES]
        self.socket = socket.socket(family, socket.SOCK_RAW, protocol)
        # It tells at once of an address that no route leads to, and hears only from this one.
        self.socket.connect((address, 0))
        self.socket.setblocking(False)
        # The default holds some 250 replies: who is kept from running for that long would lose what had come.
        self.socket.setsockopt(socket.SOL_SOCKET, RCVBUFFORCE, RECEIVE_BYTES)
        # In the kernel's checksum of ICMPv6 the field counts as 0.
        self.sums = version == 4

    def send(self, sequence):
        packet = self.packet(sequence, 0)
        if self.sums:
            packet = self.packet(sequence, checksum(packet))
        try:
            self.socket.send(packet)
        except OSError:
            # The interface is down, for instance: a request that is lost, like others.
            pass

    def packet(self, sequence, sum_):
        return struct.pack("!BBHHH", self.request, 0, sum_, self.ident, sequence) + self.payload

    def replies(self):
        """Sequence numbers of the replies that have come."""
        while True:
            try:
                packet = self.socket.recv(65535)[self.skip :]
            except BlockingIOError:
                return
            except OSError:
                continue
            kind, _, _, ident, sequence = struct.unpack_from("!BBHHH", packet)
            if kind == self.reply and ident == self.ident:
                yield sequence


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def tell(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def main(address, count, interval, pattern, wait):
    pinger = Pinger(address, bytes.fromhex(pattern))
    sent, waiting, stopped = 0, set(), False
    now = due = time.monotonic()
    while True:
        more = not stopped and (count == 0 or sent < count)
        if more and now >= due:
            sent += 1
            waiting.add(sent)
            pinger.send(sent)
            # The interval is at least that, also for who was kept from running.
            due = time.monotonic() + (interval if count == 0 or sent < count else wait)
            continue
        if not more and (not waiting or now >= due):
            break
        inputs = [pinger.socket] + ([sys.stdin] if more else [])
        ready, _, _ = select.select(inputs, [], [], max(0, due - now))
        if pinger.socket in ready:
            for sequence in pinger.replies():
                waiting.discard(sequence)
                tell({"reply": sequence})
        now = time.monotonic()
        if sys.stdin in ready:
            stopped, due = True, now + wait
    tell({"sent": sent})


main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4], float(sys.argv[5]))

"""Raw frames in and out of one interface, for the lab: JSON lines on stdin and stdout (see frame-port.ts).

Requests:  {"id": 1, "op": "send", "frame": "<hex>"}
           {"id": 2, "op": "capture"}    record what arrives from now on
           {"id": 3, "op": "finish"}     deliver all that has arrived, then stop recording
Answers:   {"id": 1} or {"id": 1, "error": "..."}; "finish" adds "lost": frames that found no room
Recorded:  {"frame": "<hex>"}
It ends when its stdin ends.
"""
import json
import select
import socket
import struct
import sys

SOL_PACKET, PACKET_STATISTICS, PACKET_AUXDATA = 263, 6, 8
SO_RCVBUFFORCE = 33
ETH_P_ALL = 3
PACKET_OUTGOING = 4
STATUS_VLAN_VALID, STATUS_VLAN_TPID_VALID = 0x10, 0x40
BUFFER_BYTES = 16 << 20


class Recorder:
    """A socket that sees what arrives, tags included."""

    def __init__(self, interface):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
        self.socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.socket.bind((interface, ETH_P_ALL))
        self.socket.setblocking(False)

    def deliver(self):
        """Prints all frames that have arrived."""
        while True:
            try:
                data, ancillary, _, address = self.socket.recvmsg(65535, 1024)
            except BlockingIOError:
                return
            if address[2] != PACKET_OUTGOING:
                answer({"frame": with_tag(data, ancillary).hex()})

    def lost(self):
        """Frames that the kernel had no room for."""
        return struct.unpack("=II", self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]


def with_tag(data, ancillary):
    """The kernel takes the outer VLAN tag out of the frame: puts it back."""
    for level, kind, content in ancillary:
        if level == SOL_PACKET and kind == PACKET_AUXDATA:
            status, _, _, _, _, tci, tpid = struct.unpack("=IIIHHHH", content[:20])
            if status & STATUS_VLAN_VALID:
                tpid = tpid if status & STATUS_VLAN_TPID_VALID else 0x8100
                return data[:12] + struct.pack("!HH", tpid, tci) + data[12:]
    return data


def answer(message):
    sys.stdout.write(json.dumps(message) + "\n")


def main(interface):
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sender.bind((interface, 0))
    recorder = None
    answer({"id": 0})
    while True:
        sys.stdout.flush()
        waiting = [sys.stdin.buffer.raw] + ([recorder.socket] if recorder else [])
        ready, _, _ = select.select(waiting, [], [])
        if recorder:
            recorder.deliver()
        if sys.stdin.buffer.raw not in ready:
            continue
        line = read_line()
        if line is None:
            return
        request = json.loads(line)
        reply = {"id": request["id"]}
        try:
            if request["op"] == "send":
                sender.send(bytes.fromhex(request["frame"]))
            elif request["op"] == "capture":
                recorder = Recorder(interface)
            elif request["op"] == "finish":
                recorder.deliver()
                reply["lost"] = recorder.lost()
                recorder.socket.close()
                recorder = None
        except OSError as error:
            reply["error"] = str(error)
        answer(reply)


def read_line():
    """One request, or None at the end. Unbuffered, so that select() tells the truth."""
    line = bytearray()
    while not line.endswith(b"\n"):
        byte = sys.stdin.buffer.raw.read(1)
        if not byte:
            return None
        line += byte
    return bytes(line)


main(sys.argv[1])

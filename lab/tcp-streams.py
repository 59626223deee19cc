"""TCP streams that are never at rest, for the lab (see tcp-streams.ts).

    tcp-streams.py serve PORT                              sends back all that comes
    tcp-streams.py ask ADDRESS PORT STREAMS INTERVAL       a number on each stream every INTERVAL seconds

The asker tells {"open": STREAMS} once all are connected, and, when its stdin has ended and all answers are there, or
30 seconds have passed, {"sent": 1, "answered": 1, "broken": 0}: numbers over all streams, and streams that ended or
answered out of order.
"""
import json
import select
import socket
import struct
import sys
import time

PATIENCE = 30


def serve(port):
    listener = socket.create_server(("", port), backlog=1024)
    listener.setblocking(False)
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    streams = {}
    while True:
        for number, _ in poll.poll():
            if number == listener.fileno():
                stream, _ = listener.accept()
                stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                streams[stream.fileno()] = stream
                poll.register(stream, select.POLLIN)
                continue
            stream = streams[number]
            try:
                data = stream.recv(65536)
                stream.sendall(data)
            except OSError:
                data = b""
            if not data:
                poll.unregister(stream)
                streams.pop(number).close()


def connect(address, port):
    """The server starts at the same time: it refuses until it listens."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return socket.create_connection((address, port), timeout=PATIENCE)
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


class Asked:
    """One stream, from the asker's side."""

    def __init__(self, address, port):
        self.socket = connect(address, port)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.sent, self.answered, self.broken, self.rest = 0, 0, False, b""

    def ask(self):
        try:
            self.socket.send(struct.pack("!Q", self.sent))
            self.sent += 1
        except OSError:
            self.broken = True

    def hear(self):
        try:
            data = self.socket.recv(65536)
        except OSError:
            data = b""
        if not data:
            self.broken = True
        self.rest += data
        while len(self.rest) >= 8:
            (number,) = struct.unpack_from("!Q", self.rest)
            self.rest = self.rest[8:]
            if number != self.answered:
                self.broken = True
            self.answered += 1


def ask(address, port, count, interval):
    streams = [Asked(address, port) for _ in range(count)]
    tell({"open": count})
    poll = select.poll()
    poll.register(sys.stdin, select.POLLIN)
    by_number = {}
    for stream in streams:
        by_number[stream.socket.fileno()] = stream
        poll.register(stream.socket, select.POLLIN)
    due, end = time.monotonic(), None
    while end is None or (time.monotonic() < end and any(s.answered < s.sent for s in streams if not s.broken)):
        now = time.monotonic()
        if end is None and now >= due:
            for stream in streams:
                if not stream.broken:
                    stream.ask()
            due = now + interval
        for number, _ in poll.poll(max(0, (due if end is None else end) - now) * 1000):
            if number == sys.stdin.fileno():
                poll.unregister(sys.stdin)
                end = time.monotonic() + PATIENCE
                continue
            stream = by_number[number]
            stream.hear()
            if stream.broken:
                poll.unregister(number)
    tell(
        {
            "sent": sum(s.sent for s in streams),
            "answered": sum(s.answered for s in streams),
            "broken": sum(s.broken for s in streams),
        }
    )


def tell(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if sys.argv[1] == "serve":
    serve(int(sys.argv[2]))
else:
    ask(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))

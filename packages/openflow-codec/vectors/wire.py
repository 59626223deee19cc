"""Raw OpenFlow 1.3 over unix sockets, for the scripts that make the vectors. It encodes nothing but headers."""
import os
import socket
import struct
import subprocess
import tempfile
import threading


def header(kind, xid, body=b"", version=4):
    return struct.pack("!BBHI", version, kind, 8 + len(body), xid) + body


def receive(sock):
    data = b""
    while len(data) < 8:
        part = sock.recv(8 - len(data))
        if not part:
            return None
        data += part
    size = struct.unpack("!H", data[2:4])[0]
    while len(data) < size:
        data += sock.recv(size - len(data))
    return data


def captured(bridge, arguments, stdin=None, wanted=None, version="OpenFlow13"):
    """The messages that ovs-ofctl sends to a bridge for a command; one must have the type `wanted`."""
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "switch")
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(8)
    messages = []

    def relay(source, target, seen):
        try:
            while (message := receive(source)) is not None:
                seen.append(message)
                target.sendall(message)
        except OSError:
            pass
        target.close()

    def serve():
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            switch = socket.socket(socket.AF_UNIX)
            switch.connect(management_socket(bridge))
            threading.Thread(target=relay, args=(client, switch, messages), daemon=True).start()
            threading.Thread(target=relay, args=(switch, client, []), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    command = ["timeout", "3", "ovs-ofctl", "-O", version]
    command += [path_or(argument, f"unix:{path}") for argument in arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True)
    server.close()
    os.unlink(path)
    os.rmdir(folder)
    if wanted is not None and all(message[1] != wanted for message in messages):
        raise SystemExit(f"{arguments}: {done.stderr}")
    return messages


def management_socket(bridge):
    return f"{os.environ['OVS_RUNDIR']}/{bridge}.mgmt"


def path_or(argument, path):
    return path if argument == "SWITCH" else argument


def text_of(message):
    """What `ovs-ofctl ofp-print` says about a message."""
    done = subprocess.run(["ovs-ofctl", "ofp-print", message.hex()], capture_output=True, text=True, check=True)
    return done.stdout.rstrip("\n")


def record(message):
    """One vector: the text of Open vSwitch as comment lines, then the bytes."""
    return "".join(f"# {line}\n" for line in text_of(message).split("\n")) + message.hex() + "\n\n"


def unique(messages):
    seen = set()
    for message in messages:
        key = message[:4] + message[8:]
        if key not in seen:
            seen.add(key)
            yield message


class Switch:
    """A session with a bridge of a real ovs-vswitchd, over its management socket."""

    def __init__(self, bridge):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(5)
        self.sock.connect(management_socket(bridge))
        self.sock.sendall(header(0, 1))
        self.hello = receive(self.sock)
        self.xid = 100

    def ask(self, kind, body=b""):
        """Sends one message and returns the answers up to the one of a barrier."""
        return self.send([header(kind, 0, body)])

    def send(self, messages):
        for message in messages:
            self.xid += 1
            message = bytearray(message)
            message[4:8] = struct.pack("!I", self.xid)
            if message[1] == 4 and message[8:16] == bytes.fromhex("4f4e4600000008fd"):
                message[28:32] = message[4:8]
            self.sock.sendall(message)
        self.sock.sendall(header(20, 99))
        answers = []
        while True:
            answer = receive(self.sock)
            if answer[1] == 21 and answer[4:8] == struct.pack("!I", 99):
                return answers
            if answer[1] == 2:
                self.sock.sendall(header(3, struct.unpack("!I", answer[4:8])[0], answer[8:]))
                continue
            answers.append(answer)

    def flows(self):
        """The reply to a request for all flows; small enough here to be one message."""
        body = struct.pack("!HHIB3xII4xQQHH4x", 1, 0, 0, 255, 0xFFFFFFFF, 0xFFFFFFFF, 0, 0, 1, 4)
        return self.ask(18, body)[-1]

    def clear(self):
        body = struct.pack("!QQBBHHHIIIH2xHH4x", 0, 0, 255, 3, 0, 0, 0, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0, 1, 4)
        return self.ask(14, body)

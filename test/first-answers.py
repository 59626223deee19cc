"""UDP between two guests, for first-answers.test.ts: what is answered, and how soon.

answer PORT FIRST LAST ADDRESS   answers each datagram at once; and sends to ADDRESS, ports FIRST to LAST, again and again,
                                 what nobody there has asked for, until it is ended
ask ADDRESS PORT FIRST LAST      asks ADDRESS from each of these ports, every 5 ms until it is answered, and prints a line
                                 of JSON for each: which question was answered first (0: none), and milliseconds until then
"""
import json
import socket
import sys
import threading
import time


def answer(port, first, last, address):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("", port))

    def uninvited():
        while True:
            for to in range(first, last + 1):
                server.sendto(b"uninvited", (address, to))
                time.sleep(0.002)

    threading.Thread(target=uninvited, daemon=True).start()
    print("ready", flush=True)
    while True:
        data, sender = server.recvfrom(2048)
        server.sendto(data, sender)


def ask(address, port, first, last):
    for own in range(first, last + 1):
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        client.bind(("", own))
        started = time.monotonic()
        answered = 0
        for number in range(1, 4001):
            client.sendto(b"question %d" % number, (address, port))
            client.settimeout(0.005)
            answered = answer_to(client)
            if answered:
                break
        took = (time.monotonic() - started) * 1000
        print(json.dumps({"answered": answered, "milliseconds": round(took, 1)}), flush=True)
        client.close()


def answer_to(client):
    """Number of the question that is answered in time, or 0: what was sent uninvited is no answer."""
    try:
        while True:
            data = client.recv(2048)
            if data.startswith(b"question"):
                return int(data.split()[1])
    except socket.timeout:
        return 0


if sys.argv[1] == "answer":
    answer(int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
else:
    ask(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))

"""What a real guest's kernel puts together and hands on: a line of JSON for each datagram, for hostile-guest.test.ts.

ears PORT …   listens on these ports of UDP, IPv4 and IPv6, until it is ended
"""
import json
import select
import socket
import sys

ears = {}
for port in map(int, sys.argv[1:]):
    for family, any_address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        ear = socket.socket(family, socket.SOCK_DGRAM)
        if family == socket.AF_INET6:
            ear.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        ear.bind((any_address, port))
        ears[ear] = port
print(json.dumps({"ready": True}), flush=True)
while True:
    for ear in select.select(list(ears), [], [])[0]:
        data, _ = ear.recvfrom(65535)
        print(json.dumps({"port": ears[ear], "text": data.decode("latin1")}), flush=True)

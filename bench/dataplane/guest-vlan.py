"""A guest's VLAN device where the kernel has none (no 8021q, no act_vlan): all that a device of this network namespace
sends gets the tag, and what arrives loses its own. Two BPF programs at the device's clsact qdisc, which the kernel
drops with the device.

    guest-vlan.py DEVICE VLAN FOLDER     FOLDER is an empty folder, for a BPF file system
"""
import ctypes
import os
import platform
import struct
import subprocess
import sys

SYS_BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]
BPF_PROG_LOAD, BPF_OBJ_PIN = 5, 6
BPF_PROG_TYPE_SCHED_CLS = 3
CALL_SKB_VLAN_PUSH, CALL_SKB_VLAN_POP = 18, 19
ETH_P_8021Q = 0x8100

libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes, 128)
    result = libc.syscall(SYS_BPF, command, buffer, 128)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def instruction(code, registers=0, immediate=0):
    return struct.pack("=BBhi", code, registers, 0, immediate)


def move(register, immediate):
    return instruction(0xB7, register, immediate)


def pinned(path, *call):
    """Loads a program that makes one call with the packet and passes it on, whatever came of it."""
    code = ctypes.create_string_buffer(b"".join([*call, move(0, 0), instruction(0x95)]))
    license = ctypes.create_string_buffer(b"GPL")
    size = (len(code) - 1) // 8
    program = bpf(
        BPF_PROG_LOAD,
        struct.pack("=IIQQ", BPF_PROG_TYPE_SCHED_CLS, size, ctypes.addressof(code), ctypes.addressof(license)),
    )
    name = ctypes.create_string_buffer(path.encode())
    bpf(BPF_OBJ_PIN, struct.pack("=QI", ctypes.addressof(name), program))


def main(device, vlan, folder):
    subprocess.run(["mount", "-t", "bpf", "bpf", folder], check=True)
    # skb_vlan_push takes the protocol in network order.
    protocol = int.from_bytes(struct.pack("!H", ETH_P_8021Q), sys.byteorder)
    pinned(f"{folder}/push", move(2, protocol), move(3, int(vlan)), instruction(0x85, 0, CALL_SKB_VLAN_PUSH))
    pinned(f"{folder}/pop", instruction(0x85, 0, CALL_SKB_VLAN_POP))
    subprocess.run(["tc", "qdisc", "add", "dev", device, "clsact"], check=True)
    for direction, program in (("egress", "push"), ("ingress", "pop")):
        filter = ["tc", "filter", "add", "dev", device, direction, "bpf", "da", "object-pinned", f"{folder}/{program}"]
        subprocess.run(filter, check=True)


main(*sys.argv[1:])

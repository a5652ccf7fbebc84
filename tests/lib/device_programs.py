"""The device programs of a cgroup: lists them, and plays somebody else who attaches and detaches some.

usage: device_programs.py list CGROUP           prints a line "ID NAME" for each
       device_programs.py attach CGROUP         attaches one called "other", which allows every device
       device_programs.py detach CGROUP NAME    detaches those with this name
"""
import ctypes
import os
import platform
import struct
import sys

BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]
PROG_LOAD, PROG_ATTACH, PROG_DETACH, GET_FD_BY_ID, GET_INFO, PROG_QUERY = 5, 8, 9, 13, 15, 16
TYPE_CGROUP_DEVICE = 15
ATTACH_CGROUP_DEVICE = 6
ALLOW_MULTI = 2
MOST = 64

LIBC = ctypes.CDLL(None, use_errno=True)


def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes.ljust(128, b"\0"), 128)
    result = LIBC.syscall(BPF, command, buffer, 128)
    if result < 0:
        number = ctypes.get_errno()
        sys.exit(f"device_programs.py: bpf command {command}: {os.strerror(number)}")
    return result, buffer.raw


def name_of(program):
    info = ctypes.create_string_buffer(256)
    bpf(GET_INFO, struct.pack("IIQ", program, 256, ctypes.addressof(info)))
    return info.raw[64:80].split(b"\0")[0].decode()


def programs(cgroup):
    ids = (ctypes.c_uint32 * MOST)()
    _, answer = bpf(PROG_QUERY, struct.pack("IIIIQI", cgroup, ATTACH_CGROUP_DEVICE, 0, 0, ctypes.addressof(ids), MOST))
    for number in ids[: struct.unpack_from("I", answer, 24)[0]]:
        program, _ = bpf(GET_FD_BY_ID, struct.pack("I", number))
        yield number, program, name_of(program)


def attach_other(cgroup):
    code = ctypes.create_string_buffer(struct.pack("BBhiBBhi", 0xB4, 0, 0, 1, 0x95, 0, 0, 0))
    text = ctypes.create_string_buffer(b"Apache-2.0")
    program, _ = bpf(PROG_LOAD, struct.pack("IIQQIIQII16s", TYPE_CGROUP_DEVICE, 2, ctypes.addressof(code),
                                            ctypes.addressof(text), 0, 0, 0, 0, 0, b"other"))
    bpf(PROG_ATTACH, struct.pack("IIII", cgroup, program, ATTACH_CGROUP_DEVICE, ALLOW_MULTI))


def main():
    command, path = sys.argv[1:3]
    cgroup = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    if command == "attach":
        attach_other(cgroup)
        return
    for number, program, name in list(programs(cgroup)):
        if command == "list":
            print(number, name)
        elif name == sys.argv[3]:
            bpf(PROG_DETACH, struct.pack("III", cgroup, program, ATTACH_CGROUP_DEVICE))


if __name__ == "__main__":
    main()

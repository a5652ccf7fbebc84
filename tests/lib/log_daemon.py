"""A log daemon, for the tests: systemd's journal or syslog.

usage: log_daemon.py journal|syslog SOCKET COUNT

Prints each of COUNT datagrams that come to SOCKET as JSON, a line each: an object with the fields of a journal entry, or the
text that syslog gets.
"""
import json
import socket
import sys


def parse_entry(data):
    """The fields of an entry, each "NAME=VALUE\\n", or "NAME\\n", the length in 8 bytes, and "VALUE\\n"."""
    fields = {}
    while data:
        name, data = data.split(b"\n", 1)
        if b"=" in name:
            name, value = name.split(b"=", 1)
        else:
            length = int.from_bytes(data[:8], "little")
            value, end, data = data[8 : 8 + length], data[8 + length : 9 + length], data[9 + length :]
            assert end == b"\n", "a field does not end where it says"
        assert name.decode() not in fields, f"{name} is there twice"
        fields[name.decode()] = value.decode()
    return fields


def main():
    kind, path, count = sys.argv[1:]
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.settimeout(20)
    server.bind(path)
    for _ in range(int(count)):
        data = server.recv(65536)
        print(json.dumps(parse_entry(data) if kind == "journal" else data.decode()), flush=True)


main()

"""A service manager and a service that speak sd_notify(3), for the tests.

usage: notify.py manage SOCKET     listens on SOCKET (a path or @name) and prints each message as a line of JSON, its lines in a
                                   list, "+N" at the end when N file descriptors came along; a barrier is kept as systemd does it
       notify.py say MESSAGE...    sends each message to NOTIFY_SOCKET, "|" for a newline; a message of BARRIER=1 comes with a pipe
                                   and is waited for
       notify.py flood             four processes that send without end what nobody passes on; prints a line when they do
"""
import array
import itertools
import json
import os
import socket
import sys


def address(name):
    return "\0" + name[1:] if name.startswith("@") else name


def manage(name):
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.bind(address(name))
    print("[]", flush=True)
    while True:
        data, ancillary, _, _ = server.recvmsg(65536, 1024)
        fds = array.array("i")
        for level, kind, value in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                fds.frombytes(value)
        lines = data.decode().splitlines()
        print(json.dumps(lines + ([f"+{len(fds)}"] if fds else [])), flush=True)
        for fd in fds:
            os.close(fd)


def say(messages):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    client.connect(address(os.environ["NOTIFY_SOCKET"]))
    for message in messages:
        if message != "BARRIER=1":
            client.send(message.replace("|", "\n").encode())
            continue
        reader, writer = os.pipe()
        socket.send_fds(client, [message.encode()], [writer])
        os.close(writer)
        os.read(reader, 1)
        os.close(reader)


def flood():
    client = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    client.connect(address(os.environ["NOTIFY_SOCKET"]))
    first = os.fork() > 0 and os.fork() > 0
    os.fork()
    for count in itertools.count():
        client.send(b"OTHER=1")
        if first and count == 100:
            os.write(1, b"flooding\n")


def main():
    if sys.argv[1] == "manage":
        manage(sys.argv[2])
    elif sys.argv[1] == "flood":
        flood()
    else:
        say(sys.argv[2:])


main()

"""A seccomp agent that lets every call go on, for the tests.

usage: agent.py SOCKET

Listens on SOCKET for the runtime, takes the listener that comes with its document, and prints the number of each system call
that it is asked about, until nobody is left who could ask.
"""
import array
import fcntl
import json
import os
import select
import socket
import struct
import sys

RECEIVE, SEND, CONTINUE = 0xC0502100, 0xC0182101, 1  # seccomp_unotify(2)


def receive_listener(path):
    """The file descriptor that the runtime sends, once the document with it is whole."""
    server = socket.socket(socket.AF_UNIX)
    # The name is there once it can be connected to: tests wait for it.
    server.bind(path + ".new")
    server.listen(1)
    os.rename(path + ".new", path)
    connection, _ = server.accept()
    document, fds = b"", array.array("i")
    while True:
        data, ancillary, _, _ = connection.recvmsg(65536, 1024)
        for level, kind, value in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                fds.frombytes(value)
        document += data
        if not data:
            break
    return fds[json.loads(document)["fds"].index("seccompFd")], json.loads(document)


def main():
    listener, document = receive_listener(sys.argv[1])
    print("status", document["state"]["status"], flush=True)
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    while True:
        events = poll.poll(20000)
        if not events or not events[0][1] & select.POLLIN:
            return
        request = bytearray(80)
        try:
            fcntl.ioctl(listener, RECEIVE, request)
            cookie, _, _, number = struct.unpack_from("QIIi", request)
            print("call", number, flush=True)
            fcntl.ioctl(listener, SEND, struct.pack("QqiI", cookie, 0, 0, CONTINUE))
        except FileNotFoundError:
            pass  # the caller ended


main()

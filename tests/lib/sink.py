"""Somebody who takes whatever the runtime sends, again and again, for the tests.

usage: sink.py PATH TYPE...

Listens at PATH.TYPE for each TYPE, "stream" or "datagram", and reads what comes. File descriptors that come in a stream are kept,
as by somebody who uses them: a terminal whose other end is closed hangs up.
"""
import selectors
import socket
import sys

kept = []


def take_datagram(server):
    server.recv(65536)


def take_stream(server):
    connection, _ = server.accept()
    with connection:
        data = b"more"
        while data:
            data, fds, _, _ = socket.recv_fds(connection, 65536, 8)
            kept.extend(fds)


def main():
    selector = selectors.DefaultSelector()
    for kind in sys.argv[2:]:
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM if kind == "stream" else socket.SOCK_DGRAM)
        server.bind(f"{sys.argv[1]}.{kind}")
        if kind == "stream":
            server.listen(100)
        selector.register(server, selectors.EVENT_READ, take_stream if kind == "stream" else take_datagram)
    while True:
        for key, _ in selector.select():
            key.data(key.fileobj)


main()

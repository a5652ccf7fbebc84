"""A manager that asks for a pidfd, for the tests.

usage: pidfd.py SOCKET

Listens on SOCKET, takes the one pidfd that comes, prints the pid that it stands for, and "ended" when the process has ended.
"""
import array
import os
import re
import select
import socket
import sys


def receive_pidfd(path):
    server = socket.socket(socket.AF_UNIX)
    # The name is there once it can be connected to: tests wait for it.
    server.bind(path + ".new")
    os.chmod(path + ".new", 0o666)  # the runtime may be an ordinary user's (tests/lib/with-user)
    server.listen(1)
    os.rename(path + ".new", path)
    connection, _ = server.accept()
    fds = array.array("i")
    _, ancillary, _, _ = connection.recvmsg(4096, 1024)
    for level, kind, value in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds.frombytes(value)
    (pidfd,) = fds
    return pidfd


def main():
    pidfd = receive_pidfd(sys.argv[1])
    with open(f"/proc/self/fdinfo/{pidfd}", encoding="ascii") as info:
        print(re.search(r"^Pid:\s*(\d+)$", info.read(), re.M).group(1), flush=True)
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    poll.poll()
    print("ended")


main()

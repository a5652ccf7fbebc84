"""The two ends of a terminal that a container gets, for the tests.

usage: console.py pty STEP... -- COMMAND [ARG...]
       console.py receive SOCKET STEP...

pty runs a command on a pseudo-terminal of its own, as a shell would, and ends with its status. The terminal has to be
left as it was found: exit status 99 if not. receive listens on a socket, as a manager does for --console-socket, takes
exactly one file descriptor from the first connection and plays on that terminal until its other end is closed; the first
line printed is the message that came along.

Both print what the terminal showed. Steps are done in the order given:
  --wait TEXT     reads until TEXT has been shown since the last --wait (30 seconds at most)
  --type TEXT     types TEXT
  --resize RxC    makes the window R rows by C columns; as the first step of pty before the command begins
  --size          prints the size of the window, "size: R C"
  --signal NAME   sends the signal to the command (pty only)
  --hang-up       closes the terminal, and ends; pty waits for the command first
"""
import array
import errno
import fcntl
import os
import select
import signal
import socket
import struct
import sys
import termios
import time

LIMIT = 30


class Terminal:
    """The master of a pseudo-terminal, and what was read from it."""

    def __init__(self, fd, pid=None):
        self.fd, self.pid, self.shown, self.seen = fd, pid, b"", 0

    def read(self, deadline):
        """Reads once; False when the other end is closed."""
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self.fd], [], [], left)[0]:
            sys.exit(f"console.py: nothing more within {LIMIT} s after: {self.shown!r}")
        try:
            data = os.read(self.fd, 65536)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            data = b""
        self.shown += data
        return bool(data)

    def wait(self, text):
        deadline = time.monotonic() + LIMIT
        while (found := self.shown.find(text.encode(), self.seen)) < 0:
            if not self.read(deadline):
                sys.exit(f"console.py: closed before {text!r}: {self.shown!r}")
        self.seen = found + len(text.encode())

    def type(self, text):
        os.write(self.fd, text.encode())

    def resize(self, size):
        rows, columns = map(int, size.split("x"))
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def size(self):
        rows, columns, _, _ = struct.unpack("HHHH", fcntl.ioctl(self.fd, termios.TIOCGWINSZ, bytes(8)))
        print(f"size: {rows} {columns}", flush=True)

    def play(self, steps):
        """Does the steps; False after a hang-up."""
        steps = iter(steps)
        for step in steps:
            if step == "--wait":
                self.wait(next(steps))
            elif step == "--type":
                self.type(next(steps))
            elif step == "--resize":
                self.resize(next(steps))
            elif step == "--size":
                self.size()
            elif step == "--signal":
                os.kill(self.pid, signal.Signals["SIG" + next(steps)])
            elif step == "--hang-up":
                os.close(self.fd)
                return False
            else:
                sys.exit(f"console.py: no step {step!r}")
        return True

    def read_all(self):
        deadline = time.monotonic() + LIMIT
        while self.read(deadline):
            pass

    def print(self):
        sys.stdout.buffer.write(self.shown.replace(b"\r\n", b"\n"))
        sys.stdout.flush()


def wait_for(pid):
    """The exit status of a child, which has to end now."""
    pidfd = os.pidfd_open(pid)
    if not select.select([pidfd], [], [], LIMIT)[0]:
        os.kill(pid, signal.SIGKILL)
        sys.exit(f"console.py: still running after {LIMIT} s")
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return status if status >= 0 else 128 - status


def run_on_pty(steps, command):
    master, slave = os.openpty()
    # The command finds the size that comes first: it has not begun.
    if steps[:1] == ["--resize"]:
        Terminal(master).resize(steps[1])
        steps = steps[2:]
    before = termios.tcgetattr(slave)
    pid = os.fork()
    if pid == 0:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for fd in (0, 1, 2):
            os.dup2(slave, fd)
        os.closerange(3, 64)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.execvp(command[0], command)
    terminal = Terminal(master, pid)
    if not terminal.play(steps):
        return wait_for(pid)
    # The slave stays open here, so that the end of the command is not the end of the terminal: read until both are done.
    status = None
    deadline = time.monotonic() + LIMIT
    while status is None or select.select([master], [], [], 0)[0]:
        if status is None:
            done, code = os.waitpid(pid, os.WNOHANG)
            status = os.waitstatus_to_exitcode(code) if done else None
        if select.select([master], [], [], 0.02)[0]:
            terminal.read(deadline)
        elif time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            sys.exit(f"console.py: still running after {LIMIT} s: {terminal.shown!r}")
    terminal.print()
    if termios.tcgetattr(slave) != before:
        print("console.py: the terminal was left changed")
        return 99
    return status if status >= 0 else 128 - status


def receive(path, steps):
    server = socket.socket(socket.AF_UNIX)
    # Longer names than sun_path holds are reached through the directory.
    os.chdir(os.path.dirname(path))
    name = os.path.basename(path)
    # The name is there once it can be connected to: tests wait for it.
    server.bind(name + ".new")
    # The runtime may be an ordinary user's (tests/lib/with-user).
    os.chmod(name + ".new", 0o666)
    server.listen()
    os.rename(name + ".new", name)
    server.settimeout(LIMIT)
    connection, _ = server.accept()
    connection.settimeout(LIMIT)
    message, ancillary, flags, _ = connection.recvmsg(4096, socket.CMSG_SPACE(16 * 4))
    fds = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
    if len(fds) != 1 or not message or flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
        sys.exit(f"console.py: {len(fds)} fds came with {message!r}")
    print("message:", message.decode(errors="replace"), flush=True)
    if connection.recv(1):
        sys.exit("console.py: more came after the first message")
    terminal = Terminal(fds[0])
    if terminal.play(steps):
        terminal.read_all()
        terminal.print()
    return 0


def main(arguments):
    if arguments[:1] == ["pty"] and "--" in arguments:
        split = arguments.index("--")
        return run_on_pty(arguments[1:split], arguments[split + 1 :])
    if arguments[:1] == ["receive"] and len(arguments) > 1:
        return receive(arguments[1], arguments[2:])
    print(__doc__.strip(), file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

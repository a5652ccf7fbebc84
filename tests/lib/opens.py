"""Tells whether a file is opened while a command runs, be it a device or a fifo; a look at it by O_PATH is no opening.

usage: opens.py FILE COMMAND [ARG...]

Ends with the status of the command, or with 99 when the file was opened.
"""
import ctypes
import os
import subprocess
import sys

IN_OPEN = 0x20


def main():
    file, command = sys.argv[1], sys.argv[2:]
    libc = ctypes.CDLL(None, use_errno=True)
    events = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if events < 0 or libc.inotify_add_watch(events, os.fsencode(file), IN_OPEN) < 0:
        sys.exit(f"opens.py: cannot watch {file}: {os.strerror(ctypes.get_errno())}")
    status = subprocess.run(command).returncode
    try:
        os.read(events, 4096)
    except BlockingIOError:
        return status
    print(f"opens.py: {file} was opened", file=sys.stderr)
    return 99


if __name__ == "__main__":
    sys.exit(main())

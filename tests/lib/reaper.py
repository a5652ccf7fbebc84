"""Runs a command and reaps what is orphaned below it, as the init of a machine does. The init of this one may not.

usage: reaper.py COMMAND [ARG...]
"""
import ctypes
import os
import signal
import sys

PR_SET_CHILD_SUBREAPER = 36

ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
command = os.fork()
if command == 0:
    # Python ignores these, and a program would inherit that.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    os.execvp(sys.argv[1], sys.argv[1:])
# Ctrl-C is for the command, whose end is ours.
signal.signal(signal.SIGINT, signal.SIG_IGN)
pid = 0
while pid != command:
    pid, status = os.wait()
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)

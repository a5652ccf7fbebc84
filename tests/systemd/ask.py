#!/usr/bin/env python3
"""Starts tare-systemd as tare does, sends it a request, and prints the answer, a word a line.

usage: ask.py [OPTION...] PROGRAM system|user SECONDS [WORD...]

  --raw             the request is what stands in the standard input, byte for byte
  --after SECONDS   send the request so much later
  --after-file FILE send the request when FILE exists
  --show            print the cgroup of the child after the answer
  --orphan FILE     write the program's pid to FILE after the request, wait until FILE.go exists, and die by SIGKILL, while
                    another process keeps our end of the socket open
  --dead            the child is killed before the request is sent, and nobody has waited for it
  --close-after FILE  close our end as soon as FILE exists, and print "ended STATUS" once the program has ended

A word "@PID" stands for the text "u" and this process's child, which sleeps until it is
killed at the end. Exits 0 when the first word of the answer is "done", 1 when it is "failed", 3 when there was
no answer.
"""
import os
import signal
import socket
import subprocess
import sys
import time


def wait_for(path):
    while not os.path.exists(path):
        time.sleep(0.01)


def make_orphan(pid, path):
    if os.fork() == 0:
        for _ in range(2000):
            if not os.path.exists(f"/proc/{pid}"):
                break
            time.sleep(0.01)
        os._exit(0)
    with open(path + ".new", "w", encoding="ascii") as file:
        file.write(str(pid))
    os.rename(path + ".new", path)
    wait_for(path + ".go")
    os.kill(os.getpid(), signal.SIGKILL)


def main(arguments):
    raw, show, dead, after, after_file, close_after, orphan = False, False, False, 0.0, None, None, None
    while arguments and arguments[0].startswith("--"):
        option = arguments.pop(0)
        if option == "--raw":
            raw = True
        elif option == "--show":
            show = True
        elif option == "--dead":
            dead = True
        elif option == "--after-file":
            after_file = arguments.pop(0)
        elif option == "--orphan":
            orphan = arguments.pop(0)
        elif option == "--after":
            after = float(arguments.pop(0))
        elif option == "--close-after":
            close_after = arguments.pop(0)
        else:
            sys.exit(__doc__)
    if len(arguments) < 3:
        sys.exit(__doc__)
    program, words = arguments[:3], arguments[3:]
    low = [os.open("/dev/null", os.O_RDONLY) for _ in range(4)]  # so that neither end is file descriptor 3
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for fd in low:
        os.close(fd)

    sleeper = None
    if "@PID" in words:
        sleeper = subprocess.Popen(["sleep", "1000"])
        words = [f"u{sleeper.pid}" if word == "@PID" else word for word in words]
    try:
        os.dup2(theirs.fileno(), 3)
        theirs.close()
        with subprocess.Popen(program, pass_fds=[3]) as child:
            os.close(3)
            time.sleep(after)
            if after_file:
                wait_for(after_file)
            if dead:
                sleeper.kill()
                os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
            if raw:
                ours.send(sys.stdin.buffer.read())
            elif words:
                ours.send(b"".join(word.encode() + b"\0" for word in words))
            if orphan:
                make_orphan(child.pid, orphan)
            if close_after:
                wait_for(close_after)
                ours.close()
                print("ended", child.wait())
                return 0
            answer = ours.recv(1 << 17)
            if show:
                with open(f"/proc/{sleeper.pid}/cgroup", encoding="ascii") as cgroup:
                    shown = next(line.strip() for line in cgroup if line.startswith("0:"))
            ours.close()
            child.wait()
    finally:
        if sleeper:
            sleeper.kill()
            sleeper.wait()
    if not answer:
        print("no answer")
        return 3
    answered = answer.decode(errors="surrogateescape").split("\0")
    sys.stdout.reconfigure(errors="surrogateescape")
    print("\n".join(answered[:-1]))
    if show:
        print(shown)
    if answered[-1]:
        print("the last word has no end")
        return 3
    return {"done": 0, "failed": 1}.get(answered[0], 3)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

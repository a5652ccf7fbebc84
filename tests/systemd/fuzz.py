#!/usr/bin/env python3
"""Sends requests of all kinds to tare-systemd, and fails when one of them ends it otherwise than by an answer.

usage: fuzz.py PROGRAM COUNT [SEED]

Its systemd is found by XDG_RUNTIME_DIR. The requests are made from the words that requests have, and then some bytes of
some of them are changed; each is printed when it has failed.
"""
import os
import random
import socket
import subprocess
import sys

WORDS = ["start", "set", "a.scope", "=Name", "?Name", "=", "?", "", ".", "s", "sx", "as", "a(ss)", "(ss", "{sv", "a{sv}", "vs", "v",
         "t1", "t", "u4294967295", "u4294967296", "y-1", "n-1", "btrue", "b", "d1", "dnan", "o/", "o", "ga", "gs", "a", "(", "{",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaas", "(((((((((((((((((s)))))))))))))))))", "h0", "\u00ff", "x" * 300]
SIGNATURES = ["s", "t", "as", "au", "a(ss)", "a(st)", "a{sv}", "v", "b", "(s(tb))", "aas", "d"]


def value(signature, rng):
    """Words of a value that is nearly right."""
    code = signature[0]
    if rng.random() < 0.03:
        return [rng.choice(WORDS)]
    if code == "a":
        inner = signature[1:]
        return ["a" + inner] + [w for _ in range(rng.randrange(3)) for w in value(inner, rng)] + ["."]
    if code == "(":
        parts = {"(ss)": "ss", "(st)": "st", "(tb)": "tb"}.get(signature)
        if parts is None:
            return ["(" + signature[1:-1]] + value("s", rng) + value("(tb)", rng) + ["."]
        return ["(" + parts] + [w for part in parts for w in value(part, rng)] + ["."]
    if code == "{":
        return ["{sv"] + value("s", rng) + value("v", rng) + ["."]
    if code == "v":
        inner = rng.choice(SIGNATURES[:6])
        return ["v" + inner] + value(inner, rng) + ["."]
    return [code + {"b": "true", "s": "text", "d": "1.5"}.get(code, str(rng.randrange(1 << 40)))]


def request(rng, number, pid):
    words = ["start", f"fuzz-{number}.scope", "=PIDs", "au", "au", f"u{pid}", "."]
    if rng.random() < 0.3:
        words[0:2] = ["set", f"fuzz-{number - 1}.scope"]
    for _ in range(rng.randrange(6)):
        signature = rng.choice(SIGNATURES)
        words += [rng.choice("=?") + "Name", signature] + value(signature, rng)
    for _ in range(rng.choice([0, 0, 1, 3])):
        words.insert(rng.randrange(len(words) + 1), rng.choice(WORDS))
    text = bytearray(b"".join(word.encode() + b"\0" for word in words))
    for _ in range(rng.choice([0, 0, 0, 1, 4])):
        text[rng.randrange(len(text))] = rng.randrange(256)
    if rng.random() < 0.1:
        del text[rng.randrange(len(text)):]
    return bytes(text) or b"\0"


def ask(program, text):
    """Whether the program has answered, and how it has ended."""
    low = [os.open("/dev/null", os.O_RDONLY) for _ in range(4)]
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for fd in low:
        os.close(fd)
    os.dup2(theirs.fileno(), 3)
    theirs.close()
    with ours, subprocess.Popen([program, "user", "20"], pass_fds=[3], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        os.close(3)
        ours.send(text)
        answer = ours.recv(1 << 17)
        printed = child.communicate()
        return answer.split(b"\0")[0] in (b"done", b"failed"), child.returncode, b"".join(printed)


def main(program, count, seed="1"):
    rng = random.Random(int(seed))
    done = failed = 0
    with subprocess.Popen(["sleep", "1000"]) as sleeper:
        for number in range(int(count)):
            text = request(rng, number, sleeper.pid)
            answered, status, printed = ask(program, text)
            done += status == 0
            if not answered or status not in (0, 1) or printed:
                print(text, "answered:", answered, "status:", status, printed.decode(errors="replace"))
                failed = 1
                break
        sleeper.kill()
    if failed:
        return 1
    if not 0 < done < int(count):
        print(f"{done} of {count} requests were carried out: the requests are of one kind")
        return 1
    return 0


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))

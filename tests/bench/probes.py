#!/usr/bin/env python3
"""Many containers with a probe a second each, as a node of Kubernetes has them: what an exec takes under that load.

usage: tests/lib/pure-v2 tests/bench/probes.py [OPTION...] TARE

  --containers N   so many containers (500)
  --seconds N      probes for so long (60)
  --limit SECONDS  the time limit of a probe, exec --timeout (1)
  --plain          without a time limit

Each container has its turn at its own part of the second. A probe that is due while the last one of the same container
still runs is skipped, as a kubelet does. Times are counted from when a probe was due, so that a late start counts. It
prints percentiles of the time, how many probes were skipped, and what they exited with; the exit status is 1 when a
probe did not exit with 0, or left a cgroup behind.
"""
import argparse
import collections
import heapq
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import time

TREE = pathlib.Path(__file__).resolve().parent.parent.parent
PERCENTILES = (50, 90, 99, 99.9)


def parse():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].split("\n")[0])
    parser.add_argument("--containers", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--limit", default="1")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("tare")
    return parser.parse_args()


class Probes:
    """The probes that run, and what became of the others."""

    def __init__(self, command, ids):
        self.command, self.ids = command, ids
        self.running = {}  # by pidfd: the container, the pid, and when the probe was due
        self.times, self.codes, self.skipped = [], collections.Counter(), 0
        self.events = select.poll()
        self.null = os.open("/dev/null", os.O_RDWR)

    def begin(self, index, due):
        if any(probe[0] == index for probe in self.running.values()):
            self.skipped += 1
            return
        arguments = [*self.command, self.ids[index], "true"]
        files = [(os.POSIX_SPAWN_DUP2, self.null, fd) for fd in (0, 1)]
        pid = os.posix_spawn(arguments[0], arguments, os.environ, file_actions=files)
        pidfd = os.pidfd_open(pid)
        self.running[pidfd] = (index, pid, due)
        self.events.register(pidfd, select.POLLIN)

    def wait(self, seconds):
        """Waits for ends of probes, so long at most."""
        for pidfd, _ in self.events.poll(max(0, seconds) * 1000):
            _, pid, due = self.running.pop(pidfd)
            _, status = os.waitpid(pid, 0)
            self.times.append(time.monotonic() - due)
            self.codes[os.waitstatus_to_exitcode(status)] += 1
            self.events.unregister(pidfd)
            os.close(pidfd)

    def run(self, seconds):
        begin = time.monotonic()
        turns = [(begin + index / len(self.ids), index) for index in range(len(self.ids))]
        heapq.heapify(turns)
        while turns:
            due, index = turns[0]
            left = due - time.monotonic()
            if left > 0:
                self.wait(left)
                continue
            self.begin(index, due)
            if due + 1 < begin + seconds:
                heapq.heapreplace(turns, (due + 1, index))
            else:
                heapq.heappop(turns)
            self.wait(0)
        while self.running:
            self.wait(60)


def report(probes, elapsed):
    times = sorted(probes.times)
    print(f"{len(times)} probes of {len(probes.ids)} containers in {elapsed:.1f} s, {probes.skipped} skipped")
    for percent in PERCENTILES:
        print(f"p{percent:<6} {times[min(len(times) - 1, int(len(times) * percent / 100))] * 1000:9.2f} ms")
    print(f"max     {times[-1] * 1000:9.2f} ms")
    for code, count in sorted(probes.codes.items()):
        print(f"exit {code}: {count}")


def left_behind(prefix):
    return [path for path, _, _ in os.walk("/sys/fs/cgroup") if prefix in path and "tare-exec-" in path]


def main():
    options = parse()
    prefix = f"probes-{os.getpid()}-"
    ids = [f"{prefix}{i}" for i in range(options.containers)]
    with tempfile.TemporaryDirectory(prefix="tare-probes-") as directory:
        tare = [os.path.abspath(options.tare), "--root", f"{directory}/state"]
        bundle = f"{directory}/bundle"
        subprocess.run([TREE / "scripts/mkbundle", "--busybox", bundle, "--", "sleep", "100000"], check=True,
                       stdout=subprocess.DEVNULL, env={**os.environ, "TARE": tare[0]})
        try:
            begin = time.monotonic()
            for container in ids:
                subprocess.run([*tare, "run", "--detach", "--bundle", bundle, container], check=True,
                               stdin=subprocess.DEVNULL)
            print(f"{len(ids)} containers run after {time.monotonic() - begin:.1f} s")
            limit = [] if options.plain else ["--timeout", options.limit]
            probes = Probes([*tare, "exec", *limit], ids)
            begin = time.monotonic()
            probes.run(options.seconds)
            report(probes, time.monotonic() - begin)
            left = left_behind(prefix)
            print(f"cgroups left behind: {len(left)}")
        finally:
            for container in ids:
                subprocess.run([*tare, "delete", "--force", container], check=False, stderr=subprocess.DEVNULL)
            shutil.rmtree(f"{directory}/state", ignore_errors=True)
    return 0 if set(probes.codes) == {0} and not left else 1


sys.exit(main())

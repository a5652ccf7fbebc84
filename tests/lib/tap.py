"""Runs one test command that speaks TAP, and tells what came of it.

usage: tap.py --name NAME --log FILE --counts FILE [--limit SECONDS] [--verbose] [--one] -- COMMAND [ARG...]

Prints the tests that failed, with their output, and those that were skipped, with the reason (all of them with
--verbose). The whole output goes to the log, and "passed failed skipped" is appended to the counts. Besides its own lines
a command fails when it ends badly without a failed test, breaks its plan, runs nothing, or takes longer than the limit.
With --one the command speaks no TAP: it is one test, which passes when it exits with 0.
"""
import argparse
import os
import re
import select
import signal
import subprocess
import sys
import time

RESULT = re.compile(r"^(not )?ok\b[ \t]*(\d+)?[ \t]*(?:-[ \t]*)?(.*)$")
DIRECTIVE = re.compile(r"[ \t]#[ \t]*(SKIP|TODO)\b[ \t]*(.*)$", re.I)
PLAN = re.compile(r"^1\.\.(\d+)(?:[ \t]*#[ \t]*skip\b[ \t]*(.*))?", re.I)


class Stage:
    def __init__(self, name, verbose):
        self.name, self.verbose = name, verbose
        self.passed = self.failed = self.skipped = 0
        self.plan = None
        self.failing = False  # the lines now belong to a test that failed
        self.plain = []  # lines that belong to no test

    def say(self, line):
        print(line, flush=True)

    def fail(self, what, lines=()):
        self.failed += 1
        self.say(f"not ok - {self.name}: {what}")
        for line in lines:
            self.say(f"  {line}")

    def take(self, line):
        """Looks at one line of TAP."""
        plan, result = PLAN.match(line), RESULT.match(line)
        if plan:
            self.plan = int(plan.group(1))
            if self.plan == 0:
                self.skip("all of it", plan.group(2))
        elif result:
            self.failing = False
            self.take_result(bool(result.group(1)), result.group(3))
        elif self.failing:
            self.say(f"  {line}")
        else:
            self.plain = (self.plain + [line])[-40:]

    def take_result(self, failed, what):
        directive = DIRECTIVE.search(what)
        title = what[: directive.start()] if directive else what
        if directive and directive.group(1).upper() == "SKIP" and not failed:
            self.skip(title, directive.group(2))
        elif failed:
            self.fail(title)
            self.failing = True
        else:
            self.passed += 1
            if self.verbose:
                self.say(f"ok - {self.name}: {title}")

    def skip(self, what, why):
        self.skipped += 1
        self.say(f"skipped - {self.name}: {what}: {why or 'no reason given'}")

    def close(self, status, late):
        """Judges the command as a whole, once it has ended."""
        ran = self.passed + self.failed + self.skipped
        if late:
            self.fail(f"not done after {late} s", self.plain)
        elif self.plan is None:
            self.fail(f"ended with {status} before it told its plan", self.plain)
        elif self.plan != ran and self.plan != 0:
            self.fail(f"planned {self.plan} tests, ran {ran}; ended with {status}", self.plain)
        elif status != 0 and self.failed == 0:
            self.fail(f"ended with {status} though no test failed", self.plain)


def lines_of(process, deadline):
    """Each line of the output, until the command has ended and its pipe is empty, or the time is up. What the command
    left running may hold the pipe open for ever: that is not waited for."""
    rest = b""
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        if select.select([process.stdout], [], [], 0.0 if ended else 0.2)[0]:
            data = os.read(process.stdout.fileno(), 65536)
            if not data:
                break
            *lines, rest = (rest + data).split(b"\n")
            yield from lines
        elif ended:
            break
    if rest:
        yield rest


def run(command, log, limit, take):
    """Gives each line of the output to take(); returns the exit status, and whether the time was up."""
    deadline = time.monotonic() + limit
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               start_new_session=True)
    try:
        with open(log, "ab") as file:
            for line in lines_of(process, deadline):
                file.write(line + b"\n")
                file.flush()
                take(line.decode(errors="replace"))
        return process.wait(max(0, deadline - time.monotonic())), False
    except subprocess.TimeoutExpired:
        return stop(process), True
    except (KeyboardInterrupt, SystemExit):
        stop(process)
        raise


def stop(process):
    """Ends a command that takes too long: it may clean up, but not for ever. tests/lib/pure-v2 kills containers, which are in
    no process group of the command's, some seconds after the signal: it has to come to that."""
    for number, seconds in ((signal.SIGTERM, 60), (signal.SIGKILL, 15)):
        os.killpg(process.pid, number)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
    return None


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n")[2].removeprefix("usage: "))
    for option in ("--name", "--log", "--counts"):
        parser.add_argument(option, required=True)
    parser.add_argument("--limit", type=float, default=900)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--one", action="store_true")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()

    # The command is ended with this program.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    stage = Stage(options.name, options.verbose)
    if options.one:
        lines = []
        status, late = run(options.command, options.log, options.limit, lines.append)
        if status == 0 and not late:
            stage.take_result(False, "passes")
        else:
            stage.fail(f"not done after {options.limit} s" if late else f"ended with {status}", lines)
    else:
        status, late = run(options.command, options.log, options.limit, stage.take)
        stage.close(status, options.limit if late else None)
    with open(options.counts, "a", encoding="utf-8") as file:
        print(stage.passed, stage.failed, stage.skipped, file=file)
    return 1 if stage.failed else 0


if __name__ == "__main__":
    sys.exit(main())

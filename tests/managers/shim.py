"""Plays containerd's shim, which stands between containerd and the runtime, for the tests.

usage: shim.py [--terminal] BUNDLE RUNTIME [GLOBAL...] -- ID STEP...

It is a child subreaper with an OOM score that is one higher than its parent's, umask 0 and the signals as a Go program may
have them: SIGINT and SIGQUIT ignored, SIGCHLD blocked. It starts the runtime with a parent-death signal, with two listening
sockets as file descriptors 3 and 4, and with the bundle as current directory. The stdio of a container and of an exec are
fifos; that of the other commands is one pipe, which it reads to its end. With --terminal the container has a terminal
instead, which comes through a console socket. The log of the runtime is BUNDLE/log.json, read as containerd reads it.

Steps, for each of which it prints a line:
  create             the container: its OOM score relative to that of the shim, and what /proc/PID/cgroup has then, which
                     must not change until the end
  start
  exec NAME FILE     a process by a document, which is deleted when the runtime has ended
  kill SIGNAL, kill-all SIGNAL, pause, resume, delete
  signal NAME SIGNAL sends a signal to an exec, not by the runtime
  update JSON        limits, on standard input
  pids               how many processes ps counts, and whether the first of the container is one
  write NAME TEXT    to the standard input of a process, or to its terminal; "init" is the container's
  read-init LINE     waits for a line of the container's standard output
  wait NAME          the exit status of a process, when nobody holds its output, and what it wrote
  cleanup            delete --force by another process: its exit status and what it says
  cleanup-late       likewise, when the directory of the log is gone
"""
import array
import ctypes
import datetime
import json
import os
import select
import signal
import socket
import subprocess
import sys

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
LIMIT = 120
libc = ctypes.CDLL(None)


def last_error(path):
    """The message of the last error of a log, as containerd takes it; each line has to be an object with a time."""
    message = ""
    with open(path, encoding="utf-8") as file:
        for line in file:
            entry = json.loads(line)
            datetime.datetime.strptime(entry["time"].split(".")[0].rstrip("Z"), "%Y-%m-%dT%H:%M:%S")
            if entry["level"] == "error":
                message = entry["msg"]
    return message


def kill_error(text):
    """What the shim makes of the text of a kill that failed."""
    lower = text.lower()
    if "os: process already finished" in text or "container not running" in text or "no such process" in lower:
        return "process already finished: not found"
    if "does not exist" in text:
        return "no such container: not found"
    return "unknown error after kill: " + text


def read_all(fd):
    text = b""
    while True:
        if not select.select([fd], [], [], LIMIT)[0]:
            sys.exit(f"shim.py: somebody holds the output, after {text!r}")
        try:
            data = os.read(fd, 65536)
        except OSError:  # the other end of the terminal is closed
            data = b""
        if not data:
            return text.decode()
        text += data


def oom_score(pid):
    with open(f"/proc/{pid}/oom_score_adj", encoding="ascii") as file:
        return int(file.read())


def cgroup(pid):
    with open(f"/proc/{pid}/cgroup", encoding="ascii") as file:
        return file.read()


class Process:
    """A process of the container: its pid, and the shim's ends of its stdio."""

    def __init__(self, bundle, name, terminal):
        self.pid, self.terminal, self.socket = None, terminal, None
        self.pid_file = f"{bundle}/{name}.pid"
        if terminal:
            self.socket = socket.socket(socket.AF_UNIX)
            self.path = f"{bundle}/{name}.sock"
            self.socket.bind(self.path)
            self.socket.listen()
            self.outer, writer = os.pipe()
            self.inner = [os.open("/dev/null", os.O_RDONLY), writer, writer]
        else:
            fifos = [f"{bundle}/{name}.{number}" for number in range(3)]
            for fifo in fifos:
                os.mkfifo(fifo)
            self.input = os.open(fifos[0], os.O_RDWR)
            self.inner = [os.open(fifos[0], os.O_RDONLY)]
            self.outputs = [os.open(fifo, os.O_RDONLY | os.O_NONBLOCK) for fifo in fifos[1:]]
            self.inner += [os.open(fifo, os.O_WRONLY) for fifo in fifos[1:]]

    def options(self):
        return ["--pid-file", self.pid_file] + (["--console-socket", self.path] if self.terminal else [])

    def close_inner(self):
        for fd in set(self.inner):
            os.close(fd)

    def receive(self):
        """The terminal: one message with the master's fd and a few bytes, and then the end of the connection."""
        connection, _ = self.socket.accept()
        data, ancillary, _, _ = connection.recvmsg(8192, socket.CMSG_SPACE(64))
        fds = array.array("i")
        for _, _, value in ancillary:
            fds.frombytes(value)
        if len(fds) != 1 or not 0 < len(data) < 4096 or connection.recv(1):
            sys.exit(f"shim.py: the console socket got {data!r} and {len(fds)} files")
        self.input = fds[0]
        self.outputs = [fds[0]]

    def started(self):
        if self.terminal:
            self.receive()
            if said := read_all(self.outer):
                sys.exit(f"shim.py: with a terminal the runtime wrote {said!r}")
        with open(self.pid_file, encoding="ascii") as file:
            text = file.read()
        if not text.isdigit():
            sys.exit(f"shim.py: the pid file has {text!r}")
        self.pid = int(text)

    def wait(self):
        texts = [read_all(fd) for fd in self.outputs]
        _, status = os.waitpid(self.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        return f"{code if code >= 0 else 128 - code} {' '.join(repr(text) for text in texts)}"


class Shim:
    """One container with its processes."""

    def __init__(self, bundle, words, identity, terminal):
        self.bundle, self.words, self.identity, self.terminal = bundle, words, identity, terminal
        self.log = bundle + "/log.json"
        self.sockets = []
        self.processes = {}
        self.cgroup = None
        for number in (3, 4):
            listening = socket.socket(socket.AF_UNIX)
            listening.bind(f"{bundle}/shim.{number}")
            listening.listen()
            if listening.fileno() != number:
                os.dup2(listening.fileno(), number)
            os.set_inheritable(number, True)
            self.sockets.append(listening)

    @staticmethod
    def in_child():
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

    def run(self, *words, log=None, stdio=None, text=None):
        """The runtime; with stdio its own three, otherwise one pipe for its output, which is read to its end."""
        command = self.words + ["--log", log or self.log, "--log-format", "json", *words]
        files = dict(zip(("stdin", "stdout", "stderr"), stdio or (subprocess.PIPE,) * 2 + (subprocess.STDOUT,)))
        runtime = subprocess.Popen(command, cwd=self.bundle, preexec_fn=self.in_child, restore_signals=False, close_fds=False,
                                   **files)
        try:
            said = runtime.communicate(text, timeout=LIMIT)[0] or b""
        except subprocess.TimeoutExpired:
            runtime.kill()
            sys.exit(f"shim.py: {words} does not end, or somebody holds its output")
        return runtime.returncode, said.decode()

    def told(self, words, **more):
        """For the commands that say nothing: "ok", or containerd's error."""
        code, said = self.run(*words, **more)
        if code == 0:
            return "ok" if not said else f"says {said}"
        return kill_error(said) if words[0] == "kill" else last_error(self.log) or said

    def new(self, name, words):
        process = Process(self.bundle, name, self.terminal)
        code, _ = self.run(*words[:1], *process.options(), *words[1:], stdio=process.inner)
        process.close_inner()
        if code != 0:
            said = [] if self.terminal else [read_all(fd) for fd in process.outputs]
            return f"{last_error(self.log)} ({'' if os.path.exists(process.pid_file) else 'no '}pid file, {len(said)} ends)"
        process.started()
        self.processes[name] = process
        return None

    def step_create(self):
        if error := self.new("init", ["create", "--bundle", self.bundle, self.identity]):
            return error
        pid = self.processes["init"].pid
        self.cgroup = cgroup(pid)
        return f"oom score {oom_score(pid) - oom_score('self'):+d}"

    def step_start(self):
        return self.told(["start", self.identity])

    def step_exec(self, name, file):
        error = self.new(name, ["exec", "--process", file, "--detach", self.identity])
        os.unlink(file)
        return error or "ok"

    def step_kill(self, number):
        return self.told(["kill", self.identity, number])

    def step_kill_all(self, number):
        return self.told(["kill", "--all", self.identity, number])

    def step_pause(self):
        return self.told(["pause", self.identity])

    def step_resume(self):
        return self.told(["resume", self.identity])

    def step_delete(self):
        return self.told(["delete", self.identity])

    def step_update(self, limits):
        return self.told(["update", "--resources=-", self.identity], text=limits.encode())

    def step_signal(self, name, number):
        os.kill(self.processes[name].pid, int(number))
        return "ok"

    def step_pids(self):
        pids = json.loads(self.run("ps", "--format", "json", self.identity)[1])
        first = self.processes["init"].pid
        return f"{len(pids)} {first in pids} {'same' if cgroup(first) == self.cgroup else 'another'} cgroup"

    def step_write(self, name, text):
        os.write(self.processes[name].input, text.encode())
        return "ok"

    def step_read_init(self, wanted):
        fd, line = self.processes["init"].outputs[0], b""
        while not line.endswith(b"\n"):
            if not select.select([fd], [], [], LIMIT)[0] or not (data := os.read(fd, 1)):
                sys.exit(f"shim.py: nothing after {line!r}")
            line += data
        return "ok" if line.decode() == wanted + "\n" else repr(line)

    def step_wait(self, name):
        return self.processes[name].wait()

    def cleanup(self, log):
        """delete --force by another process, which has none of this one's files."""
        child = os.fork()
        if child == 0:
            os.closerange(3, 64)
            code, said = self.run("delete", "--force", self.identity, log=log)
            print(f"[{code} {said.strip()}] ", end="", flush=True)
            os._exit(0)
        os.waitpid(child, 0)
        return "ended"

    def step_cleanup(self):
        return self.cleanup(self.log)

    def step_cleanup_late(self):
        return self.cleanup(self.bundle + "/gone/log.json")


def main(arguments):
    terminal = arguments[0] == "--terminal"
    arguments = arguments[terminal:]
    split = arguments.index("--")
    os.umask(0)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with open("/proc/self/oom_score_adj", "r+", encoding="ascii") as file:
        score = int(file.read())
        file.seek(0)
        file.write(str(min(score + 1, 1000)))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGQUIT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    shim = Shim(arguments[0], arguments[1:split], arguments[split + 1], terminal)
    steps = iter(arguments[split + 2 :])
    for step in steps:
        function = getattr(shim, "step_" + step.replace("-", "_"))
        words = [next(steps) for _ in range(function.__code__.co_argcount - 1)]
        name = words[:1] if step in ("exec", "wait", "write", "signal") else []
        print(" ".join([step, *name]) + ":", function(*words), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

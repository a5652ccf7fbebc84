"""Plays conmon, which Podman and CRI-O have between themselves and the runtime, for the tests.

usage: conmon.py [--terminal] [--stdin TEXT] [--leak] DIRECTORY -- RUNTIME [GLOBAL...] create|exec [OPTION...] ID [ARG...]

It is a session leader and a child subreaper, it ignores SIGPIPE, and it starts the runtime with the variables _OCI_SYNCPIPE,
_OCI_STARTPIPE and _OCI_ATTACHPIPE, with no HOME, with an empty XDG_RUNTIME_DIR, with a parent-death signal, and with pipes
as its stdio. To the options of the command it adds --pid-file and, for a terminal, --console-socket.
When the runtime has ended, it takes one read from its stderr or the pid from the pid file, passes on what the container
writes, waits for the container's process, and reaps it.

  --terminal     the process has a terminal: a socket waits for its master
  --stdin TEXT   what the container finds on its standard input, a pipe; without it that is /dev/null
  --leak         the three pipes and ten more have no close-on-exec flag

In DIRECTORY it writes, each complete when it is there:
  sync       what a manager reads from the sync pipe: {"data": PID}, or {"data": -1, "message": TEXT}
  cgroup     /proc/PID/cgroup as it was right after the runtime had ended
  strays     what somebody wrote to the pipes that are none of the runtime's
  stdout     what the process wrote to the pipe that is its standard output, or to its terminal
  stderr     likewise
  rest       what a second read from the stderr of a runtime that failed would have got
  exit       the exit status of the process, 128 and the signal where one ended it; "lost" where it is no child
"""
import array
import ctypes
import fcntl
import json
import os
import select
import signal
import socket
import sys

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
LIMIT = 120
STDIO_SIZE = 8191
libc = ctypes.CDLL(None)


def put(name, data):
    with open(name + ".new", "wb") as file:
        file.write(data)
    os.rename(name + ".new", name)


def low_pipes(leak):
    """The pipes 3, 4 and 5 that a manager gives conmon, as read ends; ten more descriptors for --leak."""
    readers = []
    for number in (3, 4, 5):
        reader, writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        readers.append(os.fdopen(fcntl.fcntl(reader, fcntl.F_DUPFD_CLOEXEC, 64), "rb", 0))
        keep = fcntl.fcntl(writer, fcntl.F_DUPFD_CLOEXEC, 64)
        os.close(reader)
        os.close(writer)
        os.dup2(keep, number, inheritable=leak)
        os.close(keep)
    if leak:
        for number in range(20, 30):
            os.dup2(3, number, inheritable=True)
    return readers


def status_of(status):
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def run(words, environment, stdio):
    """The runtime as a child."""
    pid = os.fork()
    if pid == 0:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        for number, fd in enumerate(stdio):
            os.dup2(fd, number)
        try:
            os.execve(words[0], words, environment)
        except OSError as error:
            os.write(2, f"{words[0]}: {error}\n".encode())
            os._exit(127)
    return pid


def receive(server):
    """The master of the terminal, or None when the runtime hung up without one."""
    connection, _ = server.accept()
    connection.settimeout(LIMIT)
    data, ancillary, _, _ = connection.recvmsg(4096, socket.CMSG_SPACE(64))
    fds = array.array("i")
    for level, kind, value in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds.frombytes(value)
    return fds[0] if data and len(fds) == 1 else None


def wait_runtime(pid, server):
    """The status of the runtime, and the master of a terminal that it sent meanwhile."""
    pidfd, master = os.pidfd_open(pid), None
    waits = [pidfd] + ([server] if server else [])
    while True:
        ready = select.select(waits, [], [], LIMIT)[0]
        if not ready:
            os.kill(pid, signal.SIGKILL)
            sys.exit("conmon.py: the runtime does not end")
        if server in ready:
            master = receive(server)
            waits.remove(server)
        elif pidfd in ready:
            return status_of(os.waitpid(pid, 0)[1]), master


def copy_output(sources):
    """All that comes until nobody holds the other ends, and whether that was so before the time is up."""
    texts = {fd: b"" for fd in sources}
    left = set(sources)
    while left:
        ready = select.select(left, [], [], LIMIT)[0]
        if not ready:
            return texts, False
        for fd in ready:
            try:
                data = os.read(fd, 65536)
            except OSError:  # the terminal's other end is closed
                data = b""
            texts[fd] += data
            if not data:
                left.remove(fd)
    return texts, True


def watch(pid, out, err):
    """The output of the process, and then its end."""
    texts, ended = copy_output([out, err])
    put("stdout", texts[out])
    put("stderr", texts[err])
    if not ended:
        sys.exit("conmon.py: somebody holds the output")
    try:
        put("exit", str(status_of(os.waitpid(pid, 0)[1])).encode())
    except ChildProcessError:
        put("exit", b"lost")


def main(arguments):
    split = arguments.index("--")
    options, words = arguments[: split - 1], arguments[split + 1 :]
    verb = next(i for i, word in enumerate(words) if word in ("create", "exec"))
    terminal = "--terminal" in options
    os.chdir(arguments[split - 1])
    here = os.getcwd()
    os.setsid()
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    strays = low_pipes("--leak" in options)
    added = ["--pid-file", here + "/pidfile"]
    server = None
    if terminal:
        server = socket.socket(socket.AF_UNIX)
        server.bind("console.sock")
        server.listen()
        added += ["--console-socket", here + "/console.sock"]
    words[verb + 1 : verb + 1] = added
    environment = {"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": "", "CRI_O_EXTERNAL": "1", "_OCI_SYNCPIPE": "3",
                   "_OCI_STARTPIPE": "4", "_OCI_ATTACHPIPE": "5"}
    environment.update((k, v) for k, v in os.environ.items() if k.endswith("SAN_OPTIONS"))
    stdin = os.open("/dev/null", os.O_RDWR)
    null = stdin
    if "--stdin" in options:
        stdin, writer = os.pipe()
        os.write(writer, options[options.index("--stdin") + 1].encode())
        os.close(writer)
    out, out_writer = os.pipe()
    err, err_writer = os.pipe()
    runtime = run(words, environment, (stdin, null if terminal else out_writer, err_writer))
    os.close(out_writer)
    os.close(err_writer)
    if stdin != null:
        os.close(stdin)
    status, master = wait_runtime(runtime, server)
    if status != 0:
        message = os.read(err, STDIO_SIZE).decode()
        rest = os.read(err, STDIO_SIZE).decode()
        put("rest", rest.encode())
        put("sync", json.dumps({"data": -1, "message": message, "terminal": master is not None}).encode())
        return 1
    with open("pidfile", encoding="ascii") as file:
        text = file.read()
    if not text.isdigit():
        sys.exit(f"conmon.py: the pid file has {text!r}")
    pid = int(text)
    with open(f"/proc/{pid}/cgroup", "rb") as file:
        put("cgroup", file.read())
    put("strays", b"".join(reader.read() or b"" for reader in strays))
    put("sync", json.dumps({"data": pid}).encode())
    watch(pid, master if terminal else out, err)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

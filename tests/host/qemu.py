"""One virtual machine under qemu, from its start to its end. tests/host/machine is what calls this.

usage: qemu.py probe DIR                  succeeds where kvm runs the kernel of DIR
       qemu.py devices ACCEL              prints what has to be the same for a saved state to be of use
       qemu.py save ACCEL DIR SAVED       boots the disk of DIR, and saves the state of the booted machine in SAVED
       qemu.py run [OPTION...] ACCEL DIR SAVED SCRIPT [ARG...]
                                          goes on from the saved state, and runs the script there

  --limit SECONDS        how long it may take
  --share HOST:PATH      shows a directory of the host read-only as PATH
  --writable HOST:PATH   the same, writable
  --user                 runs the script as the ordinary user

The exit status of run is the script's, 124 when the time was up, 125 when the machine ended without the status of the
script, and 128 and a signal's number when that ended this program. In the last three cases the tail of the console is
shown.

Nothing is left on the host: the descriptors of the machine are sockets without a name, what it writes to its disks goes
to files that qemu unlinks when it opens them, and the kernel kills qemu when this program ends.
"""
import argparse
import base64
import ctypes
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time

# The saved state fits machines with the same devices only. So all of them are always there: the shares that a run has
# no use for show an empty directory.
SHARES = 4
MEGABYTES = 2048
PROCESSORS = 2
# How long a boot may take on a busy machine without kvm, and how long the machine may take to power off.
BOOT_LIMIT = 600
OFF_LIMIT = 60
PROBE_LIMIT = 15
CONSOLE_LINES = 60
DIED = 125
PR_SET_PDEATHSIG = 1

# What takes time where instructions are emulated, and what would make runs differ. An oops ends the machine, as a
# panic does.
KERNEL = "console=ttyS0 loglevel=4 panic=-1 oops=panic apparmor=1 security=apparmor mitigations=off nokaslr " \
         "init_on_alloc=0 random.trust_cpu=on systemd.show_status=error TERM=dumb"
KERNEL_OF = {"kvm": "", "tcg": "tsc=reliable clocksource=tsc no_timer_check"}
ACCELERATOR = {
    "kvm": ["-accel", "kvm", "-cpu", "host"],
    "tcg": ["-accel", "tcg,thread=multi,tb-size=512", "-cpu", "max,la57=off,pmu=off,erms=off,fsrm=off"],
}


class Stopped(Exception):
    """The machine came to an end that nobody wanted; the number is the exit status."""

    def __init__(self, status, why):
        super().__init__(why)
        self.status = status


def end_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def devices(accelerator, directory, shares=(), words=""):
    """The qemu of a machine: all that has to be the same when a state is saved and when it is used."""
    command = ["qemu-system-x86_64", "-M", "q35,smm=off,hpet=off,vmport=off,graphics=off",
               "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
               *ACCELERATOR[accelerator], "-smp", str(PROCESSORS), "-m", str(MEGABYTES),
               "-kernel", f"{directory}/kernel", "-initrd", f"{directory}/initramfs",
               "-append", f"{KERNEL} {KERNEL_OF[accelerator]} {words}".rstrip(),
               "-serial", "chardev:console", "-mon", "chardev=monitor,mode=control",
               "-device", "virtio-rng-pci", "-device", "virtio-serial-pci"]
    for port in ("control", "stdout", "stderr"):
        command += ["-device", f"virtserialport,chardev={port},name={port}"]
    if not words:
        command += ["-drive", f"id=empty,if=none,cache=unsafe,file={directory}/empty,format=raw,snapshot=on",
                    "-device", "virtio-blk-pci,drive=root", "-device", "virtio-blk-pci,drive=empty"]
    for number in range(SHARES):
        path, writable = f"{directory}/nothing", False
        if number < len(shares):
            path, writable = shares[number]["host"].replace(",", ",,"), shares[number]["writable"]
        command += ["-fsdev", f"local,id=share{number},path={path},security_model=none,multidevs=remap"
                    + ("" if writable else ",readonly=on"),
                    "-device", f"virtio-9p-pci,fsdev=share{number},mount_tag=share{number}"]
    return command


class Machine:
    """A running qemu. Its ports are sockets: console, control, stdout and stderr, and monitor."""

    PORTS = ("console", "control", "stdout", "stderr", "monitor")

    def __init__(self, accelerator, directory, saved=None, resume=False, shares=(), words=""):
        self.ends, theirs = {}, {}
        for name in self.PORTS:
            self.ends[name], theirs[name] = socket.socketpair()
        self.selector = selectors.DefaultSelector()
        for name, end in self.ends.items():
            self.selector.register(end, selectors.EVENT_READ, name)
        self.console = b""
        self.lines = {"control": b"", "monitor": b""}
        self.deadline = self.seconds = None
        descriptors = {name: end.fileno() for name, end in theirs.items()}
        command = devices(accelerator, directory, shares, words)
        for name, descriptor in descriptors.items():
            command += ["-chardev", f"socket,id={name},fd={descriptor}"]
        if saved:
            # What the machine writes is gone with it, but what it writes before it is saved.
            keep = ",snapshot=on" if resume else ""
            command += ["-drive", f"id=root,if=none,cache=unsafe,file={saved}/disk,format=qcow2{keep}"]
        if resume:
            descriptors["memory"] = os.open(f"{saved}/memory", os.O_RDONLY)
            command += ["-incoming", f"fd:{descriptors['memory']}"]
        # A session of its own: what the keyboard of a terminal sends reaches this program alone.
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                        stdout=theirs["console"], stderr=theirs["console"],
                                        pass_fds=descriptors.values(), start_new_session=True,
                                        preexec_fn=end_with_parent)
        for end in theirs.values():
            end.close()
        if resume:
            os.close(descriptors["memory"])

    def limit(self, seconds):
        self.deadline = time.monotonic() + seconds
        self.seconds = seconds

    def events(self):
        """Each piece that comes from the machine, as (port, bytes), until it has ended and everything was read."""
        while self.selector.get_map():
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise Stopped(124, f"not done after {self.seconds} s")
            for key, _ in self.selector.select(left):
                try:
                    data = key.fileobj.recv(65536)
                except ConnectionResetError:
                    data = b""
                if not data:
                    self.selector.unregister(key.fileobj)
                elif key.data == "console":
                    self.console = (self.console + data)[-65536:]
                else:
                    yield key.data, data

    def messages(self, events):
        """The events, with those of control and monitor as what their lines of JSON say."""
        for name, data in events:
            if name not in self.lines:
                yield name, data
                continue
            *lines, self.lines[name] = (self.lines[name] + data).split(b"\n")
            for line in lines:
                yield name, json.loads(line)

    def send(self, port, what):
        self.ends[port].sendall(json.dumps(what).encode() + b"\n")

    def tail(self):
        """The last lines of the console, without what a terminal would not show."""
        text = self.console.decode(errors="replace").replace("\r", "")
        return "".join(c for c in text if c.isprintable() or c in "\n\t").splitlines()[-CONSOLE_LINES:]

    def end(self):
        """Kills what is left of the machine."""
        self.process.kill()
        self.process.wait()


def say(what):
    print(f"machine: {what}", file=sys.stderr, flush=True)


def probe(directory):
    """Whether kvm runs the kernel: there are machines whose /dev/kvm can be opened, and then nothing happens."""
    machine = Machine("kvm", directory, words="machine.probe")
    machine.limit(PROBE_LIMIT)
    try:
        for _ in machine.events():
            pass
    except Stopped:
        pass
    finally:
        machine.end()
    return 0 if b"machine.probe: reached" in machine.console else 1


def monitor_does(machine, messages, command, **arguments):
    """Has qemu execute a command, and waits for its answer."""
    machine.send("monitor", {"execute": command, "arguments": arguments})
    for name, message in messages:
        if name == "monitor" and "error" in message:
            raise Stopped(125, f"qemu: {command}: {message['error']['desc']}")
        if name == "monitor" and "return" in message:
            return message["return"]
    raise Stopped(125, f"qemu ended at '{command}'")


def save(machine, saved):
    """Boots, waits until the machine has nothing to do, and writes its memory and the state of its devices to a file.
    The machine is not stopped for it: one that is saved as stopped stays that."""
    machine.limit(BOOT_LIMIT)
    messages = machine.messages(machine.events())
    began = time.monotonic()
    if not any(name == "control" and message.get("ready") for name, message in messages):
        raise Stopped(125, "the machine ended before it was ready")
    say(f"booted in {time.monotonic() - began:.0f} s")
    monitor_does(machine, messages, "qmp_capabilities")
    monitor_does(machine, messages, "migrate-set-parameters", **{"max-bandwidth": 1 << 40})
    file = f"{saved}/memory".replace("'", "'\\''")
    monitor_does(machine, messages, "migrate", uri=f"exec:cat >'{file}'")
    while (state := monitor_does(machine, messages, "query-migrate"))["status"] != "completed":
        if state["status"] == "failed":
            raise Stopped(125, f"the state cannot be saved: {state.get('error-desc')}")
        time.sleep(0.1)
    monitor_does(machine, messages, "quit")
    for _ in messages:
        pass
    return machine.process.wait()


def work_of(options, shares):
    """What the agent in the machine is told."""
    with open(options.script, "rb") as file:
        script = file.read()
    return {
        "time": time.time(),
        "shares": [{"tag": f"share{number}", "path": share["path"], "writable": share["writable"]}
                   for number, share in enumerate(shares)],
        "script": base64.b64encode(script).decode(),
        "name": os.path.basename(options.script),
        "arguments": options.arguments,
        "user": options.user,
    }


def run(machine, limit, work, held=None):
    """Has the machine do the work; what it writes comes out here, or is appended to held. Returns the status of the
    script."""
    status = None
    machine.limit(limit)
    machine.send("control", work)
    for name, message in machine.messages(machine.events()):
        if name == "stdout" and held is not None:
            held.append(message)
        elif name in ("stdout", "stderr"):
            write_all({"stdout": 1, "stderr": 2}[name], message)
        elif name == "control" and "status" in message:
            status = message["status"]
            machine.limit(OFF_LIMIT)
    if status is None:
        raise Stopped(DIED, "the machine ended without having run the script to its end")
    machine.process.wait(OFF_LIMIT)
    return status


def write_all(descriptor, data):
    while data:
        data = data[os.write(descriptor, data):]


def supervised(machine, act):
    """The status of an act with the machine, which is gone afterwards. Signals end it in order."""

    def stop(number, _):
        raise Stopped(128 + number, f"ended by {signal.Signals(number).name}")

    for number in signal.SIGHUP, signal.SIGINT, signal.SIGTERM:
        signal.signal(number, stop)
    try:
        return act()
    except Stopped as reason:
        say(f"{reason}; the end of its console:")
        for line in machine.tail():
            print(f"  {line}", file=sys.stderr)
        return reason.status
    except BrokenPipeError:
        return 128 + signal.SIGPIPE
    finally:
        for number in signal.SIGHUP, signal.SIGINT, signal.SIGTERM:
            signal.signal(number, signal.SIG_IGN)
        machine.end()


def shares_of(options):
    return [{"host": host, "path": path, "writable": writable}
            for writable, given in ((False, options.share), (True, options.writable))
            for host, path in (value.rsplit(":", 1) for value in given)]


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].removeprefix("usage: "))
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("probe").add_argument("directory")
    verbs.add_parser("devices").add_argument("accelerator", choices=ACCELERATOR)
    for name in ("save", "run"):
        verb = verbs.add_parser(name)
        verb.add_argument("accelerator", choices=ACCELERATOR)
        verb.add_argument("directory")
        verb.add_argument("saved")
    verb.add_argument("--limit", type=float, default=600)
    verb.add_argument("--share", action="append", default=[])
    verb.add_argument("--writable", action="append", default=[])
    verb.add_argument("--user", action="store_true")
    verb.add_argument("--again", action="store_true")
    verb.add_argument("script")
    verb.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if options.verb == "probe":
        return probe(options.directory)
    if options.verb == "devices":
        print(*devices(options.accelerator, "DIR"))
        return 0
    if options.verb == "save":
        machine = Machine(options.accelerator, options.directory, options.saved)
        return supervised(machine, lambda: save(machine, options.saved))
    shares = shares_of(options)
    work = work_of(options, shares)

    def attempt(held=None):
        machine = Machine(options.accelerator, options.directory, options.saved, resume=True, shares=shares)
        return supervised(machine, lambda: run(machine, options.limit, work, held))

    if not options.again:
        return attempt()
    held = []
    status = attempt(held)
    if status == DIED:
        say("it runs once more")
        return attempt()
    for piece in held:
        write_all(1, piece)
    return status


if __name__ == "__main__":
    sys.exit(main())

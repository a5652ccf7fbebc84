#!/usr/bin/python3
"""Runs one script for the host, and powers the machine off. No other program of the machine knows of the host.

The host is at the other end of three virtio ports: "stdout" and "stderr" take what the script writes, and "control" has
one line of JSON for each thing that is said. From here, when the machine has booted and has nothing left to do:

    {"ready": true}

From the host the work:

    {"time": SECONDS, "shares": [{"tag": TAG, "path": PATH, "writable": BOOL}...],
     "script": BASE64, "name": NAME, "arguments": [TEXT...], "user": BOOL}

From here, when the script has ended and all that it wrote is at the host:

    {"status": NUMBER}

The state of the machine is saved while it waits for the work. So nothing of the host may be mounted or known before.
"""
import base64
import json
import os
import pwd
import subprocess
import threading
import time

USER = "guest"
DIRECTORY = "/run/machine"


def port(name):
    """The descriptor of a virtio port. It is opened once: the kernel lets nobody open it a second time."""
    for entry in os.scandir("/sys/class/virtio-ports"):
        with open(f"{entry.path}/name", encoding="utf-8") as file:
            if file.read().strip() == name:
                return os.open(f"/dev/{entry.name}", os.O_RDWR | os.O_CLOEXEC)
    raise RuntimeError(f"the machine has no port '{name}'")


def line_of(descriptor):
    """The next line that the host writes."""
    data = b""
    while not data.endswith(b"\n"):
        data += os.read(descriptor, 65536)
    return json.loads(data)


def tell(descriptor, **what):
    write_all(descriptor, json.dumps(what).encode() + b"\n")


def write_all(descriptor, data):
    while data:
        data = data[os.write(descriptor, data):]


def identity(name):
    """What subprocess has to be told to run something as this user, with what a login gives him."""
    user = pwd.getpwnam(name)
    environment = {
        "HOME": user.pw_dir,
        "LANG": "C.UTF-8",
        "LOGNAME": name,
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "SHELL": user.pw_shell,
        "USER": name,
    }
    if name == "root":
        return {"cwd": user.pw_dir, "env": environment}
    environment["XDG_RUNTIME_DIR"] = f"/run/user/{user.pw_uid}"
    return {"cwd": user.pw_dir, "env": environment, "user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def wait_until_idle():
    """Waits until all units are started, also those of the user, and puts the caches out of what will be saved."""
    subprocess.run(["systemctl", "is-system-running", "--wait"], stdout=subprocess.DEVNULL, check=False)
    subprocess.run(["systemctl", "start", f"user@{pwd.getpwnam(USER).pw_uid}.service"], check=True)
    subprocess.run(["systemctl", "--user", "is-system-running", "--wait"], stdout=subprocess.DEVNULL, check=False,
                   **identity(USER))
    os.sync()
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
        file.write("3\n")


def mount(share):
    """Shows a directory of the host. What is read-only does not change meanwhile, and may be kept in memory."""
    options = "trans=virtio,version=9p2000.L,msize=512000," + ("cache=none" if share["writable"] else "ro,cache=loose")
    os.makedirs(share["path"], exist_ok=True)
    subprocess.run(["mount", "-t", "9p", "-o", options, share["tag"], share["path"]], check=True)


def command_of(work):
    """The script as a file, and what runs it: nothing for root, and for the user his own systemd."""
    script = f"{DIRECTORY}/{work['name']}"
    os.makedirs(DIRECTORY, exist_ok=True)
    with open(script, "wb") as file:
        file.write(base64.b64decode(work["script"]))
    os.chmod(script, 0o755)
    command = [script, *work["arguments"]]
    if work["user"]:
        # As a oneshot service, of which only the status 0 is a success; others would end well by a SIGTERM, too.
        command = ["systemd-run", "--user", "--pipe", "--wait", "--collect", "--quiet", "--same-dir",
                   "--service-type=oneshot", "--property=Delegate=yes", "--", *command]
    return command


def pump(source, target, ended):
    """Takes what the script writes to the host, until the script has ended and its pipe is empty. What it left running
    may hold the pipe open: that is not waited for."""
    os.set_blocking(source, False)
    while True:
        last = ended.is_set()
        try:
            data = os.read(source, 65536)
        except BlockingIOError:
            if last:
                return
            ended.wait(0.05)
            continue
        if not data:
            return
        write_all(target, data)


def run(work, stdout, stderr):
    """The exit status of the script, as a shell tells it."""
    ended = threading.Event()
    pumps, ends = [], []
    for target in (stdout, stderr):
        source, end = os.pipe()
        pumps.append(threading.Thread(target=pump, args=(source, target, ended)))
        ends.append(end)
    try:
        process = subprocess.Popen(command_of(work), stdin=subprocess.DEVNULL, stdout=ends[0], stderr=ends[1],
                                   start_new_session=True, **identity(USER if work["user"] else "root"))
    except OSError as reason:
        write_all(stderr, f"machine: cannot run '{work['name']}': {reason.strerror}\n".encode())
        return 126
    for end in ends:
        os.close(end)
    for thread in pumps:
        thread.start()
    status = process.wait()
    ended.set()
    for thread in pumps:
        thread.join()
    return status if status >= 0 else 128 - status


def main():
    control, stdout, stderr = port("control"), port("stdout"), port("stderr")
    wait_until_idle()
    tell(control, ready=True)
    work = line_of(control)
    time.clock_settime(time.CLOCK_REALTIME, work["time"])
    for share in work["shares"]:
        mount(share)
    tell(control, status=run(work, stdout, stderr))
    os.sync()
    subprocess.run(["systemctl", "poweroff", "--force", "--force"], check=True)
    time.sleep(60)


if __name__ == "__main__":
    main()

# linux.devices and the devices that every container has.

load lib

# node PATH: type, numbers and mode of a file of the created container
node() {
	stat -c '%F %t:%T %a' "/proc/$(pid_of)/root$1"
}

@test "default devices: null, zero, full, random, urandom and tty MUST be supplied" {
	must create
	equal "$(node /dev/null)" "character special file 1:3 666"
	equal "$(node /dev/zero)" "character special file 1:5 666"
	equal "$(node /dev/full)" "character special file 1:7 666"
	equal "$(node /dev/random)" "character special file 1:8 666"
	equal "$(node /dev/urandom)" "character special file 1:9 666"
	equal "$(node /dev/tty)" "character special file 5:0 666"
}

@test "default devices: they work" {
	script 'echo text >/dev/null && head -c 3 /dev/zero | wc -c && head -c 5 /dev/urandom | wc -c
		echo text 2>/dev/null >/dev/full || echo full'
	prints $'3\n5\nfull'
}

@test "default devices: they work for a user that is not root" {
	config '.process.user = {uid: 1234, gid: 5678}'
	script 'echo text >/dev/null && head -c 3 /dev/zero | wc -c'
	prints 3
}

@test "default devices: they MUST be supplied when nothing is mounted on /dev" {
	config '.mounts |= map(select(.destination | startswith("/dev") | not))'
	script 'echo text >/dev/null && head -c 3 /dev/zero | wc -c'
	prints 3
}

@test "default devices: they MUST be supplied in a user namespace" {
	config '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 5000}] |
		.linux.gidMappings = [{containerID: 0, hostID: 100000, size: 5000}]'
	script 'echo text >/dev/null && head -c 3 /dev/zero | wc -c; head -c 5 /dev/urandom | wc -c'
	prints $'3\n5'
}

@test "default devices: /dev/ptmx MUST open a terminal of the container's devpts" {
	program probe open rw /dev/ptmx
	prints ok
}

@test "default devices: without a terminal there is no /dev/console of the host" {
	must create
	[[ ! /proc/$(pid_of)/root/dev/console -ef /dev/console ]]
}

@test "default symbolic links: /dev/fd, stdin, stdout and stderr" {
	script 'readlink /dev/fd; readlink /dev/stdin; readlink /dev/stdout; readlink /dev/stderr'
	prints $'/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2'
}

@test "default symbolic links: they work" {
	script 'echo text | cat /dev/stdin >/dev/stdout'
	prints text
}

@test "linux.devices: a character device is available" {
	config '.linux.devices = [{type: "c", path: "/dev/node", major: 240, minor: 7}]'
	must create
	[[ $(node /dev/node) == "character special file f0:7 "* ]] || fail "found: $(node /dev/node)"
}

@test "linux.devices: type u is a character device" {
	config '.linux.devices = [{type: "u", path: "/dev/node", major: 240, minor: 7}]'
	must create
	[[ $(node /dev/node) == "character special file f0:7 "* ]] || fail "found: $(node /dev/node)"
}

@test "linux.devices: a block device is available" {
	config '.linux.devices = [{type: "b", path: "/dev/node", major: 240, minor: 8}]'
	must create
	[[ $(node /dev/node) == "block special file f0:8 "* ]] || fail "found: $(node /dev/node)"
}

@test "linux.devices: a fifo is available" {
	config '.linux.devices = [{type: "p", path: "/dev/node"}]'
	must create
	[[ $(node /dev/node) == "fifo "* ]] || fail "found: $(node /dev/node)"
}

@test "linux.devices: one with large numbers" {
	config '.linux.devices = [{type: "c", path: "/dev/node", major: 4000, minor: 300000}]'
	must create
	[[ $(node /dev/node) == "character special file fa0:493e0 "* ]] || fail "found: $(node /dev/node)"
}

@test "linux.devices[].path: it may be anywhere in the container" {
	config '.linux.devices = [{type: "c", path: "/opt/a/b/node", major: 240, minor: 7}]'
	must create
	[[ $(node /opt/a/b/node) == "character special file f0:7 "* ]] || fail "found: $(node /opt/a/b/node)"
}

@test "linux.devices[].fileMode: it is the mode" {
	config '.linux.devices = [{type: "c", path: "/dev/node", major: 240, minor: 7, fileMode: 416}]'
	must create
	equal "$(node /dev/node)" "character special file f0:7 640"
}

@test "linux.devices[].fileMode: the umask of the runtime does not matter" {
	umask 077
	config '.linux.devices = [{type: "c", path: "/dev/node", major: 240, minor: 7, fileMode: 438}]'
	must create
	equal "$(node /dev/node)" "character special file f0:7 666"
}

@test "linux.devices[].uid and gid: they own the device" {
	config '.linux.devices = [{type: "c", path: "/dev/node", major: 240, minor: 7, uid: 12, gid: 34}]'
	must create
	equal "$(stat -c %u:%g "/proc/$(pid_of)/root/dev/node")" 12:34
}

@test "linux.devices[].path: a file that is there and does not match MUST generate an error" {
	echo >"$ROOTFS/opt/node"
	config '.linux.devices = [{type: "c", path: "/opt/node", major: 240, minor: 7}]'
	invalid '.linux.devices[0].path = "/opt/another"'
}

@test "linux.devices[].path: a device that is there with other numbers MUST generate an error" {
	mknod "$ROOTFS/opt/node" c 240 9
	config '.linux.devices = [{type: "c", path: "/opt/node", major: 240, minor: 7}]'
	invalid '.linux.devices[0].minor = 9'
}

@test "linux.devices[].path: a device that is there and matches is used" {
	mknod "$ROOTFS/opt/node" c 240 7
	config '.linux.devices = [{type: "c", path: "/opt/node", major: 240, minor: 7}]'
	must create
	[[ $(node /opt/node) == "character special file f0:7 "* ]] || fail "found: $(node /opt/node)"
}

@test "linux.devices[].type: an unknown one MUST generate an error" {
	config '.linux.devices = [{type: "x", path: "/dev/node", major: 240, minor: 7}]'
	invalid '.linux.devices[0].type = "c"'
}

@test "linux.devices[].type: a device without it MUST generate an error" {
	config '.linux.devices = [{path: "/dev/node", major: 240, minor: 7}]'
	invalid '.linux.devices[0].type = "c"'
}

@test "linux.devices[].path: a device without it MUST generate an error" {
	config '.linux.devices = [{type: "c", major: 240, minor: 7}]'
	invalid '.linux.devices[0].path = "/dev/node"'
}

@test "linux.devices[].major and minor: a device without them MUST generate an error" {
	config '.linux.devices = [{type: "c", path: "/dev/node"}]'
	invalid '.linux.devices[0] += {major: 240, minor: 7}'
}

#!/usr/bin/env bats
# Files of the image that the runtime reads itself, with more rights than the program has: the runtime opens regular
# files only, whatever the image has at the path.

load helpers

# The user gets the home directory of /etc/passwd.
setup()
{
	base_setup
	PASSWD=$BUNDLE/rootfs/etc/passwd
	rm "$PASSWD"
	config '.process.env |= map(select(startswith("HOME=") | not)) | .root.readonly = false'
	args sh -c 'echo "$HOME"'
}

# An environment whose first line is an entry of passwd with a home for root. Only the runtime has it.
SAYS_LEAKED='root:x:0:0::/leaked:/bin/sh'

# prints_home DIRECTORY COMMAND...: fails unless the command prints DIRECTORY as the home.
prints_home()
{
	run -0 "${@:2}"
	[[ $output == "$1" ]] || fail "wanted $1, got: $output"
}

@test "a passwd that is a link stays in the image" {
	echo 'root:x:0:0::/of/image:/bin/sh' >"$BUNDLE/rootfs/users"
	ln -s /users "$PASSWD"
	prints_home /of/image tare run --bundle "$BUNDLE" "$CT"
	ln -sf ../../../../../../../../users "$PASSWD"
	prints_home /of/image tare run --bundle "$BUNDLE" "$CT"
	running
	prints_home /of/image tare exec "$CT" sh -c 'echo "$HOME"'
}

@test "a passwd that leads into /proc is not read: neither the environment of who runs the runtime nor a log of the kernel" {
	ln -s /proc/self/environ "$PASSWD"
	prints_home / env -i "$SAYS_LEAKED=" "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT"
	running
	prints_home / env -i "$SAYS_LEAKED=" "$TARE" --root "$ROOT" exec "$CT" sh -c 'echo "$HOME"'
	# The same file, reached without a link.
	rm "$PASSWD"
	touch "$PASSWD"
	config '.mounts += [{destination: "/etc/passwd", type: "bind", source: "/proc/self/environ", options: ["bind"]}]'
	args sh -c 'echo "$HOME"'
	prints_home / env -i "$SAYS_LEAKED=" "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT-2"
}

@test "a passwd that is a device, a fifo or a directory is not opened" {
	local kind
	for kind in device fifo directory; do
		rm -rf "$PASSWD"
		case $kind in
		device) mknod "$PASSWD" c 1 9 ;;
		fifo) mkfifo "$PASSWD" ;;
		directory) mkdir "$PASSWD" ;;
		esac
		prints_home / python3 "$LIB/opens.py" "$PASSWD" "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT"
		running "$CT-$kind"
		args sh -c 'echo "$HOME"'
		prints_home / python3 "$LIB/opens.py" "$PASSWD" "$TARE" --root "$ROOT" exec "$CT-$kind" sh -c 'echo "$HOME"'
	done
}

@test "a passwd that is masked is not read" {
	echo "$SAYS_LEAKED" >"$PASSWD"
	config '.linux.maskedPaths += ["/etc/passwd"]'
	prints_home / tare run --bundle "$BUNDLE" "$CT"
}

@test "what is at the place of a terminal's multiplexer is not opened but in a devpts" {
	config '.process.terminal = true | .mounts |= map(select(.destination | startswith("/dev") | not))'
	mkdir -p "$BUNDLE/rootfs/dev/pts"
	mknod "$BUNDLE/rootfs/dev/pts/ptmx" c 1 9
	run -1 python3 "$LIB/opens.py" "$BUNDLE/rootfs/dev/pts/ptmx" \
		"$TARE" --root "$ROOT" create --bundle "$BUNDLE" --console-socket "$DIR/none" "$CT"
	[[ $output == *"process.terminal needs a devpts mounted at /dev/pts, found another file system" ]] || fail "$output"
	config '.process.terminal = false'
	running
	run -255 python3 "$LIB/opens.py" "$BUNDLE/rootfs/dev/pts/ptmx" \
		"$TARE" --root "$ROOT" exec --tty --detach --console-socket "$DIR/none" "$CT" true
	[[ $output == *"process.terminal needs a devpts mounted at /dev/pts, found another file system" ]] || fail "$output"
}

@test "tmpcopyup copies nothing out of a file system of the kernel's, to which a link of the image leads" {
	ln -s /sys/kernel "$BUNDLE/rootfs/data"
	config '.mounts += [{destination: "/data", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}]'
	args sh -c 'ls -A /data; grep -c " /sys/kernel tmpfs " /proc/mounts'
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == 1 ]] || fail "$output"
}

# exchanging DIRECTORY: makes DIRECTORY/name a file and a device in turns, as fast as possible, until it is killed.
exchanging()
{
	python3 - "$1" <<-'END' 3>&- &
		import ctypes, os, stat, sys
		AT_FDCWD, RENAME_EXCHANGE = -100, 2
		os.chdir(sys.argv[1])
		os.mknod("../node", 0o600 | stat.S_IFCHR, os.makedev(1, 9))
		os.link("../node", "../other")
		open("name", "w").close()
		rename = ctypes.CDLL(None).renameat2
		while rename(AT_FDCWD, b"name", AT_FDCWD, b"../other", RENAME_EXCHANGE) == 0:
		    pass
	END
	exchanging=$!
	wait_until test -e "$1/name"
}

# Delays open(2), so that the file has time to become a device.
@test "tmpcopyup opens no device that was a file a moment ago" {
	local data=$BUNDLE/rootfs/data i
	mkdir "$data"
	config '.mounts += [{destination: "/data", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}]'
	args true
	exchanging "$data"
	for ((i = 0; i < 20; i++)); do
		status=0
		traceable python3 "$LIB/opens.py" "$BUNDLE/rootfs/node" strace -f -qq -o /dev/null -P name -e trace=openat \
			-e inject=openat:delay_enter=50000 "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT" \
			>"$DIR/output" 2>&1 || status=$?
		((status != 99)) || break
	done
	kill -KILL "$exchanging"
	wait "$exchanging" || true
	((status != 99)) || fail "run $i: $(<"$DIR/output")"
}

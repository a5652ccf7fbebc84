#!/usr/bin/env bats
# What a service manager passes in: NOTIFY_SOCKET, to which a program reports its state, and sockets that are open
# already.

load helpers

setup()
{
	base_setup
	# Python in the container, from the host.
	mkdir "$BUNDLE/rootfs/usr"
	cp "$LIB/notify.py" "$BUNDLE/rootfs/notify.py"
	ln -s usr/lib "$BUNDLE/rootfs/lib"
	ln -s usr/lib64 "$BUNDLE/rootfs/lib64"
	config '.mounts += [{destination: "/usr", source: "/usr", options: ["rbind", "ro"]}]'
}

teardown()
{
	[[ ! ${manager:-} ]] || kill -KILL "$manager" # which may be stopped
	delete_all "$ROOT"
	wait_until nothing_left || fail "left behind:" "$(leftovers)"
}

# manager [ADDRESS]: listens, and lets NOTIFY_SOCKET name it.
manager()
{
	export NOTIFY_SOCKET=${1:-$DIR/notify}
	/usr/bin/python3 "$LIB/notify.py" manage "$NOTIFY_SOCKET" >"$DIR/said" 2>"$DIR/manager" </dev/null 3>&- &
	manager=$!
	wait_until written "$DIR/said"
}

# says MESSAGE...: the program of the container; it stays until it is killed.
says()
{
	args sh -c '/usr/bin/python3 /notify.py say "$@" && exec sleep 1000' sh "$@"
}

# said LINE...: what the manager has heard is this, as JSON without spaces.
said()
{
	local heard
	heard=$(jq -c . "$DIR/said" | tail -n +2)
	[[ $heard == "$(printf '%s\n' "$@")" ]] || fail "heard: $heard"
}

@test "start waits until the program is ready, tells its pid, and stays until that was read" {
	local pid
	manager
	says STATUS=warming READY=1
	create "$CT"
	pid=$(state_of "$CT" .pid)
	said
	quietly start "$CT"
	said '["STATUS=warming"]' '["READY=1"]' "[\"MAINPID=$pid\"]" '["BARRIER=1","+1"]'
	has_status "$CT" running
	[[ -z $(ls -A "$BUNDLE/rootfs/run/notify") ]]
}

@test "start of a program that ends without being ready comes to an end" {
	manager @tare-"$CT"
	args true
	create "$CT"
	quietly start "$CT"
	said
	wait_until has_status "$CT" stopped
}

@test "run --detach is ready when the program is" {
	manager
	says READY=1
	quietly run --detach --bundle "$BUNDLE" "$CT"
	said '["READY=1"]' "[\"MAINPID=$(state_of "$CT" .pid)\"]" '["BARRIER=1","+1"]'
}

@test "an attached run passes on all that a program may say of its service, with fds, and is the main process itself" {
	local runtime
	manager
	args /usr/bin/python3 /notify.py say 'READY=1|STATUS=up' 'MAINPID=1' 'WATCHDOG=1|MAINPID=1|NOTIFYACCESS=all' X_OWN=field BARRIER=1 \
		STOPPING=1
	"$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/out" 2>&1 3>&- &
	runtime=$!
	wait "$runtime" || fail "$(<"$DIR/out")"
	said '["READY=1","STATUS=up"]' "[\"MAINPID=$runtime\"]" '["WATCHDOG=1"]' '["X_OWN=field"]' '["BARRIER=1","+1"]' \
		'["STOPPING=1"]' '["BARRIER=1","+1"]'
}

@test "the program finds the socket in a read-only directory, whoever it runs as" {
	manager
	config '.process.user = {uid: 1000, gid: 1000}'
	args sh -c 'echo "$NOTIFY_SOCKET"; touch /run/notify/x 2>&1; grep " /run/notify " /proc/self/mounts; /usr/bin/python3 /notify.py say READY=1'
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ ${lines[0]} == /run/notify/notify.sock && ${lines[1]} == *"Read-only file system"* ]]
	[[ ${lines[2]} == *" ro,nosuid,nodev,noexec,"* ]]
	grep -q READY=1 "$DIR/said"
}

@test "without NOTIFY_SOCKET there is no socket, and a bad one is refused" {
	args sh -c 'echo "<$NOTIFY_SOCKET>"; [ ! -e /run/notify ]'
	run -0 --separate-stderr env -u NOTIFY_SOCKET "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT"
	[[ $output == "<>" ]]
	NOTIFY_SOCKET=vsock:2:1234 refuses "NOTIFY_SOCKET: expected a path or @name, found 'vsock:2:1234'" run --bundle "$BUNDLE" "$CT"
	NOTIFY_SOCKET=/nowhere/notify refuses "cannot connect to NOTIFY_SOCKET '/nowhere/notify'" run --bundle "$BUNDLE" "$CT"
	config 'del(.mounts, .linux.maskedPaths, .linux.readonlyPaths, .root.readonly)
		| .linux.namespaces |= map(select(.type != "mount" and .type != "cgroup"))'
	NOTIFY_SOCKET=/nowhere/notify refuses "passing NOTIFY_SOCKET on needs a mount namespace" run --bundle "$BUNDLE" "$CT"
	refuses "container does not exist" state "$CT"
}

@test "a program that floods the socket keeps the runtime from nothing" {
	local background
	manager
	args sh -c 'trap "exit 7" TERM; /usr/bin/python3 /notify.py flood & wait'
	# On a slow machine, where one more message has always arrived. strace is not the parent (-D), so the signal
	# goes to tare.
	ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 strace -D -o /dev/null -e trace=recvmsg -e inject=recvmsg:delay_exit=2000 \
		"$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/out" 2>"$DIR/err" &
	background=$!
	wait_until written "$DIR/out"
	kill -TERM "$background"
	wait_until gone "$background" || { kill -KILL "$background"; fail "the signal was not passed on"; }
	status=0
	wait "$background" || status=$?
	[[ $status -eq 7 ]] || fail "exit $status" "$(<"$DIR/err")"
}

# The socket of a manager that does not read is full.
is_full()
{
	python3 -c '
import socket, sys
client = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
client.connect(sys.argv[1])
client.setblocking(False)
try:
    client.send(b"X_TEST=1")
except BlockingIOError:
    sys.exit(0)
sys.exit(1)' "$1"
}

@test "the program gets its signals though the manager does not read, and a signal ends the wait for it" {
	local runtime
	manager
	kill -STOP "$manager"
	args sh -c 'trap "exit 7" TERM; /usr/bin/python3 /notify.py say $(yes STATUS=x | head -n 3000) & echo up; wait'
	"$TARE" --root "$ROOT" run --bundle "$BUNDLE" --pid-file "$DIR/pid" "$CT" </dev/null >"$DIR/out" 2>"$DIR/err" 3>&- &
	runtime=$!
	wait_until written "$DIR/out"
	wait_until is_full "$NOTIFY_SOCKET"
	kill -TERM "$runtime"
	# 5 seconds for all messages, and not for each of them.
	SECONDS_TO_WAIT=4 wait_until gone "$(<"$DIR/pid")" || fail "the program did not get it"
	kill -TERM "$runtime"
	SECONDS_TO_WAIT=4 wait_until gone "$runtime" || fail "it waits for the manager"
	status=0
	wait "$runtime" || status=$?
	[[ $status -eq 7 ]] || fail "exit $status" "$(<"$DIR/err")"
	refuses "container does not exist" state "$CT"
}

@test "a run that waits for the program to be ready ends with its container when it is asked to" {
	local runtime
	manager
	says STATUS=warming
	"$TARE" --root "$ROOT" run --detach --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/out" 2>"$DIR/err" 3>&- &
	runtime=$!
	wait_until grep -q warming "$DIR/said"
	kill -TERM "$runtime"
	wait_until gone "$runtime" || fail "it waits"
	status=0
	wait "$runtime" || status=$?
	[[ $status -eq 143 && $(<"$DIR/err") == *"interrupted by SIGTERM" ]] || fail "exit $status" "$(<"$DIR/err")"
	NOTIFY_SOCKET= refuses "container does not exist" state "$CT"
}

@test "sockets of a service manager reach the program with their names" {
	args sh -c 'echo "$LISTEN_FDS $LISTEN_FDNAMES $LISTEN_PID $$"; cat <&3; cat <&4; ls /proc/self/fd'
	echo three >"$DIR/three"
	echo four >"$DIR/four"
	# The same file descriptors are what --preserve-fds means: Podman names them twice.
	cd "$DIR"
	run -0 bash -c 'LISTEN_PID=$BASHPID LISTEN_FDS=2 LISTEN_FDNAMES=a:b exec "$@" 3<three 4<four 5</dev/null' - \
		"$TARE" --root "$ROOT" run --preserve-fds 2 --bundle "$BUNDLE" "$CT"
	[[ ${lines[0]} == "2 a:b 1 1" && ${lines[1]} == three && ${lines[2]} == four && ${lines[*]:3} == "0 1 2 3 4 5" ]] || fail "$output"
}

@test "LISTEN_PID is the pid that the program sees itself" {
	config '.linux.namespaces |= map(select(.type != "pid"))'
	args sh -c '[ "$LISTEN_PID" = $$ ] && echo right'
	run -0 bash -c 'LISTEN_PID=$BASHPID LISTEN_FDS=1 exec "$@" 3</dev/null' - "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT"
	[[ $output == right ]]
}

@test "sockets that are meant for another process do not reach the program" {
	args sh -c 'echo "<$LISTEN_FDS>"; ls /proc/self/fd'
	run -0 bash -c 'LISTEN_PID=1 LISTEN_FDS=1 exec "$@" 3</dev/null' - "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT"
	[[ ${lines[*]} == "<> 0 1 2 3" ]]
}

@test "fds that are passed on do not reach hooks" {
	local kind
	for kind in createRuntime createContainer poststart; do
		config '.hooks[$kind] = [{path: "/bin/sh", args: ["sh", "-c", "ls /proc/self/fd >>\($log)"]}]' \
			--arg kind "$kind" --arg log "$DIR/hooks"
	done
	run -0 tare run --preserve-fds 1 --bundle "$BUNDLE" "$CT" 3</dev/null
	[[ $(sort -u "$DIR/hooks") == $'0\n1\n2\n3' && $(wc -l <"$DIR/hooks") -eq 12 ]] || fail "$(<"$DIR/hooks")"
}

@test "a file of the runtime never stands in for one that was to be passed on" {
	refuses "--preserve-fds 1: file descriptor 3 is not open" --log "$DIR/log" create --bundle "$BUNDLE" --preserve-fds 1 "$CT" 3>&-
	run -1 --separate-stderr bash -c 'LISTEN_PID=$BASHPID LISTEN_FDS=1 exec "$@" 3>&-' - \
		"$TARE" --root "$ROOT" --log "$DIR/log" create --bundle "$BUNDLE" "$CT"
	[[ $stderr == *"LISTEN_FDS 1: file descriptor 3 is not open"* ]]
}

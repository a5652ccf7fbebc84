#!/usr/bin/env bats
# exec --exec-wait-fifo: the process is complete but for its program, until the fifo is opened for reading.

load helpers

setup()
{
	base_setup
	FIFO=$DIR/go
	# Also for the user of tests/lib/with-user.
	mkfifo -m 666 "$FIFO"
}

# Sets pid to the process that an exec has left waiting. The file is there when the exec has ended.
waiting()
{
	quietly exec --detach --pid-file "$DIR/pid" --exec-wait-fifo "$FIFO" "$@"
	pid=$(<"$DIR/pid")
	waits "$pid" || fail "process $pid does not wait" "$(ps -ef)"
}

# waits PID: it has not executed its program.
waits()
{
	[[ $(readlink "/proc/$1/exe") != */busybox ]]
}

# The waiters of this test: processes of the host's that hold its fifo.
waiters()
{
	find /proc/[0-9]*/fd -lname "$FIFO" 2>/dev/null | cut -d / -f 3
}

no_waiter()
{
	[[ -z $(waiters) ]]
}

# go: opens the fifo for reading, and prints what comes, until its end.
go()
{
	timeout "$SECONDS_TO_WAIT" cat "$FIFO"
}

@test "a detached exec returns while its process waits, and the program runs when the fifo is opened" {
	local pid
	config '.root.readonly = false'
	running
	waiting "$CT" sh -c 'echo ran >/ran; exec sleep 1000'
	[[ ! -e $BUNDLE/rootfs/ran ]]
	run -0 go
	[[ $output == 0 ]] || fail "$output"
	wait_until written "$BUNDLE/rootfs/ran"
	[[ $(tr '\0' ' ' <"/proc/$pid/cmdline") == "sleep 1000 " ]]
	wait_until no_waiter || fail "$(waiters)"
}

@test "the pidfd of a process that waits was handed over" {
	local pid
	running
	listen_for_pidfd
	waiting --pidfd-socket "$DIR/pidfd" "$CT" true
	wait_until written "$DIR/told"
	[[ $(head -n 1 "$DIR/told") == "$pid" ]]
	run ! grep -q ended "$DIR/told"
	run -0 go
	wait "$listener"
	grep -q ended "$DIR/told"
}

@test "a process that waits has what its program will have" {
	local pid before nnp
	needs_root "the kernel does not let a user look at a process that is not dumpable"
	config '.process.capabilities = {bounding: ["CAP_KILL"], permitted: ["CAP_KILL"], effective: ["CAP_KILL"]}
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}'
	for nnp in true false; do
		running
		waiting --cwd /etc --user 7:8 "--no-new-privs=$nnp" "$CT" sleep 1000
		before=$(grep -E '^(Uid|Gid|Groups|CapBnd|NoNewPrivs|Seccomp|NSpid)' "/proc/$pid/status")
		[[ $(readlink "/proc/$pid/cwd") == /etc || $(readlink "/proc/$pid/cwd") == */etc ]]
		[[ $(cgroup_of "$pid") == "$(cgroup_of "$(state_of "$CT" .pid)")" ]]
		run -0 go
		wait_until has_run "$pid"
		[[ $(grep -E '^(Uid|Gid|Groups|CapBnd|NoNewPrivs|Seccomp|NSpid)' "/proc/$pid/status") == "$before" ]]
		grep -q '^Seccomp:.2' <<<"$before"
		quietly delete --force "$CT"
	done
}

has_run()
{
	! waits "$1"
}

# holds_fifo_alone PID: the process has no file but the fifo and its channel.
holds_fifo_alone()
{
	local files link
	files=$(for link in "/proc/$1/fd/"*; do readlink "$link"; done | sort)
	[[ $files == "$FIFO"$'\n'socket:* && $(wc -l <<<"$files") -eq 2 ]]
}

@test "a process that waits has no file of the host but its channel, and the waiter holds nothing of the caller's" {
	local pid link waiter files
	needs_root "the kernel does not let a user look at a process that is not dumpable"
	running
	exec 7<"$BUNDLE/config.json"
	waiting "$CT" true
	exec 7<&-
	files=$(for link in "/proc/$pid/fd/"*; do [[ ${link##*/} -le 2 ]] || readlink "$link"; done)
	[[ $files == socket:* && $(wc -l <<<"$files") -eq 1 ]] || fail "$files"
	waiter=$(waiters)
	wait_until holds_fifo_alone "$waiter" || fail "$(ls -l "/proc/$waiter/fd")"
	[[ $(readlink "/proc/$waiter/cwd") == / ]]
	[[ $(readlink "/proc/$waiter/ns/pid") == "$(readlink /proc/self/ns/pid)" ]]
}

@test "an exec in the foreground waits for the fifo, and gives the exit code of the program" {
	local runner code=0
	running
	tare exec --pid-file "$DIR/pid" --exec-wait-fifo "$FIFO" "$CT" sh -c 'exit 37' </dev/null >"$DIR/out" 2>&1 3>&- &
	runner=$!
	wait_until written "$DIR/pid"
	run -0 go
	[[ $output == 0 ]]
	wait "$runner" || code=$?
	[[ $code -eq 37 && ! -s $DIR/out ]] || fail "exit $code" "$(<"$DIR/out")"
	no_waiter
}

@test "a program that cannot be found fails before the wait, and one that cannot be executed gives 255" {
	local runner code=0
	running
	detached exec --detach --pid-file "$DIR/pid" --exec-wait-fifo "$FIFO" "$CT" nope
	[[ $status -eq 255 && $stderr == *'executable file not found in $PATH'* && ! -e $DIR/pid ]] || fail "$output"
	printf '\x7fELF' >"$BUNDLE/rootfs/bin/broken"
	chmod 755 "$BUNDLE/rootfs/bin/broken"
	tare exec --exec-wait-fifo "$FIFO" "$CT" /bin/broken </dev/null >"$DIR/out" 2>&1 3>&- &
	runner=$!
	run -0 go
	[[ $output == 0 ]]
	wait "$runner" || code=$?
	[[ $code -eq 255 && $(<"$DIR/out") == *"exec /bin/broken: exec format error"* ]] || fail "exit $code" "$(<"$DIR/out")"
}

@test "a signal while exec waits for the fifo ends the command and the process" {
	local runner signal code pid
	running
	for signal in TERM INT HUP; do
		"$TARE" --root "$ROOT" exec --pid-file "$DIR/pid" --exec-wait-fifo "$FIFO" "$CT" sleep 1000 </dev/null >"$DIR/out" 2>&1 3>&- &
		runner=$!
		wait_until written "$DIR/pid"
		pid=$(<"$DIR/pid")
		wait_until has_waiter
		kill -s "$signal" "$runner"
		code=0
		wait "$runner" || code=$?
		[[ $code -eq $((128 + $(kill -l "$signal"))) && $(<"$DIR/out") == *"interrupted by SIG$signal"* ]] ||
			fail "$signal: exit $code" "$(<"$DIR/out")"
		gone "$pid" || fail "$signal: the process is there"
		[[ ! -e $DIR/pid ]]
		no_waiter || fail "$(waiters)"
	done
}

has_waiter()
{
	[[ $(waiters | wc -l) -gt 0 ]]
}

@test "a tare that is killed while it waits in the foreground takes the process with it" {
	local runner pid
	running
	"$TARE" --root "$ROOT" exec --pid-file "$DIR/pid" --exec-wait-fifo "$FIFO" "$CT" sleep 1000 </dev/null >"$DIR/out" 2>&1 3>&- &
	runner=$!
	wait_until written "$DIR/pid"
	pid=$(<"$DIR/pid")
	wait_until has_waiter
	kill -KILL "$runner"
	wait "$runner" || true
	wait_until gone "$pid"
	wait_until no_waiter
}

@test "a container that is killed takes the process that waits and its waiter along" {
	local pid
	running
	waiting "$CT" sleep 1000
	quietly kill "$CT" KILL
	wait_until gone "$pid"
	wait_until no_waiter || fail "$(waiters)"
}

@test "a process that is killed while it waits ends its waiter, and no reader is told that it goes on" {
	local pid
	running
	waiting "$CT" sleep 1000
	kill -KILL "$pid"
	wait_until no_waiter || fail "$(waiters)"
	[[ $(tare state "$CT" | jq -r .status) == running ]]
}

@test "a waiter that is killed ends the process that waits: nothing could let it go on" {
	local pid
	running
	waiting "$CT" sleep 1000
	kill -KILL "$(waiters)"
	wait_until gone "$pid"
	grep -q 'cannot wait for the fifo: the host is gone' "$DIR/stderr"
}

@test "a process that waits in a container that is paused goes on when it is resumed" {
	local pid reader
	running
	waiting "$CT" sleep 1000
	quietly pause "$CT"
	cat "$FIFO" >"$DIR/read" 3>&- &
	reader=$!
	# The waiter has opened its end: the reader has the fifo open now, and waits for what is in it.
	wait_until has_open "$reader" "$FIFO"
	waits "$pid"
	[[ ! -s $DIR/read ]]
	quietly resume "$CT"
	wait "$reader"
	[[ $(<"$DIR/read") == 0 ]]
	wait_until has_run "$pid"
}

@test "the fifo has to be one, and the caller's own name for it" {
	local what
	running
	: >"$DIR/file"
	ln -s "$FIFO" "$DIR/link"
	for what in "file:'$DIR/file' is no fifo" "link:'$DIR/link' is a symbolic link" \
		"none:cannot open '$DIR/none': no such file or directory"; do
		detached exec --detach --exec-wait-fifo "$DIR/${what%%:*}" "$CT" true
		[[ $status -eq 255 && $stderr == *"option --exec-wait-fifo: ${what#*:}"* ]] || fail "$what: $output"
	done
}

@test "the terminal of a process that waits is there before the program" {
	local pid
	running
	listen_for_console "$DIR/console" --wait ready
	waiting --tty --console-socket "$DIR/console" "$CT" sh -c 'echo ready'
	run -0 go
	heard_all
}

@test "a policy that forbids write(2) is refused with a fifo, and not without" {
	needs_root "the policy is loaded early"
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["write"], action: "SCMP_ACT_ERRNO"}]}
		| .process.noNewPrivileges = true'
	running
	run -0 tare exec "$CT" true
	detached exec --detach --exec-wait-fifo "$FIFO" "$CT" true
	[[ $status -eq 255 && $stderr == *"expected a policy that allows write, without which the program cannot begin"* ]] ||
		fail "$output"
}

@test "a seccomp agent has its listener before the fifo is opened" {
	local pid
	needs_root "the agent reads the memory of a process"
	listen_as_agent
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $agent,
		syscalls: [{names: ["chdir"], action: "SCMP_ACT_NOTIFY"}]}' --arg agent "$DIR/agent"
	running
	rm "$DIR/agent"
	listen_as_agent
	waiting --no-new-privs "$CT" true
	wait_until written "$DIR/asked"
	run -0 go
}

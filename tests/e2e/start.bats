#!/usr/bin/env bats
# tare start: the program of a created container runs.

load helpers

@test "start runs the program and says nothing" {
	args sh -c 'echo ran >/tmp/said'
	config '.root.readonly = false'
	create "$CT"
	quietly start "$CT"
	[[ -z $output ]]
	wait_until has_status "$CT" stopped
	[[ $(<"$BUNDLE/rootfs/tmp/said") == ran ]]
}

@test "start gives a running container, at once" {
	args sleep 1000
	create "$CT"
	quietly start "$CT"
	has_status "$CT" running
	[[ $(readlink "/proc/$(state_of "$CT" .pid)/exe") == */busybox ]]
}

@test "start twice is refused and the container goes on" {
	local pid
	running
	pid=$(state_of "$CT" .pid)
	refuses "cannot start an already running container" start "$CT"
	has_status "$CT" running
	[[ $(state_of "$CT" .pid) == "$pid" ]]
}

@test "start of a stopped container is refused" {
	running "$CT" true
	wait_until has_status "$CT" stopped
	refuses "cannot start a container that has stopped" start "$CT"
}

@test "start of a container whose init died is refused at once" {
	create --pid-file "$DIR/pid" "$CT"
	kill -KILL "$(<"$DIR/pid")"
	wait_until has_status "$CT" stopped
	refuses "cannot start a container that has stopped" start "$CT"
	quietly delete "$CT"
}

@test "start of a container that does not exist is refused" {
	refuses "container does not exist" start "$CT"
	detached start
	[[ $status -ne 0 && -n $stderr ]]
}

# program CONTENT: makes an executable file of this content, which the container runs.
program()
{
	printf '%s\n' "$1" >"$BUNDLE/rootfs/bin/text"
	chmod 755 "$BUNDLE/rootfs/bin/text"
	args /bin/text
}

# cannot_run ID TEXT: fails unless the container is created and started, prints TEXT, and ends with 255 as under runc.
cannot_run()
{
	tare create --bundle "$BUNDLE" "$1" </dev/null >"$DIR/said" 2>&1
	quietly start "$1"
	wait_until has_status "$1" stopped
	[[ $(<"$DIR/said") == "tare: exec /bin/text: $2"* ]] || fail "it said: $(<"$DIR/said")"
}

@test "a program that the kernel refuses to execute is started, says so, and ends with 255" {
	program 'no program at all'
	cannot_run "$CT" 'exec format error'
	program '#!/bin/none'
	cannot_run "$CT-2" 'no such file or directory'
	detached run --bundle "$BUNDLE" "$CT-3"
	[[ $status -eq 255 && $stderr == 'tare: exec /bin/text: no such file or directory'* ]] || fail "exit $status: $stderr"
}

@test "a program that the kernel refuses to execute is one that was started for the poststart hooks" {
	program 'no program at all'
	config '.hooks.poststart = [{path: "/bin/sh", args: ["sh", "-c", "cat >\($dir)/told"]}]' --arg dir "$DIR"
	cannot_run "$CT" 'exec format error'
	jq -e --arg id "$CT" '.id == $id' "$DIR/told"
}

@test "a process that is killed before its program runs was not started" {
	config '.process.noNewPrivileges = true
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["execve"],
		action: "SCMP_ACT_KILL_PROCESS", args: [{index: 0, value: 0, op: "SCMP_CMP_NE"}]}]}'
	# The test that runs it is the parent: another parent could reap the process before the test looks at it.
	refuses "killed by signal 31" run --bundle "$BUNDLE" "$CT"
}

@test "start whose GO was not heard says so, and another start is" {
	args sleep 1000
	config '.process.noNewPrivileges = true'
	create "$CT"
	pid=$(state_of "$CT" .pid)
	strace -qq -o "$DIR/trace" -e trace=accept4,read -e inject=read:error=EIO:when=1 -p "$pid" 2>"$DIR/said" 3>&- &
	wait_until grep -qE '^TracerPid:\s+[1-9]' "/proc/$pid/status" || fail "$(<"$DIR/said")"
	# init closes the connection, before or after `start` writes to it.
	refuses "the container's init" start "$CT"
	grep -q 'read.*INJECTED' "$DIR/trace" || fail "$(<"$DIR/trace")"
	has_status "$CT" created
	quietly start "$CT"
	has_status "$CT" running
	quietly delete --force "$CT"
	wait
}

@test "start without a process in the config is refused, create is not" {
	config 'del(.process)'
	create "$CT"
	detached start "$CT"
	[[ $status -eq 1 && $stderr == *process* ]] || fail "exit $status: $stderr"
	has_status "$CT" created || has_status "$CT" stopped
}

@test "a startContainer hook that leaves the state unread sends no signal to the program" {
	needs_root "$SHARED_PIDS"
	# Without a pid namespace, whose first process the kernel spares a SIGPIPE.
	config '.hooks.startContainer = [{path: "/bin/true"}] | .annotations = {long: ("x" * 200000)}
		| .linux.namespaces |= map(select(.type != "pid"))'
	args sh -c 'echo runs'
	[[ $(tare run --bundle "$BUNDLE" "$CT") == runs ]]
}

@test "start with a failing startContainer hook fails, and removes the container" {
	config '.hooks.startContainer = [{path: "/bin/false"}]'
	create "$CT"
	refuses "hooks.startContainer[0]: '/bin/false' failed with exit status 1" start "$CT"
	refuses "container does not exist" state "$CT"
}

@test "start that cannot read which hooks come after it fails, and removes the container" {
	args sleep 1000
	config '.hooks.poststart = [{path: "/bin/true"}]'
	create "$CT"
	echo '{' >"$ROOT/$CT/config.json"
	refuses "the configuration of '$CT' cannot be read: config.json:" start "$CT"
	refuses "container does not exist" state "$CT"
}

@test "start waits for a create that is at work, and starts what it has made" {
	local starter
	args sleep 1000
	stopped_create "$CT"
	has_status "$CT" creating
	"$TARE" --root "$ROOT" start "$CT" </dev/null >"$DIR/started" 2>&1 3>&- &
	starter=$!
	wait_until waits_for_lock "$starter"
	finish_create
	wait "$starter" || fail "$(<"$DIR/started")"
	has_status "$CT" running
}

@test "of two starts at once exactly one succeeds" {
	local round first second
	args sleep 1000
	for round in 1 2 3 4 5; do
		create "$CT-$round"
		tare start "$CT-$round" 2>"$DIR/first" & first=$!
		tare start "$CT-$round" 2>"$DIR/second" & second=$!
		status=0
		wait "$first" || status=$((status + 1))
		wait "$second" || status=$((status + 1))
		[[ $status -eq 1 ]] || fail "$status starts failed" "$(<"$DIR/first")" "$(<"$DIR/second")"
		has_status "$CT-$round" running
	done
}

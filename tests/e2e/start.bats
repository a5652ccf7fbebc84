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

@test "start gives the error of the execve itself" {
	printf 'no program at all' >"$BUNDLE/rootfs/bin/text"
	chmod 755 "$BUNDLE/rootfs/bin/text"
	args /bin/text
	create "$CT"
	refuses "exec /bin/text: exec format error" start "$CT"
	wait_until has_status "$CT" stopped
	printf '#!/bin/none\n' >"$BUNDLE/rootfs/bin/text"
	create "$CT-2"
	refuses "exec /bin/text: no such file or directory" start "$CT-2"
}

@test "start without a process in the config is refused, create is not" {
	config 'del(.process)'
	create "$CT"
	detached start "$CT"
	[[ $status -eq 1 && $stderr == *process* ]] || fail "exit $status: $stderr"
	has_status "$CT" created || has_status "$CT" stopped
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

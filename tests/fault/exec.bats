#!/usr/bin/env bats
# One system call of an exec fails, or its process is killed. Either the program runs as isolated as the container's own
# program, or it does not run, and no process of the exec is left.
#
# shellcheck disable=SC2034,SC2154 # from and for inject.bash

load inject

setup_file()
{
	build_inject
}

setup()
{
	fault_setup
	isolated_bundle
	running
	CGROUP=$(echo /sys/fs/cgroup/*"$CT"*/)
	detached exec "$CT" /bin/probe
	[[ $status -eq 0 && -z $stderr ]] || fail "without a fault: exit $status" "$output"
	GOLDEN=$(steady)
	[[ $GOLDEN == *end ]] || fail "$GOLDEN"
}

# What the program printed, without the numbers that differ for each process and cgroup.
steady()
{
	sed -E '/^NS[ps]id:/d; s#^/proc/[0-9]+/#/proc/self/#; s#/tare-exec-[-0-9a-f]+#/tare-exec#' <<<"$stdout"
}

alone()
{
	[[ $(<"$CGROUP/cgroup.procs") == "$(state_of "$CT" .pid)" ]]
}

# whole_or_nothing WHAT: judges the exec that has just ended.
whole_or_nothing()
{
	isolated_or_not "$1" 255 "$(steady)"
	wait_until alone || fail "$1: left in the cgroup:" "$(<"$CGROUP/cgroup.procs")"
}

@test "an error at a call of the process: all of the isolation or no program" {
	faults whole_or_nothing init 40 EPERM ENOMEM EIO EINTR ENOSPC EMFILE EAGAIN -- exec "$CT" /bin/probe
}

@test "an error at a call of the host's side: all of the isolation or no program" {
	faults whole_or_nothing host 30 EIO EMFILE EPERM ENOSPC EAGAIN ENOMEM EINTR -- exec "$CT" /bin/probe
}

@test "exec killed at a system call leaves no half-made process in the container" {
	local total index
	injected -- exec "$CT" /bin/probe
	count_calls
	for index in $(indices "$total" 20); do
		injected -k -i "$index" -- exec "$CT" /bin/probe
		happened "$index" "$total"
		wait_until alone || fail "call $index: $(struck): left in the cgroup:" "$(<"$CGROUP/cgroup.procs")"
		has_status "$CT" running || fail "call $index: $(struck): the container is gone"
	done
}

# On a terminal; something has to read it, or the program would get SIGHUP.
@test "an exec whose terminal cannot be relayed ends its process" {
	local index=1 failures=0
	printf '#!/bin/sh\ntrap "" HUP\nexec sleep 1\n' >"$BUNDLE/rootfs/bin/stubborn"
	chmod 755 "$BUNDLE/rootfs/bin/stubborn"
	while script --quiet --return --command "$INJECT -w host -n ioctl -i $index -e EIO -o $DIR/trace \
		$TARE --root $ROOT exec --tty $CT stubborn" /dev/null </dev/null >"$DIR/stdout" || ((++failures)); do
		alone || fail "$(struck): left in the cgroup:" "$(<"$CGROUP/cgroup.procs")"
		[[ -n $(struck) ]] || break
		((++index))
	done
	((failures > 0)) || fail "nothing failed"
}

# The process waits for a fifo that nobody opens, with a waiter and a pid file, and has not run its program; or nothing
# is left.
waits_or_nothing()
{
	local pid
	if ((status == 0)); then
		pid=$(<"$DIR/pid")
		[[ $(readlink "/proc/$pid/exe") != */busybox ]] || fail "$1: the program runs"
		[[ $(waiters | wc -l) -eq 1 ]] || fail "$1: waiters: $(waiters)"
		kill -KILL "$pid"
		rm "$DIR/pid"
	else
		[[ $status -eq 255 && -n $stderr ]] || fail "$1: exit $status: $output"
		[[ ! -e $DIR/pid ]] || fail "$1: a pid file"
	fi
	[[ -z $stdout ]] || fail "$1: $stdout"
	wait_until alone || fail "$1: left in the cgroup:" "$(<"$CGROUP/cgroup.procs")"
	wait_until no_waiter || fail "$1: waiters: $(waiters)"
}

# The processes that have the fifo of this test open.
waiters()
{
	find /proc/[0-9]*/fd -lname "$DIR/go" 2>/dev/null | cut -d / -f 3
}

no_waiter()
{
	[[ -z $(waiters) ]]
}

@test "an error at a call of an exec that is to wait for a fifo: a process that waits, or none" {
	mkfifo "$DIR/go"
	faults waits_or_nothing init 12 EPERM ENOMEM EIO EINTR -- \
		exec --detach --pid-file "$DIR/pid" --exec-wait-fifo "$DIR/go" "$CT" true
	faults waits_or_nothing host 20 EIO EMFILE EPERM ENOSPC EAGAIN ENOMEM EINTR -- \
		exec --detach --pid-file "$DIR/pid" --exec-wait-fifo "$DIR/go" "$CT" true
}

@test "an error at a call of an exec whose time is limited: all of the isolation or no program, and no cgroup" {
	detached exec --timeout 1000 "$CT" /bin/probe
	GOLDEN=$(steady)
	# What is left after an error at its removal the next one removes.
	faults ended_or_swept host 30 EIO EMFILE EPERM ENOSPC EAGAIN ENOMEM EINTR -- exec --timeout 1000 "$CT" /bin/probe
}

ended_or_swept()
{
	whole_or_nothing "$1"
	if [[ $status -ne 0 || $stderr == *cgroup* || $(struck) == *unlinkat* ]]; then
		quietly exec --timeout 1000 "$CT" true
	fi
	[[ -z $(find "$CGROUP" -mindepth 1 -type d) ]] || fail "$1: left:" "$(find "$CGROUP" -type d)" "$output"
}

@test "exec whose time is limited, killed at a system call: the next one removes its cgroup with all in it" {
	local total index
	injected -- exec --timeout 1000 "$CT" /bin/probe
	count_calls
	for index in $(indices "$total" 15); do
		injected -k -i "$index" -- exec --timeout 1000 "$CT" sh -c 'sleep 1000 & sleep 0.1'
		quietly exec --timeout 1000 "$CT" true
		wait_until alone || fail "call $index: $(struck): left in the cgroup:" "$(<"$CGROUP/cgroup.procs")"
		[[ -z $(find "$CGROUP" -mindepth 1 -type d) ]] || fail "call $index: $(struck): left:" "$(find "$CGROUP" -type d)"
	done
}

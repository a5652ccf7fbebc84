#!/usr/bin/env bats
# tare pause and resume: the freezer of the container's cgroup.

load helpers

# A container whose program counts in rootfs/count, and its cgroup.
counting()
{
	config '.root.readonly = false'
	running "$CT" sh -c 'i=0; while :; do echo $i >/count; i=$((i + 1)); usleep 1000; done'
	cgroup=$(cgroup_of "$(state_of "$CT" .pid)")
	count=$BUNDLE/rootfs/count
	wait_until written "$count"
}

# The file has other content than TEXT, and some.
moved_on()
{
	[[ -s $1 && $(<"$1") != "$2" ]]
}

@test "pause stops all processes and says when they stand still, resume lets them go on" {
	local before
	counting
	quietly pause "$CT"
	[[ -z $output ]]
	has_status "$CT" paused
	grep -qx 'frozen 1' "$cgroup/cgroup.events"
	before=$(stat -c %y "$count")
	[[ $(cut -d ' ' -f 3 "/proc/$(state_of "$CT" .pid)/stat") != R ]]
	[[ $(stat -c %y "$count") == "$before" ]]
	quietly resume "$CT"
	[[ -z $output ]]
	has_status "$CT" running
	grep -qx 'frozen 0' "$cgroup/cgroup.events"
	before=$(<"$count")
	wait_until moved_on "$count" "$before"
}

@test "a created container can be paused, and is created again when it is resumed" {
	args sleep 1000
	create "$CT"
	quietly pause "$CT"
	has_status "$CT" paused
	refuses "cannot start a paused container" start "$CT"
	quietly resume "$CT"
	has_status "$CT" created
	quietly start "$CT"
	has_status "$CT" running
}

@test "pause is refused when the container is paused already, has stopped or is not there" {
	running "$CT" sleep 1000
	quietly pause "$CT"
	refuses "container not running" pause "$CT"
	has_status "$CT" paused
	quietly kill "$CT" KILL
	wait_until has_status "$CT" stopped
	refuses "container not running" pause "$CT"
	refuses "container does not exist" pause "$CT-other"
}

@test "resume is refused when the container is not paused, has stopped or is not there" {
	running "$CT" sleep 1000
	refuses "container not paused" resume "$CT"
	has_status "$CT" running
	quietly kill "$CT" KILL
	wait_until has_status "$CT" stopped
	refuses "container not paused" resume "$CT"
	refuses "container does not exist" resume "$CT-other"
}

@test "a container without a cgroup of its own cannot be paused" {
	config '.linux.resources = null'
	args sleep 1000
	detached --cgroup-manager disabled create --bundle "$BUNDLE" "$CT"
	[[ $status -eq 0 ]]
	refuses "the container has no cgroup that could be frozen" pause "$CT"
	has_status "$CT" created
}

@test "KILL ends a paused container, all of it" {
	running "$CT" sh -c 'sleep 1000 & wait'
	wait_until two_processes
	quietly pause "$CT"
	quietly kill "$CT" KILL
	wait_until has_status "$CT" stopped
	wait_until is_empty
	quietly delete "$CT"
	nothing_left
}

@test "KILL takes effect on all of a paused container that has no pid namespace" {
	config '.linux.namespaces |= map(select(.type != "pid"))'
	running "$CT" sh -c 'sleep 1000 & wait'
	wait_until two_processes
	quietly pause "$CT"
	quietly kill "$CT" KILL
	wait_until has_status "$CT" stopped
	wait_until is_empty
	quietly delete "$CT"
	nothing_left
}

@test "kill --all KILL takes effect on a paused container" {
	running "$CT" sh -c 'sleep 1000 & wait'
	quietly pause "$CT"
	quietly kill --all "$CT" KILL
	wait_until has_status "$CT" stopped
}

@test "delete --force takes effect on a paused container" {
	running "$CT" sh -c 'sleep 1000 & wait'
	quietly pause "$CT"
	quietly delete --force "$CT"
	nothing_left
}

@test "another signal waits for a paused container to be resumed" {
	config '.root.readonly = false'
	running "$CT" sh -c 'trap "echo got >/got; exit 0" TERM; echo up >/up; while :; do usleep 1000; done'
	wait_until written "$BUNDLE/rootfs/up"
	quietly pause "$CT"
	quietly kill "$CT" TERM
	has_status "$CT" paused
	[[ ! -e $BUNDLE/rootfs/got ]]
	quietly resume "$CT"
	wait_until written "$BUNDLE/rootfs/got"
}

two_processes()
{
	[[ $(tare ps --format json "$CT" | jq length) -eq 2 ]]
}

is_empty()
{
	[[ $(tare ps --format json "$CT") == "[]" ]]
}

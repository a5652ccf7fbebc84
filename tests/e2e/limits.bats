#!/usr/bin/env bats
# Limits of memory and processor time held to what they say, on a machine that has the controllers.

# bats file_tags=machine

load helpers

setup()
{
	local controllers controller
	base_setup
	controllers=$(<"$(findmnt -nfo TARGET -t cgroup2)/cgroup.controllers")
	for controller in cpu memory; do
		[[ " $controllers " == *" $controller "* ]] || skip "the cgroup v2 tree has no $controller controller here"
	done
}

# used FIELD: a number of the container's cpu.stat.
used()
{
	awk -v field="$1" '$1 == field { print $2 }' "$cgroup/cpu.stat"
}

has_run_for()
{
	(($(used "$1") >= $2))
}

# microseconds: on the clock of the machine.
microseconds()
{
	echo "${EPOCHREALTIME/[.,]/}"
}

# A quarter of one processor for a program that wants all of them. How much it has got is told by the kernel for the periods that
# it counts; a machine that is busy gives less, none gives more.
@test "512 MB and a quarter of a processor: a program gets its quarter, and is killed when it takes more memory" {
	local cgroup began before used took
	config '.linux.resources = {memory: {limit: 536870912, swap: 536870912}, cpu: {quota: 25000, period: 100000}}
		| .root.readonly = false'
	running "$CT" sh -c 'while :; do :; done & while :; do [ ! -e /more ] || exec tail /dev/zero; done'
	cgroup=$(cgroup_of "$(state_of "$CT" .pid)")
	[[ $(<"$cgroup/cpu.max") == "25000 100000" && $(<"$cgroup/memory.max") == 536870912 ]]

	began=$(microseconds) before=$(used usage_usec)
	wait_until has_run_for usage_usec $((before + 750000))
	# The clock is read first before it, and last after it: a test that has to wait for a processor sees less, not more.
	used=$(($(used usage_usec) - before))
	took=$(($(microseconds) - began))
	echo "$used microseconds of processor in $took"
	# At most one period's worth is ahead of the clock.
	((used * 100 / took <= 35)) || fail "more than a quarter"
	has_run_for nr_throttled 1 || fail "$(<"$cgroup/cpu.stat")"
	(($(used usage_usec) >= 750000)) || fail "$(<"$cgroup/cpu.stat")"

	# Emulated, half a gigabyte is much work for a quarter of a processor.
	quietly update --cpu-quota -1 "$CT"
	touch "$BUNDLE/rootfs/more"
	wait_until_killed
	[[ $(<"$cgroup/memory.peak") -le 536870912 ]]
}

wait_until_killed()
{
	local tries
	for ((tries = 0; tries < 20; tries++)); do
		wait_until grep -q '^oom_kill [1-9]' "$cgroup/memory.events" && return
	done
	fail "$(<"$cgroup/memory.events")"
}

#!/usr/bin/env bats
# The scheduling of the program, as the host sees it. Other settings of the process are tested in
# oci-conformance/process.bats.

load helpers

# scheduled: prints the policy and the priority of the program, as chrt(1) does.
scheduled()
{
	# Newer versions of chrt(1) print a third line, with the length of a slice.
	chrt --pid "$(state_of "$CT" .pid)" | sed -n '1,2s/^[^:]*: //p'
}

@test "process.scheduler sets a policy and its nice value" {
	config '.process.scheduler = {policy: "SCHED_BATCH", nice: 5}'
	running
	[[ $(scheduled) == $'SCHED_BATCH\n0' ]]
	[[ $(ps -o ni= -p "$(state_of "$CT" .pid)") -eq 5 ]]
}

@test "process.scheduler sets a real-time policy with its priority and a flag" {
	config '.process.scheduler = {policy: "SCHED_RR", priority: 7, flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
	running
	[[ $(scheduled) == $'SCHED_RR|SCHED_RESET_ON_FORK\n7' ]] || fail "$(scheduled)"
}

@test "process.scheduler of what the kernel has not is refused with its place, and nothing is left" {
	config '.process.scheduler = {policy: "SCHED_ISO"}'
	refuses "process.scheduler: invalid argument" create --bundle "$BUNDLE" "$CT"
	refuses "container does not exist" state "$CT"
}

@test "process.ioPriority is that of the program" {
	config '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}'
	running
	[[ $(ionice --pid "$(state_of "$CT" .pid)") == "best-effort: prio 6" ]]
}

@test "a program without them is scheduled as the runtime is" {
	running
	[[ $(scheduled) == $'SCHED_OTHER\n0' ]]
	[[ $(ionice --pid "$(state_of "$CT" .pid)") == "$(ionice --pid $$)" ]]
}

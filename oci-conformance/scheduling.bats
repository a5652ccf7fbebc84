# process.scheduler, process.ioPriority and process.execCPUAffinity: how the program shares the processors and the disks.

load lib

# scheduler OBJECT
scheduler() {
	config ".process.scheduler = $1"
}

# need_policy NAME PRIORITY: a kernel may keep real-time policies from a cgroup
need_policy() {
	local answer
	answer=$("$PROBE" schedule "$1" "$2")
	[[ $answer == ok ]] || skip "this host answers $answer to $1"
}

@test "process.scheduler.policy: SCHED_OTHER, with process.scheduler.nice" {
	scheduler '{policy: "SCHED_OTHER", nice: 7}'
	prints "SCHED_OTHER nice 7 priority 0 flags 0" probe scheduler
}

@test "process.scheduler.policy: SCHED_BATCH" {
	scheduler '{policy: "SCHED_BATCH", nice: 3}'
	prints "SCHED_BATCH nice 3 priority 0 flags 0" probe scheduler
}

@test "process.scheduler.policy: SCHED_IDLE" {
	scheduler '{policy: "SCHED_IDLE"}'
	runs probe scheduler
	[[ $output == "SCHED_IDLE "* ]] || fail "found: $output"
}

@test "process.scheduler.policy: SCHED_FIFO, with process.scheduler.priority" {
	need_policy SCHED_FIFO 5
	scheduler '{policy: "SCHED_FIFO", priority: 5}'
	prints "SCHED_FIFO nice 0 priority 5 flags 0" probe scheduler
}

@test "process.scheduler.policy: SCHED_RR, with process.scheduler.priority" {
	need_policy SCHED_RR 6
	scheduler '{policy: "SCHED_RR", priority: 6}'
	prints "SCHED_RR nice 0 priority 6 flags 0" probe scheduler
}

@test "process.scheduler.policy: SCHED_DEADLINE, with runtime, deadline and period" {
	need_policy SCHED_DEADLINE 0
	scheduler '{policy: "SCHED_DEADLINE", runtime: 200000000, deadline: 300000000, period: 400000000}'
	prints "SCHED_DEADLINE nice 0 priority 0 flags 0 runtime 200000000 deadline 300000000 period 400000000" probe scheduler
}

@test "process.scheduler.flags: SCHED_FLAG_RESET_ON_FORK" {
	scheduler '{policy: "SCHED_BATCH", flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
	prints "SCHED_BATCH nice 0 priority 0 flags 1" probe scheduler
}

@test "process.scheduler.flags: several, on SCHED_DEADLINE" {
	need_policy SCHED_DEADLINE 0
	scheduler '{policy: "SCHED_DEADLINE", runtime: 2000000, deadline: 300000000, period: 400000000,
		flags: ["SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN"]}'
	runs probe scheduler
	[[ $output == *" flags 6 "* ]] || fail "found: $output"
}

@test "process.scheduler: without it the policy MUST NOT be changed" {
	prints "$("$PROBE" scheduler)" probe scheduler
}

@test "process.scheduler.policy: it is REQUIRED" {
	scheduler '{nice: 7}'
	fails '.process.scheduler.policy = "SCHED_OTHER"'
}

@test "process.scheduler.policy: an unknown one MUST generate an error" {
	scheduler '{policy: "SCHED_NO_SUCH"}'
	fails '.process.scheduler.policy = "SCHED_OTHER"'
}

@test "process.scheduler.policy: SCHED_ISO, which Linux has never had, MUST generate an error in create or start" {
	scheduler '{policy: "SCHED_ISO"}'
	fails '.process.scheduler.policy = "SCHED_OTHER"'
}

@test "process.scheduler.flags: an unknown one MUST generate an error" {
	scheduler '{policy: "SCHED_OTHER", flags: ["SCHED_FLAG_NO_SUCH"]}'
	fails '.process.scheduler.flags = []'
}

@test "process.scheduler.priority: one that the policy does not have MUST generate an error in create or start" {
	scheduler '{policy: "SCHED_FIFO", priority: 100}'
	fails '.process.scheduler.priority = 5'
}

# --- disks ------------------------------------------------------------------------------------------------------------

# io_priority CLASS PRIORITY: the program has it
io_priority() {
	config '.process.ioPriority = {class: $class, priority: ($priority | tonumber)}' --arg class "$1" --arg priority "$2"
	runs probe ioprio
	equal "$output" "$1 $2"
}

@test "process.ioPriority.class: IOPRIO_CLASS_BE, with process.ioPriority.priority" {
	io_priority IOPRIO_CLASS_BE 3
}

@test "process.ioPriority.class: IOPRIO_CLASS_RT, with process.ioPriority.priority" {
	io_priority IOPRIO_CLASS_RT 7
}

@test "process.ioPriority.class: IOPRIO_CLASS_IDLE" {
	config '.process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0}'
	runs probe ioprio
	[[ $output == "IOPRIO_CLASS_IDLE "* ]] || fail "found: $output"
}

@test "process.ioPriority.class: it is REQUIRED" {
	config '.process.ioPriority = {priority: 3}'
	fails '.process.ioPriority.class = "IOPRIO_CLASS_BE"'
}

@test "process.ioPriority.class: an unknown one MUST generate an error" {
	config '.process.ioPriority = {class: "IOPRIO_CLASS_NO_SUCH", priority: 3}'
	fails '.process.ioPriority.class = "IOPRIO_CLASS_BE"'
}

@test "process.ioPriority.priority: a number above 7 MUST generate an error in create or start" {
	config '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 8}'
	fails '.process.ioPriority.priority = 3'
}

# --- processors, which the specification gives only to processes that enter a running container -----------------------

# enter PROGRAM...: runs it in the container by means of exec, which the specification names and does not describe, with
# the rest of process as the configuration has it
enter() {
	operation exec --help
	[[ $status -eq 0 ]] || skip "this runtime has no exec"
	jq '.process | .args = $ARGS.positional' "$BUNDLE/config.json" --args -- "$@" >"$WORK/process.json"
	operation exec --process "$WORK/process.json" "$ID"
}

two_processors() {
	[[ $(nproc) -ge 2 ]] || skip "this host has one processor"
}

@test "process.execCPUAffinity.final: a process that enters the container runs on these (1.2.1)" {
	two_processors
	config '.process.execCPUAffinity = {initial: "0-1", final: "1"}'
	stays
	must enter grep Cpus_allowed_list /proc/self/status
	equal "${output##*[[:space:]]}" 1
}

@test "process.execCPUAffinity.final: without it the affinity SHOULD NOT be changed in the container's cgroup (1.2.1)" {
	two_processors
	config '.process.execCPUAffinity = {initial: "1"}'
	stays
	must enter grep Cpus_allowed_list /proc/self/status
	equal "${output##*[[:space:]]}" 1
}

@test "process.execCPUAffinity: it is not for the program (1.2.1)" {
	two_processors
	config '.process.execCPUAffinity = {initial: "1", final: "1"}'
	prints "$(grep Cpus_allowed_list /proc/self/status)" grep Cpus_allowed_list /proc/self/status
}

@test "process.execCPUAffinity: what is no list of processors MUST generate an error in create or exec (1.2.1)" {
	config '.process.execCPUAffinity = {final: "1-"}'
	program sleep 1000
	create
	if [[ $status -ne 0 ]]; then
		control '.process.execCPUAffinity.final = "0"'
		return
	fi
	must start
	refused enter true
	config '.process.execCPUAffinity.final = "0"'
	able enter true
}

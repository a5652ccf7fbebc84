#!/usr/bin/env bats
# tare update: new limits for a container. What each value becomes is in tests/unit/test_update.c and test_resources.c, which need
# no controller; here are the ways in, and what the kernel has afterwards.

load helpers

# A running container, and its cgroup.
limited()
{
	running
	cgroup=$(cgroup_of "$(state_of "$CT" .pid)")
}

# has FILE VALUE: what a file of the cgroup says.
has()
{
	[[ $(<"$cgroup/$1") == "$2" ]] || fail "$1: wanted '$2'" "got '$(<"$cgroup/$1")'"
}

# Skips the test where the kernel has no cgroup v2 controller of this name to give.
needs()
{
	[[ " $(<"$cgroup/cgroup.controllers") " == *" $1 "* ]] || skip "the cgroup v2 tree has no $1 controller here"
}

# resources JSON [OPTION...]: an update from a file.
resources()
{
	echo "$1" >"$DIR/resources.json"
	shift
	quietly update --resources "$DIR/resources.json" "$@" "$CT"
	[[ -z $output ]]
}

@test "update reads limits from a file and from standard input" {
	limited
	resources '{"unified": {"cgroup.max.depth": "7"}}'
	has cgroup.max.depth 7
	[[ -z $(tare update --resources - "$CT" <<<'{"unified": {"cgroup.max.depth": "6"}}') ]]
	has cgroup.max.depth 6
	[[ -z $(tare update --resources=- "$CT" <<<'{"unified": {"cgroup.max.depth": "5"}}') ]]
	has cgroup.max.depth 5
	[[ -z $(tare update -r <(echo '{"unified": {"cgroup.max.depth": "4"}}') "$CT") ]]
	has cgroup.max.depth 4
}

@test "what an update does not name stays" {
	config '.linux.resources.unified = {"cgroup.max.depth": "9", "cgroup.max.descendants": "8"}'
	limited
	resources '{"unified": {"cgroup.max.depth": "7"}}'
	resources '{}'
	quietly update "$CT"
	has cgroup.max.depth 7
	has cgroup.max.descendants 8
}

@test "when a later write fails nothing has changed" {
	config '.linux.resources.unified = {"cgroup.max.depth": "9"}'
	limited
	echo '{"unified": {"cgroup.max.depth": "7", "cgroup.max.descendants": "6", "cgroup.max.depth.not": "1"}}' \
		>"$DIR/resources.json"
	refuses "unified[\"cgroup.max.depth.not\"]: cannot write '1' to 'cgroup.max.depth.not': no such file" \
		update --resources "$DIR/resources.json" "$CT"
	has cgroup.max.depth 9
	has cgroup.max.descendants max
}

@test "a created and a paused container can be updated, a stopped one not" {
	args sleep 1000
	create "$CT"
	cgroup=$(cgroup_of "$(state_of "$CT" .pid)")
	resources '{"unified": {"cgroup.max.depth": "7"}}'
	has cgroup.max.depth 7
	quietly start "$CT"
	quietly pause "$CT"
	resources '{"unified": {"cgroup.max.depth": "6"}}'
	has cgroup.max.depth 6
	has_status "$CT" paused
	quietly kill "$CT" KILL
	wait_until has_status "$CT" stopped
	refuses "container not running" update --resources "$DIR/resources.json" "$CT"
	refuses "container does not exist" update --resources "$DIR/resources.json" "$CT-other"
}

@test "what is wrong with the file is said with its place, all at once, and nothing is written" {
	limited
	printf '%s\n' '{ "unified": { "cgroup.max.depth": "7" },' '  "cpu": { "quota": "1" }, "pids": { "limit": 1.5 } }' \
		>"$DIR/resources.json"
	refuses "$DIR/resources.json:2:21: cpu.quota: expected integer, found string" \
		update --resources "$DIR/resources.json" "$CT"
	[[ $stderr == *"resources.json:2:47: pids.limit: expected integer, found 1.5"* ]] || fail "$stderr"
	echo '{ "memory": { "swappiness": 1 }, "cpu": { "period": 1 } }' >"$DIR/resources.json"
	refuses "resources.json:1:29: memory.swappiness: has no equivalent in cgroup v2" \
		update --resources "$DIR/resources.json" "$CT"
	[[ $stderr == *"resources.json:1:53: cpu.period: expected 1000 to 1000000 microseconds, found 1"* ]] || fail "$stderr"
	status=0
	tare update --resources - "$CT" <<<'{' 2>"$DIR/stderr" || status=$?
	[[ $status -eq 1 && $(<"$DIR/stderr") == *"standard input:1:2: syntax error"* ]] || fail "$(<"$DIR/stderr")"
	refuses "cannot open '$DIR/none': no such file or directory" update --resources "$DIR/none" "$CT"
	has cgroup.max.depth max
}

@test "a wrong value of an option is an error that names the option" {
	local line
	limited
	while read -r line; do
		# shellcheck disable=SC2086 # options
		refuses "option ${line#*: }" update ${line%%: *} "$CT"
	done <<-END
		--cpu-quota x: --cpu-quota: expected an integer, found 'x'
		--cpu-quota 1.5: --cpu-quota: expected an integer, found '1.5'
		--cpu-quota 999: --cpu-quota: expected at least 1000 microseconds, found 999
		--cpu-period -1: --cpu-period: expected a natural number, found '-1'
		--cpu-period 10: --cpu-period: expected 1000 to 1000000 microseconds, found 10
		--cpu-idle 2: --cpu-idle: expected 0 or 1, found '2'
		--cpu-share -5: --cpu-share: expected a natural number, found '-5'
		--cpu-burst x: --cpu-burst: expected a natural number, found 'x'
		--cpuset-cpus 3-1: --cpuset-cpus: expected a list like "0-3,7", found "3-1"
		--cpuset-mems x: --cpuset-mems: expected a list like "0-3,7", found "x"
		--memory 12q: --memory: expected a number of bytes such as 536870912 or 512m, found '12q'
		--memory -2: --memory: expected -1 or more, found -2
		--memory-reservation -2: --memory-reservation: expected -1 or more, found -2
		--memory 2m --memory-swap 1m: --memory-swap: expected at least memory.limit, 2097152, found 1048576
		--pids-limit -2: --pids-limit: expected -1 or more, found -2
		--reclaim 0 --memory 9m: --reclaim: expected 1 to 86400 seconds, found '0'
		--reclaim 1s --memory 9m: --reclaim: expected 1 to 86400 seconds, found '1s'
		--reclaim 5: --reclaim: there is no new limit of memory: expected --memory, or one in the file
		--reclaim 5 --memory-swap 9m: --reclaim: there is no new limit of memory
		--blkio-weight 70000: --blkio-weight: expected a natural number, found '70000'
		--blkio-weight 5: --blkio-weight: expected 0 or 10 to 1000, found 5
	END
}

@test "options for what cgroup v2 does not have are refused, and pass when they ask for nothing" {
	limited
	refuses "option --kernel-memory: has no equivalent in cgroup v2" update --kernel-memory 1m "$CT"
	refuses "option --kernel-memory-tcp: has no equivalent in cgroup v2" update --kernel-memory-tcp 1m "$CT"
	refuses "option --cpu-rt-period: has no equivalent in cgroup v2" update --cpu-rt-period 1000 "$CT"
	refuses "option --cpu-rt-runtime: has no equivalent in cgroup v2" update --cpu-rt-runtime 1000 "$CT"
	quietly update --kernel-memory -1 --kernel-memory-tcp 0 --cpu-rt-period 0 --cpu-rt-runtime 0 "$CT"
}

@test "what Docker and Kubernetes send for unchanged values demands no controller" {
	limited
	resources '{"blockIO": {"weight": 0}, "memory": {}, "cpu": {"shares": 0, "cpus": "", "mems": ""},
		"devices": [{"allow": false, "access": "rwm"}]}'
	quietly update --blkio-weight 0 --cpu-share 0 "$CT"
	quietly kill "$CT" KILL
}

@test "what the file names counts, whatever an option says" {
	limited
	echo '{"pids": {"limit": -2}}' >"$DIR/resources.json"
	refuses "resources.json:1:20: pids.limit: expected -1 or more, found -2" \
		update --resources "$DIR/resources.json" --pids-limit 5 "$CT"
	refuses "option --cpu-quota: expected at least 1000 microseconds, found 7" \
		update --resources "$DIR/resources.json" --cpu-quota 7 "$CT"
}

# bats test_tags=machine
@test "a limit of huge pages" {
	limited
	needs hugetlb
	resources '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	has hugetlb.2MB.max 4194304
	resources '{"hugepageLimits": [{"pageSize": "2MB", "limit": 0}]}'
	has hugetlb.2MB.max 0
}

@test "a limit whose controller is missing says so and undoes the others" {
	limited
	[[ " $(<"$cgroup/cgroup.controllers") " != *" pids "* ]] || skip "the pids controller is there"
	needs hugetlb
	echo '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}], "unified": {"pids.max": "5"}}' \
		>"$DIR/resources.json"
	refuses 'unified["pids.max"]: the cgroup controller "pids" is not available here' \
		update --resources "$DIR/resources.json" "$CT"
	has hugetlb.2MB.max max
	refuses 'the cgroup controller "pids" is not available here' update --pids-limit 5 "$CT"
}

# bats test_tags=machine
@test "tasks: 0 and -1 are limits" {
	limited
	needs pids
	quietly update --pids-limit 20 "$CT"
	has pids.max 20
	quietly update --pids-limit 0 "$CT"
	has pids.max 0
	quietly update --pids-limit -1 "$CT"
	has pids.max max
	resources '{"pids": {"limit": 20}}' --pids-limit 30
	has pids.max 20
}

# bats test_tags=machine
@test "memory, and memory and swap together" {
	limited
	needs memory
	quietly update --memory 64m --memory-reservation 32m "$CT"
	has memory.max 67108864
	has memory.low 33554432
	[[ -e $cgroup/memory.swap.max ]] || skip "the kernel has no memory.swap.max"
	quietly update --memory-swap 96m "$CT"
	has memory.max 67108864
	has memory.swap.max 33554432
	# The sum stays, as with version 1, where it is a file of its own.
	quietly update --memory 80m "$CT"
	has memory.max 83886080
	has memory.swap.max 16777216
	refuses "option --memory: expected at most the sum of memory and swap that stays, 100663296, or memory.swap with it" \
		update --memory 97m "$CT"
	quietly update --memory 64m "$CT"
	has memory.swap.max 33554432
	echo '{"memory": {"limit": 4096, "checkBeforeUpdate": true}}' >"$DIR/resources.json"
	refuses "memory.limit: expected more than what is in use" update -r "$DIR/resources.json" "$CT"
	has memory.max 67108864
}

# The error comes before the cgroup is changed, so this needs no controller.
@test "bytes that are less than a page are a warning that says how megabytes are written" {
	local value
	limited
	detached update --memory-reservation 512 "$CT"
	[[ $stderr == *"option --memory-reservation: 512 bytes are less than a page of memory"* ]] || fail "$output"
	[[ $stderr == *"write '512m' for megabytes"* ]]
	for value in 0 -1 512m 4096 "$(getconf PAGESIZE)"; do
		detached update --memory-reservation "$value" "$CT"
		[[ $stderr != *"less than a page"* ]] || fail "$output"
	done
}

# bats test_tags=machine
@test "CPU time: a quota or a period alone keeps the other" {
	limited
	needs cpu
	quietly update --cpu-quota 50000 --cpu-period 200000 --cpu-share 512 "$CT"
	has cpu.max "50000 200000"
	has cpu.weight 59
	quietly update --cpu-quota 30000 "$CT"
	has cpu.max "30000 200000"
	quietly update --cpu-period 100000 "$CT"
	has cpu.max "30000 100000"
	quietly update --cpu-burst 20000 "$CT"
	has cpu.max.burst 20000
	quietly update --cpu-quota 10000 --cpu-burst 5000 "$CT"
	has cpu.max.burst 5000
	has cpu.max "10000 100000"
	quietly update --cpu-idle 1 "$CT"
	has cpu.idle 1
}

# bats test_tags=machine
@test "CPUs and memory nodes" {
	limited
	needs cpuset
	quietly update --cpuset-cpus 0 --cpuset-mems 0 "$CT"
	has cpuset.cpus 0
	has cpuset.mems 0
}

@test "a container without a cgroup of its own cannot be updated" {
	config '.linux.resources = null'
	args sleep 1000
	detached --cgroup-manager disabled create --bundle "$BUNDLE" "$CT"
	[[ $status -eq 0 ]]
	refuses "the container has no cgroup that could be limited" update --pids-limit 5 "$CT"
}

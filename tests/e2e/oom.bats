#!/usr/bin/env bats
# The memory limit at work: who is killed by it, what is said of that, and who lives on. It takes the memory controller. What is
# said where the kernel only seems to have killed is in tests/unit/test_killed.c and test_cgroup.c.

# bats file_tags=machine,systemd

load helpers

setup()
{
	base_setup
	[[ " $(<"$(findmnt -nfo TARGET -t cgroup2)/cgroup.controllers") " == *" memory "* ]] ||
		skip "the cgroup v2 tree has no memory controller here"
}

# limit BYTES: of memory and swap together.
limit()
{
	config '.linux.resources.memory = {limit: $bytes, swap: $bytes}' --argjson bytes "$1"
}

LIMIT=20971520
NAMED="killed by signal 9 (SIGKILL): the kernel kills processes of its cgroup for want of memory: linux.resources.memory.limit is"

# What takes all the memory that it gets.
GREEDY=(tail /dev/zero)

@test "a program that wants more is killed, and run names the limit" {
	limit "$LIMIT"
	args "${GREEDY[@]}"
	detached run --bundle "$BUNDLE" "$CT"
	[[ $status -eq 137 && $stderr == "tare: the program was $NAMED $LIMIT bytes" ]] || fail "$status" "$output"
}

@test "a program below the limit is left alone" {
	limit "$LIMIT"
	args sh -c 'head -c 4m /dev/zero | tail >/dev/null; echo fine'
	detached run --bundle "$BUNDLE" "$CT"
	[[ $status -eq 0 && $output == fine ]] || fail "$status" "$output"
}

@test "a limit that even init cannot meet fails create and run, which name it and leave nothing" {
	local verb
	limit 4096
	for verb in create run; do
		refuses "container init was OOM-killed (memory limit too low?): linux.resources.memory.limit is 4096 bytes" \
			"$verb" --bundle "$BUNDLE" "$CT"
		nothing_left || fail "$(leftovers)"
	done
}

@test "exec of what wants more is killed and names the limit, and the container lives on" {
	limit "$LIMIT"
	running
	detached exec "$CT" "${GREEDY[@]}"
	[[ $status -eq 137 && $stderr == "tare: the program was $NAMED $LIMIT bytes" ]] || fail "$status" "$output"
	has_status "$CT" running
	run -0 tare exec "$CT" echo fine
	[[ $output == fine ]] || fail "$output"
}

# The program of the container stays where it is killed last: then the kernel takes what came by exec.
@test "exec that is killed before its program runs names the limit" {
	local cgroup used
	config '.process.oomScoreAdj = -1000'
	running
	cgroup=$(cgroup_of "$(state_of "$CT" .pid)")
	used=$(<"$cgroup/memory.current")
	echo 0 >"$cgroup/memory.swap.max"
	echo "$used" >"$cgroup/memory.max"
	printf '{"cwd": "/", "args": ["true"], "oomScoreAdj": 1000}' >"$DIR/process.json"
	detached exec --process "$DIR/process.json" "$CT"
	[[ $status -eq 255 && $stderr == *"the container's init ended unexpectedly: $NAMED $(<"$cgroup/memory.max") bytes" ]] ||
		fail "$status" "$output"
	has_status "$CT" running
}

@test "events has a line for each time that somebody was killed" {
	local count follower
	limit "$LIMIT"
	running
	"$TARE" --root "$ROOT" events --interval 1h "$CT" >"$DIR/events" 2>"$DIR/events.stderr" 3>&- &
	follower=$!
	wait_until watches "$follower"
	for count in 1 2; do
		detached exec "$CT" "${GREEDY[@]}"
		[[ $status -eq 137 ]] || fail "$status" "$output"
		wait_until kills "$count"
	done
	quietly kill "$CT" KILL
	wait "$follower"
	[[ $(jq -c '[.type, .id]' "$DIR/events" | sort | uniq -c) == *" 2 [\"oom\",\"$CT\"]" ]] || fail "$(<"$DIR/events")"
}

# The follower has opened what the kernel counts in.
watches()
{
	find "/proc/$1/fd" -lname '*/memory.events' 2>/dev/null | grep -q .
}

kills()
{
	[[ $(grep -c '"type":"oom"' "$DIR/events") -ge $1 ]]
}

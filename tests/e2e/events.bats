#!/usr/bin/env bats
# tare events: what a container uses, and its end. The numbers are in tests/unit/test_stats.c, OOM kills in test_events.c, which need
# no controller.

load helpers

# follow [OPTION...]: events into $DIR/events in the background; its pid is $follower.
follow()
{
	"$TARE" --root "$ROOT" events "$@" "$CT" >"$DIR/events" 2>"$DIR/events.stderr" 3>&- &
	follower=$!
	# events opens the files of the cgroup when it has found that the container runs.
	wait_until has_open "$follower" "*/tare-$CT${E2E_SYSTEMD:+.scope}"
}

has_lines()
{
	[[ $(wc -l <"$DIR/events") -ge $1 ]]
}

@test "events --stats is one line of JSON in the layout of runc" {
	running
	detached events --stats "$CT"
	[[ $status -eq 0 && -z $stderr && $(wc -l <"$DIR/stdout") -eq 1 ]]
	jq -e --arg id "$CT" '.type == "stats" and .id == $id' <<<"$stdout"
	jq -e '.data | [keys[]] == ["blkio", "cpu", "cpuset", "hugetlb", "intel_rdt", "memory", "network_interfaces", "pids"]' \
		<<<"$stdout"
	jq -e '.data.cpu.usage | .total > 0 and .total >= .kernel' <<<"$stdout"
	jq -e '.data.pids.current == 1' <<<"$stdout"
	jq -e '.data.memory | .usage.failcnt == 0 and (.usage.limit | type) == "number" and .kernelTCP.limit == 0' <<<"$stdout"
	jq -e '[.data.cpuset[]] | all(type == "number" or type == "array")' <<<"$stdout"
}

@test "events reports at each interval until the container ends, which is no error" {
	running
	follow --interval 10ms
	wait_until has_lines 3
	quietly kill "$CT" KILL
	status=0
	wait "$follower" || status=$?
	[[ $status -eq 0 && ! -s $DIR/events.stderr ]] || fail "$status: $(<"$DIR/events.stderr")"
	[[ $(jq -r .type "$DIR/events" | sort -u) == stats ]]
}

@test "events ends at once when the container does, whatever the interval" {
	running
	follow --interval 1h30m
	quietly kill "$CT" KILL
	wait "$follower"
	[[ ! -s $DIR/events ]]
}

@test "events ends when nobody reads it any more" {
	running
	[[ $(tare events --interval=1ms "$CT" | head -n 1 | jq -r .type) == stats ]]
	# The teardown would find a process that is left.
}

@test "a created and a paused container have events" {
	create "$CT"
	[[ $(tare events --stats "$CT" | jq .data.pids.current) -eq 1 ]]
	quietly pause "$CT"
	[[ $(tare events --stats "$CT" | jq .data.pids.current) -eq 1 ]]
}

@test "events are refused when the container has stopped or is not there" {
	running "$CT" true
	wait_until has_status "$CT" stopped
	refuses "container with id $CT is not running" events --stats "$CT"
	refuses "container with id $CT is not running" events "$CT"
	refuses "container does not exist" events "$CT-other"
}

@test "an interval that is no duration is refused" {
	local interval
	running
	for interval in 0 0s 5 -5s x 1m30; do
		refuses "option --interval: expected a duration such as 5s or 1m30s, found '$interval'" \
			events "--interval=$interval" "$CT"
	done
}

@test "a container without a cgroup of its own cannot be asked" {
	config '.linux.resources = null'
	detached --cgroup-manager disabled create --bundle "$BUNDLE" "$CT"
	[[ $status -eq 0 ]]
	refuses "the container has no cgroup that would tell what it uses" events --stats "$CT"
}

# bats test_tags=machine,systemd
@test "an OOM kill is an event" {
	local controllers
	controllers=$(findmnt -nfo TARGET -t cgroup2)/cgroup.controllers
	[[ " $(<"$controllers") " == *" memory "* ]] || skip "the cgroup v2 tree has no memory controller here"
	config '.linux.resources.memory.limit = 20971520 | .linux.resources.memory.swap = 20971520'
	# The child is killed, the program waits for it and lives on.
	running "$CT" sh -c 'head -c 64m /dev/zero | tail >/dev/null & wait; sleep 1000'
	follow --interval 1h
	wait_until grep -q '"type":"oom"' "$DIR/events"
	quietly kill "$CT" KILL
	wait "$follower"
}

# bats test_tags=machine
@test "failcnt is how often the limit of memory was hit" {
	local cgroup controllers
	controllers=$(findmnt -nfo TARGET -t cgroup2)/cgroup.controllers
	[[ " $(<"$controllers") " == *" memory "* ]] || skip "the cgroup v2 tree has no memory controller here"
	config '.linux.resources.memory.limit = 20971520 | .linux.resources.memory.swap = 20971520 | .root.readonly = false'
	running "$CT" sh -c 'head -c 64m /dev/zero | tail >/dev/null & wait; : >/done; sleep 1000'
	wait_until test -e "$BUNDLE/rootfs/done"
	cgroup=$(cgroup_of "$(state_of "$CT" .pid)")
	grep -q '^max [1-9]' "$cgroup/memory.events" || fail "$(<"$cgroup/memory.events")"
	[[ $(tare events --stats "$CT" | jq .data.memory.usage.failcnt) -eq $(sed -n 's/^max //p' "$cgroup/memory.events") ]]
}

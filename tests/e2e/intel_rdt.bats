#!/usr/bin/env bats
# linux.intelRdt on a host without resctrl, which is most of them. What happens with it is in tests/unit/test_intel_rdt.c, on a
# directory that behaves so.

load helpers

setup()
{
	base_setup
	! grep -q ' - resctrl ' /proc/self/mountinfo || skip "resctrl is mounted here"
}

@test "without a resctrl file system a config that needs it is refused, and nothing is left" {
	local rdt
	for rdt in '{}' '{closID: "/"}' '{enableMonitoring: true}' '{closID: "gold", l3CacheSchema: "L3:0=f"}'; do
		config ".linux.intelRdt = $rdt"
		refuses "linux.intelRdt: no resctrl file system is mounted" create --bundle "$BUNDLE" "$CT"
		nothing_left
	done
}

@test "a container without intelRdt lives and is deleted without resctrl" {
	running
	quietly delete --force "$CT"
}

@test "a group of a container whose host has lost its resctrl is no obstacle for delete" {
	running
	jq '.intelRdt = {group: $ct, own: true, monitored: true}' --arg ct "$CT" "$ROOT/$CT/state.json" >"$DIR/state.json"
	cp "$DIR/state.json" "$ROOT/$CT/state.json"
	quietly delete --force "$CT"
	refuses "container does not exist" state "$CT"
}

@test "exec without the resctrl that the container's class of service is in fails, and leaves no process" {
	running
	jq '.intelRdt = {group: "gold"}' "$ROOT/$CT/state.json" >"$DIR/state.json"
	cp "$DIR/state.json" "$ROOT/$CT/state.json"
	run -255 tare exec "$CT" true
	[[ $output == *"linux.intelRdt: no resctrl file system is mounted"* ]] || fail "$output"
	[[ $(cat /sys/fs/cgroup/*"$CT"*/cgroup.procs | wc -l) -eq 1 ]]
}

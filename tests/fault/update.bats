#!/usr/bin/env bats
# One system call of an update fails: limits and device rules are all new, or all as before, with a message.
#
# shellcheck disable=SC2034,SC2154 # from and for inject.bash

load inject

setup_file()
{
	build_inject
}

setup()
{
	needs_root "an ordinary user may load no device filter"
	fault_setup
	mknod -m 666 "$BUNDLE/rootfs/node" c 240 7
	running
	cgroup=$(cgroup_of "$(state_of "$CT" .pid)")
	echo '{"devices": [{"allow": true, "type": "c", "major": 240, "minor": 7, "access": "rw"}],
		"unified": {"cgroup.max.depth": "7", "cgroup.max.descendants": "6"}}' >"$DIR/new.json"
	echo '{"devices": [{"allow": false}], "unified": {"cgroup.max.depth": "max", "cgroup.max.descendants": "max"}}' \
		>"$DIR/former.json"
}

# The rule about the device and the two limits, in a line.
in_force()
{
	local rule=open
	detached exec "$CT" head -c 1 /node
	[[ $stderr != *"Operation not permitted"* ]] || rule=shut
	echo "$rule $(<"$cgroup/cgroup.max.depth") $(<"$cgroup/cgroup.max.descendants")"
}

# Verdict on the update that just ended; takes back what it did.
new_or_former()
{
	local wanted="shut max max"
	((status != 0)) || wanted="open 7 6"
	[[ $status -eq 0 || -n $stderr ]] || fail "$1: exit $status without a word"
	[[ $(in_force) == "$wanted" ]] || fail "$1: exit $status: wanted '$wanted', got '$(in_force)'" "$output"
	[[ $(python3 "$LIB/device_programs.py" list "$cgroup" | wc -l) -eq 1 ]] || fail "$1: not one program"
	quietly update --devices --resources "$DIR/former.json" "$CT"
}

@test "an error at a call of update: limits and device rules are all new, or all as before" {
	faults new_or_former host 30 EPERM EIO ENOMEM EMFILE EINTR -- update --devices --resources "$DIR/new.json" "$CT"
}

@test "an error of bpf(2): the former rules are in force, and the message names them" {
	local index total
	injected -n bpf -- update --devices --resources "$DIR/new.json" "$CT"
	count_calls
	new_or_former "without a fault"
	for ((index = 1; index <= total; index++)); do
		injected -n bpf -e EACCES -i "$index" -- update --devices --resources "$DIR/new.json" "$CT"
		[[ $status -eq 0 || $stderr == *"linux.resources.devices: cannot "* ]] || fail "call $index: $output"
		new_or_former "bpf call $index"
	done
}

@test "an error of the second limit: the former rules are in force" {
	local index total failed=0
	injected -n write -- update --devices --resources "$DIR/new.json" "$CT"
	count_calls
	new_or_former "without a fault"
	for ((index = 1; index <= total; index++)); do
		injected -n write -e EBUSY -i "$index" -- update --devices --resources "$DIR/new.json" "$CT"
		((status == 0)) || failed=$((failed + 1))
		new_or_former "write $index"
	done
	((failed > 0)) || fail "no write failed"
}

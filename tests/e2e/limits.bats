#!/usr/bin/env bats
# Limits of memory, processor time, disk and tasks held to what they say, on a machine that has the controllers.

# bats file_tags=machine,systemd

load helpers

setup()
{
	local controllers controller
	base_setup
	controllers=$(<"$(findmnt -nfo TARGET -t cgroup2)/cgroup.controllers")
	for controller in cpu io memory pids; do
		[[ " $controllers " == *" $controller "* ]] || skip "the cgroup v2 tree has no $controller controller here"
	done
}

teardown()
{
	delete_all "$ROOT"
	[[ ! -d $DIR/disk ]] || umount "$DIR/disk"
	base_teardown
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
	local cgroup began before used took peak
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
	peak=$(cat "$cgroup/memory.peak" 2>/dev/null) || removed_by_systemd || fail "no memory.peak"
	[[ ${peak:-0} -le 536870912 ]]
}

# systemd removes the cgroup of its unit, with what was counted there, when the last process has ended.
removed_by_systemd()
{
	[[ ${E2E_SYSTEMD-} && ! -e $cgroup ]]
}

was_killed()
{
	grep -q '^oom_kill [1-9]' "$cgroup/memory.events" 2>/dev/null || removed_by_systemd
}

wait_until_killed()
{
	local tries
	for ((tries = 0; tries < 20; tries++)); do
		wait_until was_killed && return
	done
	fail "$(<"$cgroup/memory.events")"
}

# Prints how many microseconds dd in the container takes for 4 MB that go past the page cache.
dd_takes()
{
	local began
	began=$(microseconds)
	tare exec "$CT" dd bs=64k count=64 "$@" 2>"$DIR/dd" || fail "$(<"$DIR/dd")"
	echo $(($(microseconds) - began))
}

@test "a megabyte of the disk in a second: dd is slowed down to it, in each direction, and not without the limit" {
	local disk=/dev/vdb write read took free
	write=(if=/dev/zero of=/disk/file oflag=direct) read=(if=/disk/file of=/dev/null iflag=direct)
	mkfs.ext4 -qF "$disk"
	mkdir "$DIR/disk"
	mount "$disk" "$DIR/disk"
	config '.mounts += [{destination: "/disk", source: $disk, options: ["rbind"]}]
		| [{major: $major, minor: $minor, rate: 1048576}] as $rate
		| .linux.resources.blockIO = {throttleReadBpsDevice: $rate, throttleWriteBpsDevice: $rate}' --arg disk "$DIR/disk" \
		--argjson major "$((0x$(stat -c %t "$disk")))" --argjson minor "$((0x$(stat -c %T "$disk")))"
	running
	# What the kernel lets pass at first is less than a second's worth.
	took=$(dd_takes "${write[@]}")
	((took >= 3000000)) || fail "4 MB are written in $took microseconds"
	took=$(dd_takes "${read[@]}")
	((took >= 3000000)) || fail "4 MB are read in $took microseconds"

	jq '.linux.resources | {blockIO} | .blockIO[][].rate = 0' "$BUNDLE/config.json" >"$DIR/resources.json"
	quietly update --resources "$DIR/resources.json" "$CT"
	free=$(dd_takes "${write[@]}")
	((free < took)) || fail "without a limit 4 MB are written in $free microseconds, with it they were read in $took"
}

# Shells that fork whatever they can, with 1000 tasks at most.
@test "a fork bomb cannot have more tasks than its limit, and delete ends it" {
	local cgroup began took
	config '.linux.resources.pids.limit = 1000'
	running "$CT" sh -c 'exec >/dev/null 2>&1; bomb() { bomb | bomb & }; bomb; sleep 1000'
	cgroup=$(cgroup_of "$(state_of "$CT" .pid)")
	SECONDS_TO_WAIT=200 wait_until grep -q '^max [1-9]' "$cgroup/pids.events"
	[[ $(<"$cgroup/pids.peak") -le 1000 ]]
	began=$(microseconds)
	quietly delete --force "$CT"
	took=$((($(microseconds) - began) / 1000))
	echo "# a fork bomb of 1000 tasks is deleted in $took milliseconds" >&3
	[[ ! -e $cgroup && $took -lt 60000 ]]
}

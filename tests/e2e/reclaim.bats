#!/usr/bin/env bats
# tare update --reclaim: a lower limit of memory that kills nobody. It takes the memory controller, and a disk, as what is kept of
# a tmpfs cannot be dropped.

# bats file_tags=machine

load helpers

# Emulated, 200 MB take their time.
SECONDS_TO_WAIT=200
DISK=/dev/vdb
MB=1048576

setup()
{
	base_setup
	[[ " $(<"$(findmnt -nfo TARGET -t cgroup2)/cgroup.controllers") " == *" memory "* ]] ||
		skip "the cgroup v2 tree has no memory controller here"
	config '.linux.resources = {memory: {limit: (300 * 1048576), swap: (300 * 1048576)}, unified: {"memory.high": "290M", "pids.max": "max"}}'
}

teardown()
{
	delete_all "$ROOT"
	[[ ! -d $DIR/disk ]] || umount "$DIR/disk"
	[[ $(</proc/swaps) != *"$DISK"* ]] || swapoff "$DISK"
	base_teardown
}

# A container that has written a file of 200 MB, which the kernel keeps in memory, too.
with_page_cache()
{
	mkfs.ext4 -qF "$DISK"
	mkdir "$DIR/disk"
	mount "$DISK" "$DIR/disk"
	config '.mounts += [{destination: "/disk", source: $disk, options: ["rbind"]}]' --arg disk "$DIR/disk"
	running "$CT" sh -c 'dd if=/dev/zero of=/disk/file bs=1M count=200 2>/dev/null; sync; echo >/disk/written; sleep 1000'
	wait_until test -e "$DIR/disk/written"
	look
	uses_more_than 195
}

# One whose program has 200 MB that are nowhere else: what it writes of it fills a pipe that nobody reads.
with_memory_of_its_own()
{
	running "$CT" sh -c 'dd if=/dev/zero bs=200M count=1 | sleep 1000'
	look
	wait_until uses_more_than 195
}

look()
{
	cgroup=$(cgroup_of "$(state_of "$CT" .pid)")
}

uses_more_than()
{
	(($(<"$cgroup/memory.current") > $1 * MB))
}

is_as_before()
{
	has memory.max $((300 * MB))
	has memory.high $((290 * MB))
	has memory.swap.max 0
	has pids.max max
	unit_has MemoryMax $((300 * MB))
	unit_has MemoryHigh $((290 * MB))
	unit_has TasksMax infinity
	unharmed
	uses_more_than 190
}

unharmed()
{
	has_status "$CT" running
	grep -q '^oom_kill 0$' "$cgroup/memory.events" || fail "$(<"$cgroup/memory.events")"
}

# has FILE VALUE: what a file of the cgroup says.
has()
{
	[[ $(<"$cgroup/$1") == "$2" ]] || fail "$1: wanted '$2'" "got '$(<"$cgroup/$1")'"
}

# unit_has PROPERTY VALUE: what systemd knows of it, when it makes the cgroups.
unit_has()
{
	[[ ! ${E2E_SYSTEMD-} || $(systemctl show --property "$1" --value "${cgroup##*/}") == "$2" ]] || fail "$1 is not $2"
}

# bats test_tags=systemd
@test "a container that holds 200 MB of page cache shrinks to 64 MB" {
	with_page_cache
	quietly update --memory 64m --memory-swap 64m --reclaim 120 "$CT"
	has memory.max $((64 * MB))
	has memory.high $((290 * MB))
	unit_has MemoryMax $((64 * MB))
	unit_has MemoryHigh $((290 * MB))
	[[ $(<"$cgroup/memory.current") -le $((64 * MB)) ]]
	unharmed
	# What the kernel had to do for it was not left to the write of the limit.
	grep -q '^max 0$' "$cgroup/memory.events" || fail "$(<"$cgroup/memory.events")"
}

# bats test_tags=systemd
@test "one that holds 200 MB of its own is not shrunk, and lives on with all its limits" {
	with_memory_of_its_own
	refuses "memory.limit: " update --memory 64m --memory-swap 64m --pids-limit 50 --reclaim 2 "$CT"
	[[ $stderr =~ memory\.limit:\ (2[0-9]{8})\ bytes\ are\ in\ use\ after\ 2\ seconds\ of\ reclaiming,\ asked\ for\ is\ a\ limit\ of\ 67108864 ]] ||
		fail "$stderr"
	is_as_before
}

@test "with room for it in swap it is" {
	mkswap -q "$DISK"
	swapon "$DISK"
	with_memory_of_its_own
	quietly update --memory 64m --memory-swap 300m --reclaim 120 "$CT"
	has memory.max $((64 * MB))
	has memory.swap.max $((236 * MB))
	unharmed
}

@test "when a later limit is refused nothing has changed but what was reclaimed" {
	with_page_cache
	echo '{"memory": {"limit": 67108864, "swap": 67108864}, "unified": {"memory.none": "1"}}' >"$DIR/resources.json"
	refuses 'unified["memory.none"]' update --resources "$DIR/resources.json" --reclaim 120 "$CT"
	has memory.max $((300 * MB))
	has memory.high $((290 * MB))
	unharmed
}

@test "memory.checkBeforeUpdate is for what is in use when the limit is set" {
	with_page_cache
	echo '{"memory": {"limit": 67108864, "swap": 67108864, "checkBeforeUpdate": true}}' >"$DIR/resources.json"
	refuses "memory.limit: expected more than what is in use" update --resources "$DIR/resources.json" "$CT"
	quietly update --resources "$DIR/resources.json" --reclaim 120 "$CT"
	has memory.max $((64 * MB))
	unharmed
}

@test "memory.high and the limit of one update count both, and memory.max of unified is a limit, too" {
	with_page_cache
	echo '{"unified": {"memory.max": "64M", "memory.high": "60M"}}' >"$DIR/resources.json"
	quietly update --resources "$DIR/resources.json" --reclaim 120 "$CT"
	has memory.max $((64 * MB))
	has memory.high $((60 * MB))
	unharmed
}

@test "a signal ends the wait, and nothing has changed" {
	local updater status=0
	with_memory_of_its_own
	"$TARE" --root "$ROOT" update --memory 64m --memory-swap 64m --reclaim 600 "$CT" >"$DIR/updated" 2>&1 3>&- &
	updater=$!
	wait_until grep -qx $((64 * MB)) "$cgroup/memory.high"
	kill -TERM "$updater"
	wait "$updater" || status=$?
	[[ $status -eq 143 && $(<"$DIR/updated") == *"interrupted by SIGTERM"* ]] || fail "$status" "$(<"$DIR/updated")"
	is_as_before
}

@test "a higher limit, and none, need nothing to be reclaimed" {
	with_memory_of_its_own
	quietly update --memory 400m --memory-swap 400m --reclaim 1 "$CT"
	has memory.max $((400 * MB))
	has memory.high $((290 * MB))
	quietly update --memory -1 --reclaim 1 "$CT"
	has memory.max max
}

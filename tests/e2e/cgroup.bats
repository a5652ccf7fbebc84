#!/usr/bin/env bats
# The container's cgroup: whose it is, and that no other process is ever taken for one of the container's.

load helpers

setup()
{
	base_setup
	needs_root "the paths are at the root of the tree"
	TREE=$(findmnt -nfo TARGET -t cgroup2)
	config '.linux.cgroupsPath = "/" + $ct' --arg ct "$CT"
}

teardown()
{
	local directory
	delete_all "$ROOT"
	# A cgroup of the test's own, which no container removes.
	for directory in "$TREE/$CT"*; do
		[[ ! -d $directory ]] || rmdir "$directory"
	done
	wait_until nothing_left || fail "left behind:" "$(leftovers)"
}

# A stopped container whose cgroup is still there.
stopped()
{
	running "$1" true
	wait_until has_status "$1" stopped
}

@test "the cgroup of a stopped container is taken until that is deleted" {
	stopped "$CT-a"
	args sleep 1000
	refuses "the cgroup '/$CT' belongs to container \"$CT-a\"" create --bundle "$BUNDLE" "$CT-b"
	[[ -d $TREE/$CT ]]
	refuses "container does not exist" state "$CT-b"
	quietly delete "$CT-a"
	running "$CT-b"
	has_status "$CT-b" running
}

@test "a cgroup of the same path that somebody else made is not touched" {
	stopped "$CT-a"
	rmdir "$TREE/$CT"
	running "$CT-b"
	quietly kill --all "$CT-a" KILL
	[[ $(tare ps --format json "$CT-a") == "[]" ]]
	quietly delete "$CT-a"
	has_status "$CT-b" running
	[[ $(<"$TREE/$CT/cgroup.procs") == "$(state_of "$CT-b" .pid)" ]]
}

@test "nor does delete --force by what is left of a damaged state touch it" {
	stopped "$CT-a"
	rmdir "$TREE/$CT"
	running "$CT-b"
	rm "$ROOT/$CT-a/state.json"
	quietly delete --force "$CT-a"
	has_status "$CT-b" running
}

@test "an empty cgroup of the same path stays, too" {
	stopped "$CT"
	rmdir "$TREE/$CT"
	mkdir "$TREE/$CT"
	quietly delete "$CT"
	[[ -d $TREE/$CT ]]
}

# What a container with CAP_SYS_ADMIN does to its own cgroup, which its mount shows it.
take_mark_away()
{
	python3 - "$TREE/$CT" "${1-}" <<'END'
import os, sys
os.removexattr(sys.argv[1], "trusted.tare")
if sys.argv[2]:
    os.setxattr(sys.argv[1], "trusted.tare", sys.argv[2].encode())
END
}

has_processes()
{
	[[ $(tare ps --format json "$CT" | jq length) -eq $1 ]]
}

@test "a container that takes its mark away, or changes it, is killed and deleted all the same" {
	local mark
	config '.linux.namespaces |= map(select(.type != "pid"))'
	for mark in "" "other@2026-01-01T00:00:00.000000000Z"; do
		running "$CT" sh -c 'sleep 1000 & sleep 1000 & wait'
		take_mark_away "$mark"
		wait_until has_processes 3
		quietly pause "$CT"
		has_status "$CT" paused
		quietly resume "$CT"
		quietly kill --all "$CT" KILL
		wait_until no_process
		quietly delete "$CT"
		running "$CT" sh -c 'sleep 1000 & exit'
		wait_until has_status "$CT" stopped
		take_mark_away "$mark"
		quietly delete "$CT"
		[[ ! -e $TREE/$CT ]]
		no_process
	done
}

@test "after a boot the number of a cgroup's directory means nothing" {
	stopped "$CT"
	sed -i 's/"bootId": "[^"]*"/"bootId": "00000000-0000-0000-0000-000000000000"/' "$ROOT/$CT/state.json"
	take_mark_away
	quietly delete "$CT"
	[[ -d $TREE/$CT ]]
}

@test "a create that fails in another container's cgroup leaves that alone" {
	running "$CT-a"
	refuses "the cgroup '/$CT' belongs to container \"$CT-a\"" create --bundle "$BUNDLE" "$CT-b"
	has_status "$CT-a" running
	[[ $(<"$TREE/$CT/cgroup.procs") == "$(state_of "$CT-a" .pid)" ]]
}

@test "a create that fails in a cgroup with foreign processes leaves them alone" {
	local pid
	mkdir "$TREE/$CT"
	sleep 1000 & pid=$!
	echo "$pid" >"$TREE/$CT/cgroup.procs"
	refuses "the cgroup '/$CT' is not empty" create --bundle "$BUNDLE" "$CT"
	[[ $(<"$TREE/$CT/cgroup.procs") == "$pid" ]]
	kill "$pid"
	wait "$pid" || true
}

@test "exec follows an init that was moved before its cgroup was removed" {
	local elsewhere=$TREE/$CT-elsewhere
	running
	mkdir "$elsewhere"
	state_of "$CT" .pid >"$elsewhere/cgroup.procs"
	rmdir "$TREE/$CT"
	[[ $(tare exec "$CT" sh -c 'echo $$; exec cat /proc/self/cgroup') == *"0::/../$CT-elsewhere" ]]
	quietly kill "$CT" KILL
	wait_until has_status "$CT" stopped
}

@test "a cgroup that was there before stays, and is free again" {
	mkdir "$TREE/$CT"
	stopped "$CT"
	quietly delete "$CT"
	[[ -d $TREE/$CT ]]
	running
}

@test "a cgroup that was there before is free again after a create that failed" {
	mkdir "$TREE/$CT"
	config '.hooks.createRuntime = [{path: "/bin/false"}]'
	refuses "createRuntime" create --bundle "$BUNDLE" "$CT"
	config 'del(.hooks)'
	running
}

@test "no device filter is left in a cgroup that stays" {
	mkdir "$TREE/$CT"
	config '.linux.resources.devices = [{allow: false, type: "c", major: 1, minor: 5, access: "rwm"}]'
	args sh -c 'head -c 1 /dev/zero >/dev/null'
	detached run --bundle "$BUNDLE" "$CT"
	[[ $status -ne 0 && $stderr == *"not permitted"* ]] || fail "exit $status: $output"
	config 'del(.linux.resources)'
	quietly run --bundle "$BUNDLE" "$CT"
}

@test "ps and kill --all reach processes in a cgroup that is nested deeper than there are file descriptors" {
	local depth directory=$TREE/$CT
	running "$CT" sh -c 'sleep 1000 & wait'
	for ((depth = 0; depth < 100; depth++)); do
		directory+=/d
	done
	mkdir -p "$directory"
	pgrep -P "$(state_of "$CT" .pid)" >"$directory/cgroup.procs"
	ulimit -n 32
	[[ $(tare ps --format json "$CT" | jq length) -eq 2 ]]
	quietly kill --all "$CT" TERM
	wait_until grep -q 'populated 0' "$directory/cgroup.events"
}

@test "a container runs below a cgroup that holds processes, which stays as it is" {
	local pid before
	mkdir "$TREE/$CT"
	sleep 1000 3>&- & pid=$!
	echo "$pid" >"$TREE/$CT/cgroup.procs"
	before=$(cat "$TREE"/{,"$CT"/}cgroup.subtree_control "$TREE/$CT/cgroup.type")
	config '.linux.cgroupsPath = "/" + $ct + "/below"' --arg ct "$CT"
	running
	[[ $(<"$TREE/$CT/below/cgroup.procs") == "$(state_of "$CT" .pid)" ]]
	[[ $(cat "$TREE"/{,"$CT"/}cgroup.subtree_control "$TREE/$CT/cgroup.type") == "$before" ]]
	[[ $(<"$TREE/$CT/below/cgroup.type") == domain ]]
	delete_all "$ROOT"
	config '.linux.resources.pids.limit = 5'
	refuses 'linux.resources.pids.limit: the cgroup controller "pids" is not available here' create --bundle "$BUNDLE" "$CT"
	[[ $(cat "$TREE"/{,"$CT"/}cgroup.subtree_control "$TREE/$CT/cgroup.type") == "$before" ]]
	kill "$pid"
	wait "$pid" || true
}

@test "a create that fails at one of several cgroups that are missing leaves none of them" {
	mkdir "$TREE/$CT"
	echo 1 >"$TREE/$CT/cgroup.max.depth"
	config '.linux.cgroupsPath = "/" + $ct + "/a/b/c/d"' --arg ct "$CT"
	refuses "cannot make the cgroup '/$CT/a/b/c/d'" create --bundle "$BUNDLE" "$CT"
	[[ ! -e $TREE/$CT/a && -d $TREE/$CT ]]
	[[ ! -e $ROOT/$CT ]]
	# A delete that is killed there leaves the cgroup to the next delete.
	echo max >"$TREE/$CT/cgroup.max.depth"
	run traceable strace -qq -f -e trace=mkdirat -e inject=mkdirat:signal=KILL:when=4 -o "$DIR/trace" \
		"$TARE" --root "$ROOT" create --bundle "$BUNDLE" "$CT"
	[[ -d $TREE/$CT/a ]]
	quietly delete --force "$CT"
	[[ ! -e $TREE/$CT/a && -d $TREE/$CT ]]
}

@test "an id that makes no name of a cgroup is refused before anything is made" {
	local id
	config 'del(.linux.cgroupsPath)'
	printf -v id 'e2e-%0247d' 0
	refuses "container ID: expected at most 250 bytes, as its cgroup is called tare-ID, found 251" \
		create --bundle "$BUNDLE" "$id"
	[[ ! -e $ROOT/$id ]]
	config '.linux.cgroupsPath = "/tare-e2e..x"'
	create "$id"
	delete_all "$ROOT"
	printf -v id '%0256d' 0
	config '.linux.cgroupsPath = $name' --arg name "/$id"
	refuses "linux.cgroupsPath: expected names of at most 255 bytes in it, found one of 256" \
		create --bundle "$BUNDLE" "$CT"
}

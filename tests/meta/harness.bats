#!/usr/bin/env bats
# The harness of the end-to-end tests has to notice what a bad runtime leaves behind. A script plays the bad runtime.

bats_require_minimum_version 1.5.0

setup()
{
	HARNESS=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	work=$BATS_TEST_TMPDIR
	mkdir "$work/tests" "$work/bin"
	cp -r "$HARNESS/e2e/helpers.bash" "$work/tests"
	# "leave WHAT" is a command of the bad runtime; everything else it does as little as a test needs.
	cat >"$work/bin/tare" <<-'END'
		#!/bin/bash
		root=$2
		case "$1 $3" in
		"spec "*) echo '{"process": {"env": []}}' >"$3/config.json" ;;
		"--root list") ;;
		"--root leave")
			mkdir -p "$root"
			case $4 in
			process) (exec -a "$root" sleep 1000) & echo $! >"$5" ;;
			payload) E2E=$6 sleep 1000 & echo $! >"$5" ;;
			cgroup) mkdir "/sys/fs/cgroup/left-$6" ;;
			mount) mount -t tmpfs none "${root%/*}" ;;
			state) touch "$root/.hidden" ;;
			run) mkdir /run/tare ;;
			tmp) mktemp /tmp/e2e-left.XXXXXX >"$5" ;;
			esac
			;;
		esac >&2 2>/dev/null </dev/null
	END
	chmod +x "$work/bin/tare"
}

# verdict WHAT: runs one test whose runtime leaves WHAT behind; gives what the harness says.
verdict()
{
	# bats would take a line that begins with its keyword for a test of this file.
	printf '%s\n' 'load helpers' '@''test "bad" {' "tare leave $1 $work/made \"\$CT\"" '}' >"$work/tests/bad.bats"
	run env SECONDS_TO_WAIT=1 TARE="$work/bin/tare" "$HARNESS/lib/pure-v2" bats --formatter tap "$work/tests/bad.bats"
}

@test "a runtime that leaves nothing passes" {
	verdict nothing
	[[ $status -eq 0 && $output == *"ok 1 bad"* ]] || { echo "$output"; false; }
}

@test "a process of the runtime that is left is found" {
	verdict process
	[[ $status -ne 0 && $output == *"not ok 1 bad"*"process $(<"$work/made"): "* ]] || { echo "$output"; false; }
}

@test "a process of the container that is left is found" {
	verdict payload
	[[ $status -ne 0 && $output == *"process $(<"$work/made") of a container"* ]] || { echo "$output"; false; }
}

@test "a cgroup that is left is found" {
	verdict cgroup
	[[ $status -ne 0 && $output == *"new cgroup: /sys/fs/cgroup/left-"* ]] || { echo "$output"; false; }
}

@test "a mount that is left is found" {
	verdict mount
	[[ $status -ne 0 && $output == *"new "*"tmpfs"* ]] || { echo "$output"; false; }
}

@test "a file system that somebody mounts anew with other options is nothing that the runtime left" {
	printf '%s\n' 'load helpers' 'setup() {' 'mount -t tmpfs -o size=1m none /mnt' 'base_setup' '}' \
		'@''test "good" {' 'mount -o remount,size=2m /mnt' 'grep " /mnt .*size=2048k" /proc/self/mountinfo' '}' >"$work/tests/good.bats"
	run env SECONDS_TO_WAIT=1 TARE="$work/bin/tare" "$HARNESS/lib/pure-v2" bats --formatter tap "$work/tests/good.bats"
	[[ $status -eq 0 && $output == *"ok 1 good"* ]] || { echo "$output"; false; }
}

@test "state that is left is found, hidden or not" {
	verdict state
	[[ $status -ne 0 && $output == *"new file: "*"/.hidden"* ]] || { echo "$output"; false; }
}

@test "files in /run and /tmp are found" {
	verdict run
	[[ $status -ne 0 && $output == *"new file: /run/tare"* ]] || { echo "$output"; false; }
	verdict tmp
	rm "$(<"$work/made")"
	[[ $status -ne 0 && $output == *"new file: /tmp/e2e-"* ]] || { echo "$output"; false; }
}

@test "pure-v2 ends what a command leaves, and says so" {
	run -1 "$HARNESS/lib/pure-v2" bash -c 'mkdir /sys/fs/cgroup/left; setsid sleep 1000 & echo $! >"$0"' "$work/made"
	[[ $output == *"process $(<"$work/made"): sleep 1000"* && $output == *"cgroup left"* ]] || { echo "$output"; false; }
	# It may be a zombie, which has no executable.
	[[ ! -e /proc/$(<"$work/made")/exe ]]
}

@test "pure-v2 that is ended by a signal ends what its command has started, before tap.py would kill it" {
	local tap pid cgroup tree
	# The command ignores the signal that its process group gets; the other process has left the group.
	# shellcheck disable=SC2016 # expanded by the inner shell
	python3 "$HARNESS/lib/tap.py" --name stage --log "$work/log" --counts "$work/counts" -- \
		"$HARNESS/lib/pure-v2" bash -c '
			trap "" TERM
			setsid sleep 1000 &
			echo $! >"$0"
			sleep 1000
		' "$work/made" >"$work/said" 2>&1 3>&- &
	tap=$!
	until [[ -s $work/made ]]; do
		kill -0 "$tap"
		read -rt 0.1 <> <(:) || true
	done
	pid=$(<"$work/made")
	cgroup=$(sed -n 's/^0:://p' "/proc/$pid/cgroup")
	tree=$(findmnt --noheadings --first-only --output TARGET --types cgroup2)
	[[ $cgroup == */pure-v2-*/session && -d $tree$cgroup ]]
	kill -TERM "$tap"
	status=0
	wait "$tap" || status=$?
	[[ $status -eq 143 ]]
	[[ ! -e /proc/$pid/exe ]]
	[[ ! -d $tree${cgroup%/session} ]]
}

@test "pure-v2 gives the status of its command, and shows it one tree that is empty" {
	run -7 "$HARNESS/lib/pure-v2" bash -c 'cat /proc/self/cgroup; find /sys/fs/cgroup -mindepth 1 -type d; exit 7'
	[[ $output == *$'0::/session\n/sys/fs/cgroup/session' ]] || { echo "$output"; false; }
}

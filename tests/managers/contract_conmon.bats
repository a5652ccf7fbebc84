#!/usr/bin/env bats
# What conmon expects of the runtime, for Podman and CRI-O: tests/managers/conmon.py plays it.

# stderr and status are set by the helpers.
# shellcheck disable=SC2154
load ../e2e/helpers

CONMON=$REPOSITORY/tests/managers/conmon.py

# conmon NAME [OPTION...] -- WORD...: one that works in $DIR/NAME, in the background. The words are those behind the runtime's
# name and its --root.
conmon()
{
	local at=$DIR/$1 options=()
	shift
	mkdir -p "$at"
	while [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	shift
	(cd / && exec python3 "$CONMON" "${options[@]}" "$at" -- "$TARE" --root "$ROOT" "$@") >"$at/said" 2>&1 </dev/null 3>&- &
	wait_until written "$at/sync" || fail "conmon: $(<"$at/said")"
	pid=$(jq .data "$at/sync")
}

# has NAME FILE TEXT: what conmon has written there, as soon as it is there.
has()
{
	wait_until test -e "$DIR/$1/$2" || fail "there is no $2: $(<"$DIR/$1/said")"
	[[ $(<"$DIR/$1/$2") == "$3" ]] || fail "$2 has: $(<"$DIR/$1/$2")"
}

# failed NAME TEXT: the manager was told that, in one read, and there is neither a pid file nor a process.
failed()
{
	local message
	message=$(jq -r .message "$DIR/$1/sync")
	[[ $pid -eq -1 && ${message//\\\"/\"} == *"$2"* ]] || fail "sync: $(<"$DIR/$1/sync")"
	has "$1" rest ""
	[[ ! -e $DIR/$1/pidfile ]]
}

@test "conmon: create, start, output and exit status, with the runtime's parent gone" {
	args sh -c 'read line; echo "out $line"; echo err >&2; exit 37'
	conmon c --stdin $'hello\n' -- create --bundle "$BUNDLE" "$CT"
	has_status "$CT" created
	# The process is conmon's own child, in a session of its own, and in the cgroup that it stays in.
	[[ $(parent_of "$pid") -eq $(pgrep -f "conmon.py .*$DIR/c " | head -1) ]]
	[[ $(ps -o sid= -p "$pid") -eq $pid && $(ps -o pgid= -p "$pid") -eq $pid ]]
	[[ $(state_of "$CT" .pid) -eq $pid ]]
	[[ $(<"$DIR/c/cgroup") == "$(<"/proc/$pid/cgroup")" && $(<"$DIR/c/cgroup") == *"$CT"* ]]
	quietly start "$CT"
	has c exit 37
	has c stdout "out hello"
	has c stderr err
	has c strays ""
	quietly delete --force "$CT"
}

@test "conmon: what it leaks and what its variables name reaches neither the runtime's messages nor the container" {
	args sh -c 'ls /proc/self/fd | tr "\n" " "; env | grep -c _OCI_; exec sleep 1000'
	conmon c --leak -- create --bundle "$BUNDLE" "$CT"
	quietly start "$CT"
	conmon e --leak -- exec --detach "$CT" grep -E '^Sig(Ign|Blk)' /proc/self/status
	has e exit 0
	has e stdout $'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000'
	quietly kill "$CT" KILL
	# The fourth is that of ls for its directory. Whoever held a pipe of the container would keep conmon from an end.
	has c exit 137
	has c stdout '0 1 2 3 0'
	has c strays ""
	has e strays ""
}

@test "conmon: options that are given twice, as conmon-rs and CRI-O together do, for create and for exec" {
	local twice=(--root="$ROOT" --log-format=json --log="$DIR/log" --root="$ROOT")
	args sleep 1000
	conmon c -- "${twice[@]}" create --bundle "$BUNDLE" "$CT"
	quietly start "$CT"
	conmon e -- "${twice[@]}" exec -d "$CT" sh -c 'echo "$0"; exit 5' -x
	has e exit 5
	has e stdout -x
	quietly kill "$CT" KILL
	has c exit 137
}

@test "conmon: a create or an exec that fails is told in one read, and leaves no pid file and no process" {
	args nope
	conmon c -- create --bundle "$BUNDLE" "$CT"
	failed c 'exec: "nope": executable file not found in $PATH'
	running "$CT"
	conmon e -- exec --detach "$CT" nope
	failed e 'exec failed: unable to start container process: exec: "nope": executable file not found in $PATH'
	# CRI-O makes the pid file of an exec before: one that stays, and is empty, would be taken for pid 0 and success.
	mkdir "$DIR/f"
	: >"$DIR/f/pidfile"
	conmon f -- exec --detach "$CT" /etc
	failed f 'exec: "/etc": permission denied'
}

@test "conmon: a message that is too long for one read is one of its beginning" {
	args "/$(printf '%09000d' 7)"
	conmon c -- create --bundle "$BUNDLE" "$CT"
	[[ $pid -eq -1 ]]
	jq -r .message "$DIR/c/sync" | grep -q 'create failed'
}

@test "conmon: a pid file that CRI-O has made, empty, becomes that of the exec" {
	running "$CT"
	mkdir "$DIR/e"
	: >"$DIR/e/pidfile"
	conmon e -- exec --detach "$CT" sleep 1000
	[[ $(<"$DIR/e/pidfile") == "$pid" && $pid -gt 0 ]]
	# A timeout kills the process group of the exec, which is not that of conmon.
	kill -KILL -- "-$(ps -o pgid= -p "$pid" | tr -d ' ')"
	has e exit 137
}

@test "conmon: a terminal for a container and for an exec; one of a failure comes before its message" {
	config '.process.terminal = true'
	args sh -c 'tty; test -t 0 && test -t 1 && test -t 2 && read line && echo "got $line"'
	conmon c --terminal -- create --bundle "$BUNDLE" "$CT"
	quietly start "$CT"
	wait_until has_status "$CT" running
	conmon e --terminal -- exec --detach --tty "$CT" sh -c 'tty; exit 3'
	has e exit 3
	[[ $(<"$DIR/e/stdout") == /dev/pts/* ]]
	# Versions of conmon lose a message that comes without a terminal.
	conmon f --terminal -- exec --detach --tty "$CT" nope
	failed f 'executable file not found in $PATH'
	[[ $(jq .terminal "$DIR/f/sync") == true ]]
	quietly kill "$CT" KILL
	has c exit 137
	[[ $(<"$DIR/c/stdout") == /dev/pts/0* ]]
	quietly delete "$CT"
	args nope
	conmon g --terminal -- create --bundle "$BUNDLE" "$CT"
	failed g 'executable file not found in $PATH'
	[[ $(jq .terminal "$DIR/g/sync") == true ]]
}

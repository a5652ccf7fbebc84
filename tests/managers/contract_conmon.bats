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

#!/usr/bin/env bats
# What containerd's shim expects of the runtime: tests/managers/shim.py plays it.

# shellcheck disable=SC2154 # stderr and status are set by the helpers
load ../e2e/helpers

# shim [--terminal] STEP...: it works in the bundle, and has to end within its own limits. Sets output.
shim()
{
	local options=()
	[[ $1 != --terminal ]] || { options=("$1") && shift; }
	output=$(cd / && XDG_RUNTIME_DIR='' python3 "$REPOSITORY/tests/managers/shim.py" "${options[@]}" "$BUNDLE" \
		"$TARE" --root "$ROOT" -- "$CT" "$@" 2>"$DIR/said" </dev/null 3>&-) || fail "$(<"$DIR/said")" "$output"
}

# prints LINE...
prints()
{
	local wanted
	wanted=$(printf '%s\n' "$@")
	# The error about a log that cannot be opened is another one's affair; that it is none of a hang is of interest here.
	output=$(sed -E 's/^\[1 .*\] cleanup-late/[1 ...] cleanup-late/; s/(container does not exist): .*/\1/' <<<"$output")
	[[ $output == "$wanted" ]] || fail "$(diff <(echo "$wanted") <(echo "$output"))"
}

# process FILE ARG...: a document for exec
process()
{
	jq -n '{cwd: "/", env: ["PATH=/bin", "E2E='"$CT"'"], args: $ARGS.positional}' --args -- "${@:2}" >"$1"
}

@test "shim: create, start, execs, limits, signals, and the end of all" {
	args sh -c 'trap "exit 7" TERM; echo out; echo err >&2; read line; echo "got $line"; sleep 1000 & wait'
	process "$DIR/e" sh -c 'read line; echo "e $line"; exit 5'
	process "$DIR/f" sleep 1000
	shim create start exec e "$DIR/e" exec f "$DIR/f" pids update '{"unified": {"cgroup.max.depth": "7"}}' pause resume \
		write e $'hello\n' wait e signal f 9 wait f write init $'word\n' kill 0 kill 15 wait init \
		kill 9 kill-all 9 delete cleanup cleanup-late kill 9
	prints 'create: oom score +0' 'start: ok' 'exec e: ok' 'exec f: ok' 'pids: 3 True same cgroup' \
		'update: ok' 'pause: ok' 'resume: ok' 'write e: ok' "wait e: 5 'e hello\\n' ''" 'signal f: ok' "wait f: 137 '' ''" \
		'write init: ok' 'kill: ok' 'kill: ok' "wait init: 7 'out\\ngot word\\n' 'err\\n'" \
		'kill: process already finished: not found' 'kill-all: ok' 'delete: ok' '[0 ] cleanup: ended' \
		'[1 ...] cleanup-late: ended' 'kill: no such container: not found'
}

@test "shim: errors come as one object of the log, and are told apart by their text" {
	args nope
	process "$DIR/e" nope
	process "$DIR/f" true
	shim create start kill 9 delete cleanup
	prints "create: $NAME create failed: unable to start container process: exec: \"nope\": executable file not found in \$PATH (no pid file, 2 ends)" \
		'start: container does not exist' 'kill: no such container: not found' 'delete: container does not exist' '[0 ] cleanup: ended'
	args sleep 1000
	rm "$BUNDLE"/init.* "$BUNDLE"/shim.*
	shim create start exec e "$DIR/e" start delete kill 9 wait init exec f "$DIR/f" delete
	prints 'create: oom score +0' 'start: ok' \
		'exec e: exec failed: unable to start container process: exec: "nope": executable file not found in $PATH (no pid file, 2 ends)' \
		'start: cannot start an already running container' "delete: cannot delete container $CT that is not stopped: running" \
		'kill: ok' "wait init: 137 '' ''" 'exec f: exec failed: cannot exec in a stopped container (no pid file, 2 ends)' 'delete: ok'
}

@test "shim: a terminal, which comes as one fd in one message, with a pipe beside it that stays empty" {
	config '.process.terminal = true'
	args sh -c 'test -t 2 && read line && exit 6'
	process "$DIR/e" sh -c 'test -t 0 && tty && exit 3'
	jq '.terminal = true' "$DIR/e" >"$DIR/f"
	shim --terminal create start exec f "$DIR/f" wait f write init $'word\n' wait init kill-all 9 delete cleanup
	prints 'create: oom score +0' 'start: ok' 'exec f: ok' "wait f: 3 '/dev/pts/1\\r\\n'" 'write init: ok' \
		"wait init: 6 'word\\r\\n'" 'kill-all: ok' 'delete: ok' '[0 ] cleanup: ended'
	args sh -c 'read line && stty size && exit 6'
	config '.process.consoleSize = {height: 11, width: 22}'
	rm "$BUNDLE"/init.* "$BUNDLE"/shim.*
	shim --terminal create start write init $'word\n' wait init delete
	prints 'create: oom score +0' 'start: ok' 'write init: ok' "wait init: 6 'word\\r\\n11 22\\r\\n'" 'delete: ok'
}

@test "shim: a container that is killed before its start" {
	args sleep 1000
	shim create kill 9 wait init start delete cleanup
	prints 'create: oom score +0' 'kill: ok' "wait init: 137 '' ''" 'start: cannot start a container that has stopped' \
		'delete: ok' '[0 ] cleanup: ended'
}

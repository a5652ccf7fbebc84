#!/usr/bin/env bats
# What managers expect of the environment, of races, and of what happens when they die or are replaced.

# stdout, stderr and status are set by the helpers.
# shellcheck disable=SC2154
load ../e2e/helpers

# with_nothing COMMAND...: the runtime as Podman starts it for all but create and exec.
with_nothing()
{
	env -i XDG_RUNTIME_DIR= "$TARE" --root "$ROOT" "$@" </dev/null >"$DIR/said" 2>&1 || fail "$*: $(<"$DIR/said")"
	[[ ! -s $DIR/said ]] || fail "$*: $(<"$DIR/said")"
}

@test "kill, pause, resume, start and delete need no variable but an empty XDG_RUNTIME_DIR" {
	args sleep 1000
	create "$CT"
	with_nothing start "$CT"
	with_nothing pause "$CT"
	has_status "$CT" paused
	with_nothing resume "$CT"
	with_nothing kill "$CT" KILL
	wait_until has_status "$CT" stopped
	with_nothing delete "$CT"
	with_nothing delete --force "$CT"
}

@test "a caller's umask is none of the program's, at create, run and exec" {
	args sh -c umask
	umask 0
	[[ $(tare run --bundle "$BUNDLE" "$CT") == 0022 ]]
	umask 077
	[[ $(tare run --bundle "$BUNDLE" "$CT") == 0022 ]]
	running "$CT"
	[[ $(tare exec "$CT" sh -c umask) == 0022 ]]
}

# in_cgroup NAME COMMAND...: a command of a process in this cgroup.
in_cgroup()
(
	mkdir -p "/sys/fs/cgroup/$1"
	echo $BASHPID >"/sys/fs/cgroup/$1/cgroup.procs"
	"${@:2}"
)

@test "the runtime may be in the pod's cgroup, and in one of the container itself" {
	local pod=pod-$CT
	config '.linux.cgroupsPath = $ARGS.positional[0]' --args "/$pod/container"
	args sleep 1000
	mkdir "/sys/fs/cgroup/$pod"
	in_cgroup "$pod" create "$CT"
	[[ $(cgroup_of "$(state_of "$CT" .pid)") == "/sys/fs/cgroup/$pod/container" ]]
	in_cgroup "$pod" quietly start "$CT"
	in_cgroup "$pod/container/exec" quietly exec --detach --pid-file "$DIR/pid" "$CT" sleep 1000
	[[ $(cgroup_of "$(<"$DIR/pid")") == "/sys/fs/cgroup/$pod/container" ]]
	in_cgroup "$pod" quietly delete --force "$CT"
	[[ ! -e /sys/fs/cgroup/$pod/container ]]
	rmdir "/sys/fs/cgroup/$pod"
}

@test "a pid file appears whole: what is there is replaced, and stays whole for who has it open" {
	local old
	echo old >"$DIR/pid"
	exec {old}<"$DIR/pid"
	running "$CT"
	quietly exec --detach --pid-file "$DIR/pid" "$CT" sleep 1000
	[[ $(<"$DIR/pid") =~ ^[1-9][0-9]*$ && $(cat <&"$old") == old ]]
	[[ $(stat -c %a "$DIR/pid") == 644 ]]
	[[ $(find "$DIR" -maxdepth 1 -name '*pid*' -printf '%f ') == "pid " ]]
}

# manager NAME WORD...: a manager that starts the runtime with a parent-death signal, and lives on.
manager()
{
	# shellcheck disable=SC2016
	setsid setpriv --pdeathsig KILL bash -c '"$@" >"$0" 2>&1; exec sleep 1000' "$DIR/$1" "$TARE" --root "$ROOT" "${@:2}" </dev/null 3>&- &
	manager=$!
}

# The shell says of a job that was killed when it hears of it, into whatever its standard error is then.
manager_is_killed()
{
	kill -KILL "$manager"
	{ wait "$manager" || true; } 2>/dev/null
}

@test "the container outlives its manager and whoever called exec, and another one deletes it" {
	args sleep 1000
	manager create create --pid-file "$DIR/pid" --bundle "$BUNDLE" "$CT"
	wait_until has_status "$CT" created
	wait_until written "$DIR/pid"
	manager_is_killed
	quietly start "$CT"
	manager exec exec --detach --pid-file "$DIR/exec" "$CT" sleep 1000
	wait_until written "$DIR/exec"
	manager_is_killed
	has_status "$CT" running
	[[ $(tare ps --format json "$CT") == *"$(<"$DIR/exec")"* ]]
	quietly kill "$CT" KILL
	wait_until has_status "$CT" stopped
	quietly delete "$CT"
}

@test "a state as version 0.1 has written it is read, with all that has been added since left out" {
	local keep='{version, id, bundle, rootfs, created, owner, ociVersion, bootId, pid, startTime, hasProcess, cgroup}'
	running "$CT"
	jq "$keep | .cgroup |= {path, mark, inode} | .later = 1" "$ROOT/$CT/state.json" >"$DIR/state.json"
	[[ $(jq '[.. | select(. == null)] | length' "$DIR/state.json") -eq 0 ]]
	cp "$DIR/state.json" "$ROOT/$CT/state.json"
	has_status "$CT" running
	[[ $(tare exec "$CT" echo x) == x ]]
	[[ $(tare list --quiet) == "$CT" ]]
	quietly pause "$CT"
	quietly resume "$CT"
	quietly kill "$CT" KILL
	wait_until has_status "$CT" stopped
	quietly delete "$CT"
}

@test "an exec that races with the end of the container fails or is killed, and never hangs" {
	local i
	args sleep 1000
	for i in {1..15}; do
		create "$CT-$i"
		quietly start "$CT-$i"
		tare kill "$CT-$i" KILL &
		status=0
		timeout 60 "$TARE" --root "$ROOT" exec --pid-file "$DIR/pid-$i" "$CT-$i" true </dev/null >"$DIR/out" 2>&1 || status=$?
		wait $!
		case $status in
			0 | 137) ;;
			255) [[ -s $DIR/out && ! -e $DIR/pid-$i ]] || fail "$(<"$DIR/out")" ;;
			*) fail "exit $status" "$(<"$DIR/out")" ;;
		esac
		wait_until has_status "$CT-$i" stopped
		quietly delete "$CT-$i"
	done
}

@test "state and kill do not wait for an exec or a start that takes long" {
	local starter
	args sleep 1000
	mkfifo "$DIR/go"
	config '.hooks.poststart = [{path: "/bin/sh", args: ["sh", "-c", $ARGS.positional[0]]}]' --args "echo >'$DIR/hook'; timeout 100 cat '$DIR/go'"
	create "$CT"
	tare start "$CT" >"$DIR/started" 2>&1 3>&- &
	starter=$!
	wait_until test -e "$DIR/hook"
	timeout 10 "$TARE" --root "$ROOT" state "$CT" | jq -e '.status == "running"'
	timeout 10 "$TARE" --root "$ROOT" list --quiet
	timeout 10 "$TARE" --root "$ROOT" kill "$CT" KILL
	wait_until has_status "$CT" stopped
	kill -0 "$starter"
	echo >"$DIR/go"
	wait "$starter" || true
}

@test "a paused container that is killed is gone at once, and the resume that follows does no harm" {
	running "$CT" sh -c 'sleep 1000 & sleep 1000'
	quietly pause "$CT"
	quietly kill --all "$CT" KILL
	wait_until has_status "$CT" stopped
	run tare resume "$CT"
	has_status "$CT" stopped
	quietly delete "$CT"
}

@test "a state is whole or absent, whenever it is asked for while the container is made and deleted" {
	local asker
	args sleep 1000
	# shellcheck disable=SC2016
	bash -c 'while [[ ! -e $3/end ]]; do
		"$0" --root "$1" state "$2" >"$3/asked" 2>"$3/refused" && { jq -e .status "$3/asked" || exit 1; }
		[[ ! -s $3/refused || $(<"$3/refused") == *"does not exist"* ]] || { cat "$3/refused"; exit 2; }
	done' "$TARE" "$ROOT" "$CT" "$DIR" >"$DIR/statuses" 2>&1 </dev/null 3>&- &
	asker=$!
	for _ in {1..15}; do
		create "$CT"
		quietly delete --force "$CT"
	done
	: >"$DIR/end"
	wait "$asker" || fail "$(tail -n 3 "$DIR/statuses")"
	[[ -z $(sort -u "$DIR/statuses" | grep -vE '^"(creating|created|stopped)"$') ]] || fail "$(sort -u "$DIR/statuses")"
}

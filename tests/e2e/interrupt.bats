#!/usr/bin/env bats
# Signals to the runtime: it undoes what it has made, hooks end, and what the caller ignores or blocks changes nothing
# of that.

load helpers

# A caller that ignores and blocks all signals, and reaps no children.
DEAF=(env --ignore-signal=HUP,INT,QUIT,TERM,CHLD --block-signal=HUP,INT,QUIT,TERM,CHLD)

# begin ARG...: the runtime in the background, for such a caller. Sets runtime to its pid.
begin()
{
	"${DEAF[@]}" "$TARE" --root "$ROOT" "$@" </dev/null >"$DIR/out" 2>"$DIR/err" 3>&- &
	runtime=$!
}

# ends STATUS: it ends now, with this exit status.
ends()
{
	wait_until gone "$runtime" || { kill -KILL "$runtime"; fail "it is still there" "$(<"$DIR/err")"; }
	status=0
	wait "$runtime" || status=$?
	[[ $status -eq $1 ]] || fail "exit $status" "$(<"$DIR/out")" "$(<"$DIR/err")"
}

# slow_hook KIND: adds a hook of that kind that says so in $DIR/KIND and then takes for ever.
slow_hook()
{
	config '.hooks[$kind] += [{path: "/bin/sh", args: ["sh", "-c", "cat >/dev/null; echo $$ >\($dir)/\($kind); sleep 1000; true"],
		env: ["E2E=\($ct)"]}]' --arg kind "$1" --arg dir "$DIR" --arg ct "$CT"
}

# A hook that notes its kind in $DIR/ran.
quick_hook()
{
	config '.hooks[$kind] += [{path: "/bin/sh", args: ["sh", "-c", "cat >/dev/null; echo \($kind) >>\($dir)/ran"]}]' \
		--arg kind "$1" --arg dir "$DIR"
}

@test "children have their exit status when the caller ignores theirs" {
	quick_hook prestart
	quick_hook poststop
	args sh -c 'exit 7'
	run -7 --separate-stderr "${DEAF[@]}" "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT"
	[[ -z $output && -z $stderr && $(<"$DIR/ran") == $'prestart\npoststop' ]] || fail "$output" "$stderr"
	args sleep 1000
	running
	run -7 --separate-stderr "${DEAF[@]}" "$TARE" --root "$ROOT" exec "$CT" sh -c 'exit 7'
	[[ -z $output && -z $stderr ]] || fail "$output" "$stderr"
}

@test "create and run that are asked to end while a hook runs leave nothing, and run the poststop hooks" {
	local command signal
	quick_hook poststop
	slow_hook createRuntime
	for command in create run; do
		for signal in HUP INT QUIT TERM; do
			rm -f "$DIR/createRuntime" "$DIR/ran"
			begin "$command" --bundle "$BUNDLE" --pid-file "$DIR/pid" "$CT"
			wait_until written "$DIR/createRuntime"
			kill -s "$signal" "$runtime"
			ends $((128 + $(kill -l "$signal")))
			[[ $(<"$DIR/err") == *"interrupted by SIG$signal" ]] || fail "$(<"$DIR/err")"
			[[ ! -e $DIR/pid && $(<"$DIR/ran") == poststop ]]
			refuses "container does not exist" state "$CT"
			wait_until nothing_left || fail "left behind:" "$(leftovers)"
		done
	done
}

@test "hooks of the container's side end with a create that is asked to end, without a pid namespace, too" {
	local round
	needs_root "$SHARED_PIDS"
	slow_hook createContainer
	for round in 1 2; do
		rm -f "$DIR/createContainer"
		begin create --bundle "$BUNDLE" "$CT"
		wait_until written "$DIR/createContainer"
		kill -TERM "$runtime"
		ends 143
		refuses "container does not exist" state "$CT"
		wait_until nothing_left || fail "left behind:" "$(leftovers)"
		config '.linux.namespaces |= map(select(.type != "pid"))'
	done
}

@test "run that is asked to end while a startContainer hook runs ends with its container" {
	mkdir --mode 777 "$DIR/shared"
	config '.mounts += [{destination: "/tmp", source: "\($dir)/shared", options: ["bind"]}]
		| .hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "echo up >/tmp/up; sleep 1000; true"]}]' --arg dir "$DIR"
	begin run --bundle "$BUNDLE" "$CT"
	wait_until written "$DIR/shared/up"
	kill -TERM "$runtime"
	ends 143
	refuses "container does not exist" state "$CT"
}

@test "a hook ends with a create that is killed" {
	slow_hook createRuntime
	begin create --bundle "$BUNDLE" "$CT"
	wait_until written "$DIR/createRuntime"
	kill -KILL "$runtime"
	ends 137
	wait_until gone "$(<"$DIR/createRuntime")" || fail "the hook lives on"
	# The parent of its child ends: the child becomes an orphan.
	kill -KILL "$(processes | sed -n 's/^process \([0-9]*\).*/\1/p' | head -n 1)" 2>/dev/null || true
	quietly delete --force "$CT"
}

@test "run that is asked to end in a poststart hook ends with its container" {
	slow_hook poststart
	args sleep 1000
	begin run --bundle "$BUNDLE" "$CT"
	wait_until written "$DIR/poststart"
	kill -TERM "$runtime"
	ends 143
	refuses "container does not exist" state "$CT"
}

# The process of an exec, once it is in the cgroup beside the container's own.
has_two_processes()
{
	[[ $(wc -l <"$cgroup/cgroup.procs") -eq 2 ]]
}

@test "exec that waits in a paused container ends when it is asked to, and its process does" {
	local cgroup
	running
	cgroup=$(cgroup_of "$(state_of "$CT" .pid)")
	quietly pause "$CT"
	begin exec --ignore-paused "$CT" sleep 1000
	wait_until has_two_processes
	kill -TERM "$runtime"
	ends 143
	[[ $(wc -l <"$cgroup/cgroup.procs") -eq 1 ]]
	quietly resume "$CT"
}

@test "start that is asked to end in a poststart hook undoes the container, as one that fails does" {
	slow_hook poststart
	args sleep 1000
	create "$CT"
	begin start "$CT"
	wait_until written "$DIR/poststart"
	kill -INT "$runtime"
	ends 130
	refuses "container does not exist" state "$CT"
}

@test "a signal in a poststop hook ends that hook; the others run, and the container is gone" {
	slow_hook poststop
	quick_hook poststop
	args sh -c 'exit 7'
	begin run --bundle "$BUNDLE" "$CT"
	wait_until written "$DIR/poststop"
	kill -TERM "$runtime"
	ends 7
	[[ $(<"$DIR/ran") == poststop && $(<"$DIR/err") == *"hooks.poststop[0]: '/bin/sh' was ended: interrupted by SIGTERM"* ]]
	refuses "container does not exist" state "$CT"
	rm "$DIR/poststop" "$DIR/ran"
	create "$CT"
	begin delete "$CT"
	wait_until written "$DIR/poststop"
	kill -TERM "$runtime"
	ends 0
	[[ $(<"$DIR/ran") == poststop ]]
	refuses "container does not exist" state "$CT"
}

@test "delete --regex that is asked to end goes on to no other container" {
	slow_hook poststop
	create "$CT-a"
	config 'del(.hooks)'
	create "$CT-b"
	begin delete --regex "$CT"
	wait_until written "$DIR/poststop"
	kill -INT "$runtime"
	ends 130
	refuses "container does not exist" state "$CT-a"
	has_status "$CT-b" created
}

@test "a signal that is none to end by does not end a create, and reaches the program of a run" {
	args sh -c 'trap "exit 9" USR1; echo up; while :; do sleep 1000 & wait; done'
	config '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "cat >/dev/null; echo up >\($dir)/up; cat \($dir)/fifo"]}]' \
		--arg dir "$DIR"
	mkfifo "$DIR/fifo"
	begin run --bundle "$BUNDLE" "$CT"
	wait_until written "$DIR/up"
	kill -WINCH "$runtime"
	kill -USR2 "$runtime"
	: >"$DIR/fifo"
	# As first process of a pid namespace the program does not get a signal that it does not handle.
	wait_until written "$DIR/out"
	kill -USR1 "$runtime"
	ends 9
}

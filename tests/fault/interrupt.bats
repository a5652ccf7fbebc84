#!/usr/bin/env bats
# SIGTERM to the runtime at a system call: it undoes what it has made and ends by the signal, unless it was done
# already. At a call that does not wait, the signal arrives when the call returns, before the next one.

load inject

setup_file()
{
	build_inject
}

setup()
{
	fault_setup
}

# terminated_at SAMPLES LAST JUDGE ARG...: the command gets SIGTERM at some of its first LAST calls. JUDGE is called
# with the call that it was in.
terminated_at()
{
	local samples=$1 last=$2 judge=$3 index at
	shift 3
	for index in $(indices "$last" "$samples"); do
		injected -t -w host -i "$index" -- "$@"
		at="$1 at call $index: $(tail -n 1 "$DIR/trace")"
		happened "$index" "$last"
		"$judge" "$at"
	done
}

# The runtime ended by the signal, and nothing is left; or with success, and everything is there.
undone_or_created()
{
	if ((status == 0)); then
		has_status "$CT" created || fail "$1: no container"
		[[ -s $DIR/pid ]] || fail "$1: no pid file"
		quietly delete --force "$CT"
		rm "$DIR/pid"
	fi
	[[ $status -eq 0 || $status -eq 143 ]] || fail "$1: exit $status: $output"
	nothing_remains || fail "$1: left behind:" "$(remains)"
	[[ ! -e $DIR/pid ]] || fail "$1: a pid file"
}

# The runtime ended by the signal, and nothing is left, whether the program had begun or not.
undone()
{
	[[ $status -eq 143 ]] || fail "$1: exit $status: $output"
	nothing_remains || fail "$1: left behind:" "$(remains)"
}

alone()
{
	[[ $(wc -l <"$(cgroup_of "$pid")/cgroup.procs") -eq 1 ]]
}

# The container still runs, and has no other process.
ended()
{
	[[ $status -eq 143 ]] || fail "$1: exit $status: $output"
	wait_until alone || fail "$1: a process is left"
	has_status "$CT" running || fail "$1: the container is gone"
}

# calls ARG...: sets total to the number of calls of the command, heard to that of the call by which it learns that its
# program runs, and last to that of the call before it waits for the program's end.
calls()
{
	injected -w host -- "$@"
	[[ $status -eq 0 ]] || fail "$output"
	count_calls
	heard=$(grep -n ' recvmsg$' "$DIR/trace" | tail -n 1 | cut -d : -f 1)
	last=$((heard - 1 + $(tail -n "+$((heard + 1))" "$DIR/trace" | grep -n -m 1 ' poll$' | cut -d : -f 1)))
	((heard < last)) || fail "$(<"$DIR/trace")"
}

# The program has got the signal, or is the first process of a pid namespace, which does not get one that it does not
# handle.
passed_on()
{
	[[ ($status -eq 7 || $status -eq 143) && $output != *interrupted* ]] || fail "$1: exit $status: $output"
}

# In a container without a pid namespace of its own, the program gets a signal that it does not handle.
with_host_pids()
{
	config '.linux.namespaces |= map(select(.type != "pid"))'
}

@test "create that is asked to end at a system call leaves nothing" {
	local total
	# Two runs: the first one compiles the filter for all others.
	for _ in 1 2; do
		injected -w host -- create --bundle "$BUNDLE" --pid-file "$DIR/pid" "$CT"
		[[ $status -eq 0 ]] || fail "$output"
		quietly delete --force "$CT"
		rm "$DIR/pid"
	done
	count_calls
	terminated_at 30 "$total" undone_or_created create --bundle "$BUNDLE" --pid-file "$DIR/pid" "$CT"
}

@test "create that is asked to end at a system call, with a user namespace and hooks, leaves nothing" {
	local total
	in_user_namespace
	config '.hooks = {createRuntime: [{path: "/bin/true"}], createContainer: [{path: "/bin/true"}],
		poststop: [{path: "/bin/true"}]}'
	for _ in 1 2; do
		injected -w host -- create --bundle "$BUNDLE" --pid-file "$DIR/pid" "$CT"
		[[ $status -eq 0 ]] || fail "$output"
		quietly delete --force "$CT"
		rm "$DIR/pid"
	done
	count_calls
	terminated_at 30 "$total" undone_or_created create --bundle "$BUNDLE" --pid-file "$DIR/pid" "$CT"
}

@test "create that is asked to end right before it waits for ever ends" {
	local total index at first
	config '.hooks.createContainer = [{path: "/bin/true"}]'
	for _ in 1 2; do
		injected -w host -- create --bundle "$BUNDLE" "$CT"
		[[ $status -eq 0 ]] || fail "$output"
		quietly delete --force "$CT"
	done
	count_calls
	first=$(grep -n -m 1 ' recvmsg$' "$DIR/trace" | cut -d : -f 1)
	config '.hooks.createContainer[0] |= {path: "/bin/sleep", args: ["sleep", "1000"]}'
	for index in $(seq $((first - 5)) "$first"); do
		injected -t -w host -i "$index" -- create --bundle "$BUNDLE" "$CT"
		at="create at call $index: $(tail -n 1 "$DIR/trace")"
		[[ -n $(struck) ]] || fail "$at: no signal"
		undone "$at"
	done
}

@test "run that is asked to end at a system call leaves nothing" {
	local heard last total
	needs_root "$SHARED_PIDS"
	with_host_pids
	for _ in 1 2; do
		calls run --bundle "$BUNDLE" "$CT"
	done
	args sleep 1000
	terminated_at 30 "$last" undone run --bundle "$BUNDLE" "$CT"
}

@test "exec that is asked to end at a system call leaves no process" {
	local heard last total pid
	running
	pid=$(state_of "$CT" .pid)
	calls exec "$CT" true
	terminated_at 20 "$last" ended exec "$CT" sleep 1000
}

@test "exec that is asked to end at a system call before its fifo is opened leaves no process and no pid file" {
	local total pid options=(--pid-file "$DIR/pid" --exec-wait-fifo "$DIR/go")
	running
	pid=$(state_of "$CT" .pid)
	mkfifo "$DIR/go"
	# As many calls as one that is detached makes: it waits for nothing.
	injected -w host -- exec --detach "${options[@]}" "$CT" true
	[[ $status -eq 0 ]] || fail "$output"
	count_calls
	kill -KILL "$(<"$DIR/pid")"
	rm "$DIR/pid"
	terminated_at 15 $((total - 8)) unwritten exec "${options[@]}" "$CT" sleep 1000
}

unwritten()
{
	ended "$1"
	[[ ! -e $DIR/pid ]] || fail "$1: a pid file"
}

@test "run and exec that are asked to end once their program runs leave the signal to the program" {
	local heard last total index
	for _ in 1 2; do
		calls run --bundle "$BUNDLE" "$CT"
	done
	args sh -c 'exit 7'
	for index in $(seq "$heard" "$last"); do
		injected -t -w host -i "$index" -- run --bundle "$BUNDLE" "$CT"
		[[ -n $(struck) && $status -eq 7 ]] || fail "no signal, or exit $status"
		passed_on "run at call $index: $(struck)"
		nothing_remains || fail "left behind:" "$(remains)"
	done
	running
	calls exec --pid-file "$DIR/pid" "$CT" true
	for index in $(seq "$heard" "$last"); do
		injected -t -w host -i "$index" -- exec --pid-file "$DIR/pid" "$CT" sh -c 'exit 7'
		[[ -n $(struck) ]] || fail "no signal"
		passed_on "exec at call $index: $(struck)"
	done
}

# Fails unless all limits of the update are set, or none. These limits need no controller.
whole_or_none()
{
	local limits
	limits=$(<"$cgroup/cgroup.max.depth")/$(<"$cgroup/cgroup.max.descendants")
	[[ $status -eq 0 || $status -eq 143 ]] || fail "$1: exit $status: $output"
	[[ $limits == 5/50 || ($status -eq 143 && $limits == max/max) ]] || fail "$1: exit $status: $limits"
	echo max >"$cgroup/cgroup.max.depth"
	echo max >"$cgroup/cgroup.max.descendants"
}

@test "update that is asked to end at a system call sets all limits or none" {
	local total cgroup
	running
	cgroup=$(cgroup_of "$(state_of "$CT" .pid)")
	echo '{"unified": {"cgroup.max.depth": "5", "cgroup.max.descendants": "50"}}' >"$DIR/resources"
	injected -w host -- update --resources "$DIR/resources" "$CT"
	count_calls
	whole_or_none "no signal"
	terminated_at 20 "$total" whole_or_none update --resources "$DIR/resources" "$CT"
}

#!/usr/bin/env bats
# The runtime asked to end at a system call, by SIGTERM: it undoes what it has made and ends by the signal, or it was done
# already. At a call that does not wait the signal comes behind it, which is before the next one, that may.

load inject

setup_file()
{
	build_inject
}

setup()
{
	fault_setup
}

# terminated_at SAMPLES LAST JUDGE ARG...: the command at some of the first LAST calls of its own. JUDGE is called with what
# it was doing.
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

# By the signal, and nothing is left; or with success, and all is there.
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

# By the signal, and nothing is left, whether the program had begun or not.
undone()
{
	[[ $status -eq 143 ]] || fail "$1: exit $status: $output"
	nothing_remains || fail "$1: left behind:" "$(remains)"
}

alone()
{
	[[ $(wc -l <"$(cgroup_of "$pid")/cgroup.procs") -eq 1 ]]
}

# The container goes on, with no other process.
ended()
{
	[[ $status -eq 143 ]] || fail "$1: exit $status: $output"
	wait_until alone || fail "$1: a process is left"
	has_status "$CT" running || fail "$1: the container is gone"
}

# calls ARG...: sets last to the number of the call after which the command waits for its program, or to that of all.
calls()
{
	injected -w host -- "$@"
	[[ $status -eq 0 ]] || fail "$output"
	count_calls
	# The last look before an attached command passes signals on.
	last=$(grep -n -m 1 ' rt_sigpending$' "$DIR/trace" | cut -d : -f 1)
	: "${last:=$total}"
}

# Without a pid namespace of its own a program is not spared a signal that it does not handle.
with_host_pids()
{
	config '.linux.namespaces |= map(select(.type != "pid"))'
}

@test "create that is asked to end at a system call leaves nothing" {
	local last total
	# Twice: the first run leaves a compiled filter to all others.
	for _ in 1 2; do
		calls create --bundle "$BUNDLE" --pid-file "$DIR/pid" "$CT"
		quietly delete --force "$CT"
		rm "$DIR/pid"
	done
	terminated_at 30 "$last" undone_or_created create --bundle "$BUNDLE" --pid-file "$DIR/pid" "$CT"
}

@test "create that is asked to end at a system call, with a user namespace and hooks, leaves nothing" {
	local last total
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
	local last total
	needs_root "$SHARED_PIDS"
	with_host_pids
	for _ in 1 2; do
		calls run --bundle "$BUNDLE" "$CT"
	done
	args sleep 1000
	terminated_at 30 "$last" undone run --bundle "$BUNDLE" "$CT"
}

@test "exec that is asked to end at a system call leaves no process" {
	local last total pid
	running
	pid=$(state_of "$CT" .pid)
	calls exec "$CT" true
	terminated_at 20 "$last" ended exec "$CT" sleep 1000
}

# All limits of an update, or none. These need no controller.
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

#!/usr/bin/env bats
# SIGKILL to the runtime or to the container's init at a system call: no process is left that nothing ends, and delete
# --force removes the rest.

load inject

setup_file()
{
	build_inject
}

setup()
{
	fault_setup
}

# calls [OPTION...] -- ARG...: sets total to the number of calls that the command makes with its init.
calls()
{
	injected "$@"
	[[ $status -eq 0 ]] || fail "$output"
	count_calls
}

# A create that was killed has made a whole container, or its init ends.
is_whole_or_gone()
{
	is_deserted || has_status "$CT" created || has_status "$CT" running
}

# kill_at INDEX [OPTION...] -- ARG...: runs the command and kills it at one of its calls, of which there are total. Sets
# at to a description of that call.
kill_at()
{
	local index=$1
	shift
	injected -k -i "$index" "$@"
	at="${*: -1} at call $index: $(tail -n 1 "$DIR/trace")"
	happened "$index" "$total"
	# The runtime was killed; or init was, and the runtime failed, unless it was done.
	[[ $status -eq 137 || $status -eq 0 || ($status -eq 1 && -n $stderr) ]] || fail "$at: exit $status: $output"
}

# killed_creating COMMAND SAMPLES: a command that makes a container.
killed_creating()
{
	local total index
	calls -- "$1" --bundle "$BUNDLE" "$CT"
	quietly delete --force "$CT"
	for index in $(indices "$total" "$2"); do
		kill_at "$index" -- "$1" --bundle "$BUNDLE" "$CT"
		wait_until is_whole_or_gone || fail "$at: init lives on"
		removable "$at"
	done
}

@test "create killed at a system call leaves no init, and delete --force removes the rest" {
	killed_creating create 14
}

@test "create killed at a system call, with a user namespace, a hook and a terminal" {
	in_user_namespace
	config '.hooks.createRuntime = [{path: "/bin/true"}]
		| .hooks.poststop = [{path: "/bin/true"}]'
	killed_creating create 10
}

@test "run killed at a system call, and delete --force removes the rest" {
	killed_creating run 12
}

@test "start killed at a system call leaves a container that tells the truth" {
	local total index pid
	args sleep 1000
	create "$CT"
	pid=$(state_of "$CT" .pid)
	calls -p "$pid" -- start "$CT"
	quietly delete --force "$CT"
	for index in $(indices "$total" 10); do
		args sleep 1000
		create "$CT"
		pid=$(state_of "$CT" .pid)
		kill_at "$index" -p "$pid" -- start "$CT"
		settled || fail "$at: $(tare state "$CT")"
		# A second start shows it: only a created container can be started.
		if has_status "$CT" created; then
			quietly start "$CT"
			has_status "$CT" running
		else
			detached start "$CT"
			[[ $status -eq 1 ]] || fail "$at: a second start: exit $status: $output"
		fi
		args true
		removable "$at"
	done
}

# Waits: init needs a moment for what it does after a start that was killed.
settled()
{
	wait_until is_settled
}

is_settled()
{
	[[ $(tare state "$CT" | jq -r .status) =~ ^(created|running|stopped)$ ]]
}

# killed_deleting SAMPLES ARG...: delete of the container that the caller's `prepare` makes.
killed_deleting()
{
	local samples=$1 total index
	shift
	prepare
	calls -- "$@" "$CT"
	nothing_remains
	for index in $(indices "$total" "$samples"); do
		prepare
		kill_at "$index" -- "$@" "$CT"
		args true
		removable "$at"
	done
}

@test "delete killed at a system call can be repeated" {
	prepare()
	{
		args true
		create "$CT"
		quietly start "$CT"
		wait_until has_status "$CT" stopped
	}
	killed_deleting 8 delete
}

@test "delete --force killed at a system call can be repeated" {
	prepare()
	{
		running
	}
	killed_deleting 8 delete --force
}

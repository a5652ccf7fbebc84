#!/usr/bin/env bats
# One system call of a run fails. Either the container is as isolated as without the fault, or there is no container, a
# message, and nothing left behind. The worst result would be a container that is less isolated than it should be.
#
# shellcheck disable=SC2034,SC2154 # from and for inject.bash

load inject

setup_file()
{
	build_inject
}

setup()
{
	fault_setup
	isolated_bundle
	detached run --bundle "$BUNDLE" "$CT"
	[[ $status -eq 0 && -z $stderr ]] || fail "without a fault: exit $status" "$output"
	grep -q '^end$' <<<"$stdout" || fail "$stdout"
	GOLDEN=$stdout
}

# whole_or_nothing WHAT: judges the run that has just ended.
whole_or_nothing()
{
	isolated_or_not "$1" 1 "$stdout"
	if ! nothing_remains; then
		# An error at a call of the removal leaves a rest, which the next delete removes.
		[[ $status -ne 0 && $stdout == *end* ]] || fail "$1: exit $status, left behind:" "$(remains)" "$output"
		quietly delete --force "$CT"
		nothing_remains || fail "$1: left behind after delete --force:" "$(remains)"
	fi
}

@test "an error at a call of init: all of the isolation or none of the container" {
	faults whole_or_nothing init 40 EPERM ENOMEM EIO EINTR ENOSPC EMFILE EAGAIN -- run --bundle "$BUNDLE" "$CT"
}

@test "an error at a call of the host's side: all of the isolation or none of the container" {
	faults whole_or_nothing host 40 EIO EMFILE EPERM ENOSPC EAGAIN ENOMEM EINTR -- run --bundle "$BUNDLE" "$CT"
}

# Each call that isolates the container, since the sample may miss some.
@test "EPERM at each call of init that takes something away from the container" {
	local isolating index total
	isolating=close_range,capset,prctl,setresuid,setresgid,setgroups,seccomp,pivot_root,umount2,mount_setattr,move_mount
	isolating+=,open_tree,fsmount,fsconfig,unshare,setns,setsid,sethostname,setdomainname,keyctl
	injected -w init -n "$isolating" -- run --bundle "$BUNDLE" "$CT"
	count_calls
	((total > 60))
	# Of the same call several times in a row, the first and the last.
	for index in $(uniq -c "$DIR/trace" | awk '{ print end + 1; end += $1; if ($1 > 1) print end }'); do
		injected -w init -n "$isolating" -e EPERM -i "$index" -- run --bundle "$BUNDLE" "$CT"
		happened "$index" "$total"
		whole_or_nothing "EPERM at call $index: $(struck)"
	done
}

# If an error made the container look stopped, it would be deleted without --force, or forgotten while it runs.
lives_on()
{
	! gone "$PID" || fail "$1: the container is gone"
}

told_running()
{
	[[ $status -eq 0 && $stdout == *'"running"'* || $status -eq 1 && -n $stderr ]] || fail "$1: exit $status: $output"
	lives_on "$1"
}

# The fault may hit the write of the message itself.
refused_to_delete()
{
	[[ $status -eq 1 && ($stderr == *running* || $1 != "no fault") && (-n $stderr || $1 == *" write "*) ]] ||
		fail "$1: exit $status: $output"
	lives_on "$1"
}

signalled_or_failed()
{
	[[ $status -eq 0 || ($status -eq 1 && -n $stderr && $stderr != *"not running"*) ]] || fail "$1: exit $status: $output"
	lives_on "$1"
}

@test "an error at a call of state, delete or kill never loses a running container" {
	running
	PID=$(state_of "$CT" .pid)
	faults told_running host 40 EMFILE -- state "$CT"
	EXPECTED=1 faults refused_to_delete host 40 EMFILE -- delete "$CT"
	faults signalled_or_failed host 40 ENOMEM -- kill "$CT" WINCH
}

# Made anew each time: the delete that failed may have removed some of it.
ended_or_said()
{
	if [[ $status -eq 0 ]]; then
		gone "$PID" || fail "$1: deleted and alive"
	else
		[[ $status -eq 1 && -n $stderr ]] || fail "$1: exit $status: $output"
		quietly delete --force "$CT"
	fi
	nothing_remains || fail "$1: left behind:" "$(remains)"
	running
	PID=$(state_of "$CT" .pid)
}

@test "an error at a call of delete --force: the container is gone, or the next one finishes it" {
	running
	PID=$(state_of "$CT" .pid)
	faults ended_or_said host 20 ENOMEM -- delete --force "$CT"
}

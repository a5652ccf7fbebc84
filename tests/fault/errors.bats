#!/usr/bin/env bats
# One system call of a run fails: the container is as isolated as without the fault, or there is none, with a message and
# nothing left behind. A container that is less isolated than it should be is the worst that can happen.

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
	injected -o "$DIR/all" -- run --bundle "$BUNDLE" "$CT"
	[[ $stdout == "$GOLDEN" ]] || fail "two runs are not the same:" "$(diff <(echo "$GOLDEN") <(echo "$stdout"))"
}

# Verdict on the run that just ended.
whole_or_nothing()
{
	if [[ $stdout == *end* ]]; then
		[[ $stdout == "$GOLDEN" ]] || fail "$1: success with other isolation:" "$(diff <(echo "$GOLDEN") <(echo "$stdout"))"
	else
		[[ $status -eq 1 && -n $stderr && -z $stdout ]] || fail "$1: exit $status: $output"
	fi
	if ! nothing_remains; then
		# A fault while deleting is an error, and the next delete finishes it.
		[[ $status -ne 0 && $stdout == *end* ]] || fail "$1: exit $status, left behind:" "$(remains)" "$output"
		quietly delete --force "$CT"
		nothing_remains || fail "$1: left behind after delete --force:" "$(remains)"
	fi
}

# faults SIDE SAMPLES OFFSET ERROR...: the errors in turn, at calls of one side.
faults()
{
	local side=$1 samples=$2 offset=$3 total index errors
	shift 3
	total=$(grep -c "^$side" "$DIR/all")
	errors=("$@")
	for index in $(indices "$total" "$samples" "$offset"); do
		for error in ${FAULT_FULL:+"${errors[@]}"} ${FAULT_FULL:-"${errors[index % ${#errors[@]}]}"}; do
			[[ $error == E* ]] || continue
			injected -w "$side" -e "$error" -i "$index" -o "$DIR/trace" -- run --bundle "$BUNDLE" "$CT"
			whole_or_nothing "$error at call $index of $side: $(struck)"
		done
	done
}

@test "an error at a call of init: all of the isolation or none of the container" {
	faults init 40 1 EPERM ENOMEM EIO EINTR ENOSPC EMFILE EAGAIN
}

@test "an error at a call of the host's side: all of the isolation or none of the container" {
	faults host 40 1 EIO EMFILE EPERM ENOSPC EAGAIN ENOMEM EINTR
}

# The calls that isolate, one by one: what the sample may miss.
@test "EPERM at each call of init that takes something away from the container" {
	local isolating index
	isolating=close_range,capset,prctl,setresuid,setresgid,setgroups,seccomp,pivot_root,umount2,mount_setattr,move_mount
	isolating+=,open_tree,fsmount,fsconfig,unshare,setns,setsid,sethostname,setdomainname,keyctl
	injected -w init -n "$isolating" -o "$DIR/calls" -- run --bundle "$BUNDLE" "$CT"
	(($(wc -l <"$DIR/calls") > 60))
	# Of a row of the same call, the first and the last.
	for index in $(uniq -c "$DIR/calls" | awk '{ print end + 1; end += $1; if ($1 > 1) print end }'); do
		injected -w init -n "$isolating" -e EPERM -i "$index" -o "$DIR/trace" -- run --bundle "$BUNDLE" "$CT"
		whole_or_nothing "EPERM at call $index: $(struck)"
	done
}

# Taken for stopped because of an error, it would be deleted without force, or forgotten while it runs.
@test "an error at a call of delete, state or kill never loses a running container" {
	local total index pid
	running
	pid=$(state_of "$CT" .pid)
	injected -o "$DIR/trace" -- state "$CT"
	total=$(wc -l <"$DIR/trace")
	for index in $(indices "$total" 40); do
		injected -e EMFILE -i "$index" -o "$DIR/trace" -- state "$CT"
		[[ $status -eq 1 || $stdout == *running* ]] || fail "state: $(struck): $output"
		injected -e EMFILE -i "$index" -o "$DIR/trace" -- delete "$CT"
		[[ $status -eq 1 ]] || fail "delete: $(struck): exit $status"
		injected -e ENOMEM -i "$index" -o "$DIR/trace" -- kill "$CT" WINCH
		[[ $status -eq 0 || ($status -eq 1 && $stderr != *"not running"*) ]] || fail "kill: $(struck): $output"
		! gone "$pid" || fail "the container is gone: $(struck)"
	done
	for index in $(indices "$((total * 2))" 20); do
		injected -e ENOMEM -i "$index" -o "$DIR/trace" -- delete --force "$CT"
		if [[ $status -eq 0 ]]; then
			gone "$pid" || fail "deleted and alive: $(struck)"
			nothing_remains || fail "$(struck):" "$(remains)"
			running
			pid=$(state_of "$CT" .pid)
		else
			[[ -n $stderr ]] || fail "$(struck)"
		fi
	done
	# The last one may have got half of the way.
	quietly delete --force "$CT"
	nothing_remains || fail "left behind:" "$(remains)"
}

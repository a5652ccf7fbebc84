#!/usr/bin/env bats
# One system call of an exec fails, or its process is killed: the program runs as isolated as the container's own, or not at
# all, and nothing is left of it.

load inject

setup_file()
{
	build_inject
}

setup()
{
	fault_setup
	isolated_bundle
	running
	CGROUP=$(echo /sys/fs/cgroup/*"$CT"*/)
	detached exec "$CT" /bin/probe
	[[ $status -eq 0 && -z $stderr ]] || fail "without a fault: exit $status" "$output"
	GOLDEN=$(steady)
	[[ $GOLDEN == *end ]] || fail "$GOLDEN"
	injected -o "$DIR/all" -- exec "$CT" /bin/probe
	[[ $(steady) == "$GOLDEN" ]] || fail "two runs are not the same:" "$(diff <(echo "$GOLDEN") <(steady))"
}

# What the program told, without the numbers that each process has for itself.
steady()
{
	sed -E '/^NS[ps]id:/d; s#^/proc/[0-9]+/#/proc/self/#' <<<"$stdout"
}

alone()
{
	[[ $(<"$CGROUP/cgroup.procs") == "$(state_of "$CT" .pid)" ]]
}

# Verdict on the exec that just ended.
whole_or_nothing()
{
	if [[ $stdout == *end* ]]; then
		[[ $(steady) == "$GOLDEN" ]] || fail "$1: other isolation:" "$(diff <(echo "$GOLDEN") <(steady))"
	else
		[[ ($status -eq 255 && -n $stderr || $status -eq 137) && -z $stdout ]] || fail "$1: exit $status: $output"
	fi
	wait_until 2 alone || fail "$1: left in the cgroup:" "$(<"$CGROUP/cgroup.procs")"
}

# faults SIDE SAMPLES ERROR...: the errors in turn, at calls of one side.
faults()
{
	local side=$1 samples=$2 total index errors error
	shift 2
	total=$(grep -c "^$side" "$DIR/all")
	errors=("$@")
	for index in $(indices "$total" "$samples"); do
		error=${errors[index % ${#errors[@]}]}
		injected -w "$side" -e "$error" -i "$index" -o "$DIR/trace" -- exec "$CT" /bin/probe
		whole_or_nothing "$error at call $index of $side: $(struck)"
	done
}

@test "an error at a call of the process: all of the isolation or no program" {
	faults init 40 EPERM ENOMEM EIO EINTR ENOSPC EMFILE EAGAIN
}

@test "an error at a call of the host's side: all of the isolation or no program" {
	faults host 30 EIO EMFILE EPERM ENOSPC EAGAIN ENOMEM EINTR
}

@test "exec killed at a system call leaves no half-made process in the container" {
	local total index
	total=$(wc -l <"$DIR/all")
	for index in $(indices "$total" 20); do
		injected -k -i "$index" -o "$DIR/trace" -- exec "$CT" /bin/probe
		wait_until 2 alone || fail "call $index: $(struck): left in the cgroup:" "$(<"$CGROUP/cgroup.procs")"
		has_status "$CT" running || fail "call $index: $(struck): the container is gone"
	done
}

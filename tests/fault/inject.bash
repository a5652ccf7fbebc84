# Shared by the fault tests: the program that injects faults, the choice of the calls that fail, and a quick check of
# what is left.
#
# A run tries a sample of the indices. FAULT_FULL=1 in the environment tries every one, which takes an hour.
#
# shellcheck shell=bash disable=SC2034,SC2154
load ../e2e/helpers

# Calls that are left out: dozens of them come in a row, and they cannot fail as they are used, or are only advice.
DULL=rt_sigaction,rt_sigprocmask,madvise
# A sanitizer's own memory and stack must not fail, or it ends the program; nor can it look for leaks of a traced program.
if grep -q __asan_init "$TARE"; then
	SANITIZED=yes
	DULL+=,mmap,munmap,mprotect,brk,sigaltstack
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
	export ASAN_OPTIONS
else
	SANITIZED=
fi

build_inject()
{
	[[ $(uname -m) == @(x86_64|aarch64) ]] || skip "tests/fault/inject.c knows the registers of x86_64 and aarch64 alone"
	INJECT=$BATS_FILE_TMPDIR/inject
	export INJECT
	gcc -std=gnu17 -O1 -Wall -Wextra -Werror -o "$INJECT" "$BATS_TEST_DIRNAME/inject.c" -lseccomp
}

# injected [OPTION...] -- ARG...: runs the runtime with a fault. Sets status, output, stdout and stderr as `detached`
# does. $DIR/trace has the calls that count.
injected()
{
	local options=()
	while [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	shift
	status=0
	"$INJECT" -x "$DULL" -o "$DIR/trace" "${options[@]}" "$TARE" --root "$ROOT" "$@" </dev/null >"$DIR/stdout" 2>"$DIR/stderr" ||
		status=$?
	stdout=$(<"$DIR/stdout")
	stderr=$(<"$DIR/stderr")
	output=$stdout$stderr
	((status != 124 && status != 125)) || fail "inject ${options[*]}: exit $status: $(struck) $output"
	[[ $stderr != *Sanitizer* && $stderr != *"runtime error"* ]] || fail "inject ${options[*]}: $stderr"
}

# Prints the call that the fault was injected in, with its number and name.
struck()
{
	[[ ! -e $DIR/trace ]] || grep -n ' \*$' "$DIR/trace"
}

# Sets total to the number of calls of the run that has just ended, and fails if there were none.
count_calls()
{
	total=$(wc -l <"$DIR/trace")
	((total > 0)) || fail "no call was counted"
}

# happened INDEX TOTAL: whether the fault of the run that just ended was injected; if it was not, nothing was tested.
# Among the last calls it need not be, since the number of repeated waits differs from run to run.
happened()
{
	[[ -n $(struck) ]] || (($1 > $2 * 9 / 10)) || fail "no fault at call $1 of $2: there were $(wc -l <"$DIR/trace")"
}

# indices TOTAL COUNT [FIRST]: prints COUNT numbers from FIRST (1) to TOTAL, evenly spread; all of them with FAULT_FULL.
indices()
{
	local step=$(($1 / $2)) first=${3:-1}
	((step > 0)) || step=1
	[[ -z ${FAULT_FULL-} ]] || step=1
	seq "$first" "$step" "$1"
}

# faults VERDICT SIDE SAMPLES ERROR... -- ARG...: runs the runtime without a fault, and then with a fault at calls of
# one side ("host", "init" or "any"), with one of the errors in turn, or with each of them under FAULT_FULL. VERDICT is
# called after each run with a description of the fault. The run without a fault has to exit with 0, or with EXPECTED.
faults()
{
	local verdict=$1 side=$2 samples=$3 errors=() total index error
	shift 3
	while [[ $1 != -- ]]; do
		errors+=("$1")
		shift
	done
	# Two runs: the first one compiles the filter and keeps it, so all later runs make fewer calls.
	for _ in 1 2; do
		injected -w "$side" "$@"
		[[ $status -eq ${EXPECTED:-0} ]] || fail "no fault: exit $status: $output"
		count_calls
		"$verdict" "no fault"
	done
	for index in $(indices "$total" "$samples"); do
		for error in ${FAULT_FULL:+"${errors[@]}"} ${FAULT_FULL:-"${errors[index % ${#errors[@]}]}"}; do
			[[ $error == E* ]] || continue
			injected -w "$side" -e "$error" -i "$index" "$@"
			happened "$index" "$total"
			"$verdict" "$error at call $index of $side: $(struck)"
		done
	done
}

# isolated_or_not WHAT STATUS TOLD: either the program of isolated_bundle has run, and TOLD is what it prints without a
# fault (GOLDEN); or it has not run to its end, and the runtime failed with this status. An error may also come after
# the program ends; there is always a message.
isolated_or_not()
{
	if [[ $stdout == *end* ]]; then
		[[ $3 == "$GOLDEN" ]] || fail "$1: other isolation:" "$(diff <(echo "$GOLDEN") <(echo "$3"))"
		((status == 0)) || [[ $status -eq $2 && -n $stderr ]] || fail "$1: exit $status: $output"
	else
		[[ $status -eq $2 && -n $stderr ]] || fail "$1: exit $status: $output"
		[[ $GOLDEN == "$3"* ]] || fail "$1: other isolation:" "$(diff <(echo "$GOLDEN") <(echo "$3"))"
	fi
}

# The state directories and cgroups, and mounts that were not there before: quick enough for some hundred rounds.
# Processes are in the cgroup from the clone on.
remains()
(
	shopt -s nullglob dotglob globstar
	printf '%s\n' "$ROOT"/[!@]* /sys/fs/cgroup/**/*"$CT"*/
	[[ $(mounts_here) == "$MOUNTS" ]] || echo "other mounts"
)

nothing_remains()
{
	[[ -z $(remains) ]]
}

# True when the cgroup of the container has no process.
is_deserted()
{
	local pids
	pids=$(cat /sys/fs/cgroup/*"$CT"*/cgroup.procs 2>/dev/null) || true
	[[ -z $pids ]]
}

# Calls base_setup, and remembers the mounts.
fault_setup()
{
	base_setup
	MOUNTS=$(mounts_here)
}

# removable WHAT: whatever state the container is in, delete --force removes all of it, can be repeated, and the id is free.
removable()
{
	detached delete --force "$CT"
	[[ $status -eq 0 && -z $output ]] || fail "$1: delete --force: exit $status: $output"
	nothing_remains || fail "$1: left behind after delete --force:" "$(remains)"
	detached delete --force "$CT"
	[[ $status -eq 0 && -z $output ]] || fail "$1: delete --force again: exit $status: $output"
	detached run --bundle "$BUNDLE" "$CT"
	[[ $status -eq 0 && -z $stderr ]] || fail "$1: run again: exit $status: $output"
	nothing_remains || fail "$1: left behind after run:" "$(remains)"
}

# A bundle whose program prints everything that isolates it, the same in every run of the same bundle.
isolated_bundle()
{
	cp "$BATS_TEST_DIRNAME/probe.sh" "$BUNDLE/rootfs/bin/probe"
	chmod 755 "$BUNDLE/rootfs/bin/probe"
	ln -sf busybox "$BUNDLE/rootfs/bin/mknod"
	args /bin/probe
	config '.process.user = {uid: 1000, gid: 1000, additionalGids: [5, 7], umask: 23}
		| .process.capabilities.bounding += ["CAP_MKNOD", "CAP_CHOWN"]
		| .process.capabilities.permitted += ["CAP_MKNOD"]
		| .process.capabilities.effective += ["CAP_MKNOD"]
		| .process.capabilities.inheritable = ["CAP_KILL", "CAP_MKNOD"]
		| .process.capabilities.ambient = ["CAP_KILL", "CAP_MKNOD"]
		| .process.oomScoreAdj = 345
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
			syscalls: [{names: ["getcwd"], action: "SCMP_ACT_ERRNO", errnoRet: 95}]}
		| .linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.msgmax": "4096"}
		| .domainname = "fault"
		| .mounts += [{destination: "/ro", type: "bind", source: ($dir + "/shared"), options: ["rbind", "ro", "nosuid"]},
			{destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev", "mode=1777"]}]
		| .linux.maskedPaths += ["/etc/secret", "/proc/meminfo"]' --arg dir "$DIR"
	mkdir "$DIR/shared"
	echo secret >"$BUNDLE/rootfs/etc/secret"
	# This run compiles the filter, so that all later runs make the same calls.
	tare run --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/stdout" 2>&1 || fail "$(<"$DIR/stdout")"
}

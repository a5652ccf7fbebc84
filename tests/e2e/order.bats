#!/usr/bin/env bats
# The order of init's steps, which is the security model. src/init/steps.c gives the reason for each position; this file
# checks the order in a trace of init's system calls.

load helpers

# Traces one container that uses every step, for all tests of this file.
setup_file()
{
	export TRACE=$BATS_FILE_TMPDIR/init
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR/order
	mkdir -p "$BATS_TEST_TMPDIR"
	BATS_TEST_NUMBER=0 base_setup
	everything
	record "$TRACE"
	config '.process.noNewPrivileges = false'
	record "$TRACE.early"
	delete_all "$ROOT"
}

# Only the order is looked at here.
setup()
{
	:
}

teardown()
{
	:
}

everything()
{
	echo secret >"$BUNDLE/rootfs/etc/secret"
	in_user_namespace
	# The bundle of this file is in the directory of the file.
	chmod go+x "$BATS_RUN_TMPDIR/file"
	config '.process.user = {uid: 7, gid: 8, additionalGids: [9], umask: 63}
		| .process.scheduler = {policy: "SCHED_BATCH", nice: 3}
		| .process.oomScoreAdj = 100 | .process.env |= map(select(startswith("HOME=") | not))
		| .linux.sysctl = {"net.ipv4.ip_forward": "1"}
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}
		| .linux.maskedPaths = ["/etc/secret"]
		| .hooks.createContainer = [{path: "/bin/true"}]
		| .mounts |= map(select(.type != "cgroup" and .type != "sysfs"))'
}

# record FILE: writes the system calls of init during create and start, a line each.
record()
{
	local pid tracer
	traceable strace -f -s 64 -o "$1.all" "$TARE" --root "$ROOT" create --bundle "$BUNDLE" "$CT" </dev/null >"$1.out" 2>&1 &
	tracer=$!
	wait_until has_status "$CT" created || fail "no container:" "$(<"$1.out")"
	pid=$(state_of "$CT" .pid)
	quietly start "$CT"
	wait "$tracer" || fail "the traced create ended with $?:" "$(<"$1.out")"
	grep "^$pid " "$1.all" | sed "s/^$pid *//" >"$1"
	quietly delete --force "$CT"
	written "$1"
}

# line PATTERN WHICH [FILE]: prints the line number of the first or the last call that matches the pattern.
line()
{
	local numbers
	numbers=$(grep -nE "$1" "${3:-$TRACE}" | cut -d : -f 1)
	[[ -n $numbers ]] || fail "no call is $1" >&2
	case $2 in
	first) head -n 1 <<<"$numbers" ;;
	last) tail -n 1 <<<"$numbers" ;;
	esac
}

# before A B...: fails unless the last call that matches A comes before the first call that matches each B.
before()
{
	local file=${FILE:-$TRACE} earlier later pattern
	earlier=$(line "$1" last "$file") || return 1
	for pattern in "${@:2}"; do
		later=$(line "$pattern" first "$file") || return 1
		((earlier < later)) || fail "line $earlier: $(sed -n "${earlier}p" "$file")" "is not before" \
			"line $later: $(sed -n "${later}p" "$file")"
	done
}

propagation='^mount_setattr\(AT_FDCWD, "/", AT_RECURSIVE, .*MS_SLAVE'
no_new_privileges='^prctl\(PR_SET_NO_NEW_PRIVS, 1'
filter='^seccomp\(SECCOMP_SET_MODE_FILTER|^prctl\(PR_SET_SECCOMP'
bounding='^prctl\(PR_CAPBSET_DROP'
pivot='^pivot_root\('
close='^close_range\([3-9], .* 0\)'
gate='^accept4\('
program='^execve\("/bin/true"'

@test "a new session comes first, and the parent's death is the end of init" {
	before '^prctl\(PR_SET_PDEATHSIG, SIGKILL' '^setsid\(' '^unshare\(CLONE_NEWCGROUP'
	before '^setsid\(' "$propagation" '^move_mount\('
}

@test "mounts stop propagating before the first mount" {
	before "$propagation" '^move_mount\(' '^fsopen\(' "$pivot" '^umount2\('
}

@test "init waits for its id mappings before it takes an id" {
	before "$propagation" '^recvmsg\('
	(($(line '^recvmsg\(' first) < $(line '^setres[ug]id\(0, 0, 0' first)))
	before '^setresuid\(0, 0, 0\)' '^fsopen\(' "$pivot" "$bounding"
}

@test "the place of the root is found before the ids change, and everything is mounted after" {
	(($(line 'O_PATH.*O_DIRECTORY' first) < $(line '^setresuid\(0, 0, 0' first)))
	(($(line '^setresuid\(0, 0, 0' first) < $(line '^move_mount\(' first)))
	(($(line '^setresuid\(0, 0, 0' first) < $(line '^fsopen\("(tmpfs|devpts|mqueue)"' first)))
}

@test "a procfs of our own is open before anything is mounted in the container" {
	(($(line '^fsopen\("proc"' first) < $(line '^fsopen\("(devpts|mqueue)"' first)))
}

@test "devices, hooks, host name and sysctls come before the pivot" {
	before '"/dev/stderr"|"stderr"' "$pivot"
	before '^sethostname\(' "$pivot"
	before 'openat2\([0-9]+, "sys/net/ipv4/ip_forward"' "$pivot"
	before '^wait4\(' "$pivot"
}

@test "paths are masked and made read-only after everything that writes and before the pivot" {
	before '^sethostname\(' 'openat2\([0-9]+, "/?proc/sys"' 'openat2\([0-9]+, "/?etc/secret"' "$pivot"
	before 'openat2\([0-9]+, "/?proc/sys"' 'openat2\([0-9]+, "/?etc/secret"'
	before 'openat2\([0-9]+, "/?etc/secret"' '^umount2\("\.", MNT_DETACH\)'
}

@test "nothing is mounted once the host's root is gone" {
	local after
	after=$(line '^umount2\("\.", MNT_DETACH\)' last)
	! sed "1,${after}d" "$TRACE" | grep -E '^(move_mount|mount|open_tree|fsmount|fsopen|umount2|pivot_root)\('
}

@test "the host's files are really closed before anything is dropped" {
	before "$close" "$bounding" '^setgroups\(' '^setresuid\(7' '^capset\(' "$no_new_privileges" "$filter" "$gate"
	before '^umount2\("\.", MNT_DETACH\)' "$close"
}

@test "no path of the image is looked up while the host's files are open" {
	local after
	after=$(line '^umount2\("\.", MNT_DETACH\)' last)
	# The only earlier chdir(2) is that to the root itself.
	before "$close" '^sched_setattr\('
	[[ $(sed -n "$((after + 1)),$(line "$close" last)p" "$TRACE" | grep -cE '^(chdir|open|openat|openat2)\(') == 1 ]]
}

@test "the home directory is looked for inside of the root and behind the masks, and opened only when it is known what is there" {
	before 'openat2\([0-9]+, "/?etc/secret"' 'openat2\([0-9]+, "/etc/passwd", .*O_PATH.*RESOLVE_NO_MAGICLINKS\|RESOLVE_IN_ROOT' \
		"$pivot"
	before '"/etc/passwd"' '^openat\(AT_FDCWD, "/proc/self/fd/[0-9]+", O_RDONLY' "$pivot"
	[[ $(grep -c '"/etc/passwd"' "$TRACE") == 1 ]]
}

@test "the bounding set goes while init may still drop it" {
	before "$bounding" '^setgroups\(' '^setresgid\(8' '^setresuid\(7' '^capset\('
}

@test "groups before the group, the group before the user, the user before the capabilities" {
	before '^prctl\(PR_SET_KEEPCAPS, 1' '^setgroups\(1, \[9\]'
	before '^setgroups\(1, \[9\]' '^setresgid\(8, 8, 8'
	before '^setresgid\(8, 8, 8' '^setresuid\(7, 7, 7'
	before '^setresuid\(7, 7, 7' '^prctl\(PR_SET_KEEPCAPS, 0' '^capset\('
	before '^prctl\(PR_SET_KEEPCAPS, 0' '^capset\('
	before '^capset\(' '^prctl\(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL'
}

@test "init is out of reach again after each change of its ids" {
	local ids
	ids=$(line '^setresuid\(7' last)
	sed "1,${ids}d" "$TRACE" | grep -qE '^prctl\(PR_SET_DUMPABLE, (0|SUID_DUMP_DISABLE)'
	sed "1,$(line '^setresuid\(0, 0, 0' last)d" "$TRACE" | sed '/^setresuid(7/,$d' |
		grep -qE '^prctl\(PR_SET_DUMPABLE, (0|SUID_DUMP_DISABLE)'
}

@test "the working directory is entered as the user, and looked at" {
	(($(line '^setresuid\(7' last) < $(line '^chdir\("/"\)' last)))
	before '^chdir\("/"\)' '^getcwd\('
	before '^getcwd\(' "$no_new_privileges" "$gate"
}

@test "no_new_privileges comes before the filter, and the wait for start after it" {
	before '^capset\(' "$no_new_privileges"
	before "$no_new_privileges" "$filter" "$gate"
	before '^prctl\(PR_SET_PDEATHSIG, 0' "$gate"
}

@test "with no_new_privileges the filter is loaded after the wait, right before the program" {
	before "$gate" "$filter"
	before "$filter" "$program"
}

@test "without no_new_privileges the filter is loaded while init may, and the host's files are closed before" {
	FILE=$TRACE.early
	before "$close" "$filter"
	before '^setgroups\(1' '^setresuid\(7' "$filter" "$gate"
	before '^setresuid\(7' "$filter"
	# The right to load it is kept until then.
	(($(line "$filter" last "$FILE") < $(line '^capset\(' last "$FILE")))
}

@test "what waits for the start does nothing afterwards that needs a right" {
	local after
	after=$(line "$gate" last)
	! sed "1,${after}d" "$TRACE" |
		grep -E '^(setres|setgroups|capset|mount|move_mount|open_tree|openat|unshare|setns|chroot|sethostname|bpf)'
}

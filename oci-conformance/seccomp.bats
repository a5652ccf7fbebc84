# linux.seccomp. sysinfo and an option of prctl that nobody uses are the calls to filter: a runtime does not need them on
# its way to the program. sysinfo(0) says EFAULT when it is allowed, prctl(4242) says EINVAL.

load lib

# filter ACTION [JQ]: sysinfo gets this action; JQ edits linux.seccomp
filter() {
	need_feature '.linux.seccomp.actions' "SCMP_ACT_$1" NO_SUCH
	config ".linux.seccomp = ({defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [{names: [\"sysinfo\"], action: \$action}]} |
		${2:-.})" --arg action "SCMP_ACT_$1"
}

# arguments ARGS: prctl with these arguments gets ENOMSG
arguments() {
	config ".linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\",
		syscalls: [{names: [\"prctl\"], action: \"SCMP_ACT_ERRNO\", errnoRet: 42, args: [$1]}]}"
}

# second OP VALUE [VALUE_TWO]: the same for prctl(4242, x) where x is as described
second() {
	arguments "{index: 0, value: 4242, op: \"SCMP_CMP_EQ\"},
		{index: 1, value: $2, valueTwo: ${3:-0}, op: \"SCMP_CMP_$1\"}"
}

# What a program and a runtime may need, as the filters of managers have it, for one that denies the rest
ALLOWED='accept accept4 access alarm arch_prctl bind brk capget capset chdir chmod chown clock_getres clock_gettime
	clock_nanosleep clone clone3 close close_range connect creat dup dup2 dup3 epoll_create epoll_create1
	epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 execve execveat exit exit_group faccessat
	faccessat2 fchdir fchmod fchmodat fchown fchownat fcntl flock fstat fstatfs fsync ftruncate futex getcwd
	getdents64 getegid geteuid getgid getgroups getitimer getpeername getpgid getpid getppid getpriority
	getrandom getresgid getresuid getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday getuid
	getxattr inotify_init1 ioctl kill link listen lseek lstat madvise membarrier memfd_create mincore mkdir
	mkdirat mlock mmap mprotect mremap munmap nanosleep newfstatat open openat openat2 pause pidfd_open
	pidfd_send_signal pipe pipe2 poll ppoll prctl pread64 preadv prlimit64 pselect6 pwrite64 pwritev read
	readlink readlinkat readv recvfrom recvmsg rename renameat2 restart_syscall rmdir rseq rt_sigaction
	rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait sched_getaffinity
	sched_setaffinity sched_yield seccomp select sendfile sendmsg sendto set_robust_list set_tid_address
	setfsgid setfsuid setgid setgroups setitimer setpgid setregid setresgid setresuid setreuid setrlimit setsid
	setsockopt setuid shutdown sigaltstack signalfd4 socket socketpair splice stat statfs statx symlink sync
	tgkill time timerfd_create timerfd_settime times tkill truncate umask uname unlink unlinkat utimensat vfork
	wait4 waitid write writev'

@test "linux.seccomp: the program runs under a filter" {
	filter ERRNO
	runs cat /proc/self/status
	equal "$(sed -n 's/^Seccomp:[[:space:]]*//p' <<<"$output")" 2
}

@test "linux.seccomp: without it the program runs without a filter of the runtime" {
	runs cat /proc/self/status
	equal "$(sed -n 's/^Seccomp:[[:space:]]*//p' <<<"$output")" "$(sed -n 's/^Seccomp:[[:space:]]*//p' /proc/self/status)"
}

@test "linux.seccomp: it holds with noNewPrivileges as well" {
	filter ERRNO
	config '.process.noNewPrivileges = true'
	prints EPERM probe call sysinfo 0
}

# --- actions ----------------------------------------------------------------------------------------------------------

@test "linux.seccomp.syscalls[].action: SCMP_ACT_ERRNO, EPERM by default" {
	filter ERRNO
	prints EPERM probe call sysinfo 0
}

@test "linux.seccomp.syscalls[].errnoRet: it is the error of SCMP_ACT_ERRNO" {
	filter ERRNO '.syscalls[0].errnoRet = 42'
	prints ENOMSG probe call sysinfo 0
}

@test "linux.seccomp.syscalls[].errnoRet: zero is a value, too" {
	filter ERRNO '.syscalls[0].errnoRet = 0'
	prints ok probe call sysinfo 0
}

@test "linux.seccomp.syscalls[].action: SCMP_ACT_KILL ends the thread" {
	filter KILL
	prints "the process lives on" probe thread sysinfo 0
}

@test "linux.seccomp.syscalls[].action: SCMP_ACT_KILL_THREAD ends the thread" {
	filter KILL_THREAD
	prints "the process lives on" probe thread sysinfo 0
}

@test "linux.seccomp.syscalls[].action: SCMP_ACT_KILL_PROCESS ends the process" {
	filter KILL_PROCESS
	prints "killed by SIGSYS" probe thread sysinfo 0
}

@test "linux.seccomp.syscalls[].action: SCMP_ACT_TRAP sends SIGSYS" {
	filter TRAP
	prints trapped probe trap sysinfo 0
}

@test "linux.seccomp.syscalls[].action: SCMP_ACT_TRACE without a tracer is ENOSYS" {
	filter TRACE
	prints ENOSYS probe call sysinfo 0
}

@test "linux.seccomp.syscalls[].action: SCMP_ACT_LOG lets the call happen" {
	filter LOG
	prints EFAULT probe call sysinfo 0
}

@test "linux.seccomp.syscalls[].action: SCMP_ACT_ALLOW lets the call happen" {
	filter ALLOW
	config '.linux.seccomp.defaultAction = "SCMP_ACT_ERRNO" | .linux.seccomp.syscalls[0].names += ($names | [splits("\\s+")])' \
		--arg names "$ALLOWED"
	prints EFAULT probe call sysinfo 0
}

@test "linux.seccomp.defaultAction: it is for all calls that are not named" {
	filter ALLOW '.syscalls[0].names = []'
	config '.linux.seccomp.defaultAction = "SCMP_ACT_ERRNO" | .linux.seccomp.syscalls[0].names += ($names | [splits("\\s+")])' \
		--arg names "$ALLOWED"
	prints EPERM probe call sysinfo 0
}

@test "linux.seccomp.defaultErrnoRet: it is the error of the default action" {
	filter ALLOW '.syscalls[0].names = [] | .defaultErrnoRet = 42'
	config '.linux.seccomp.defaultAction = "SCMP_ACT_ERRNO" | .linux.seccomp.syscalls[0].names += ($names | [splits("\\s+")])' \
		--arg names "$ALLOWED"
	prints ENOMSG probe call sysinfo 0
}

@test "linux.seccomp.syscalls[].names: each of them gets the action" {
	filter ERRNO '.syscalls[0].names = ["sysinfo", "setpriority"]'
	script 'probe call sysinfo 0; probe call setpriority 99'
	prints $'EPERM\nEPERM'
}

@test "linux.seccomp.syscalls: each entry counts" {
	filter ERRNO '.syscalls += [{names: ["setpriority"], action: "SCMP_ACT_ERRNO", errnoRet: 42}]'
	script 'probe call sysinfo 0; probe call setpriority 99'
	prints $'EPERM\nENOMSG'
}

# --- arguments --------------------------------------------------------------------------------------------------------

@test "linux.seccomp.syscalls[].args: SCMP_CMP_EQ" {
	arguments '{index: 0, value: 4242, op: "SCMP_CMP_EQ"}'
	script 'probe call prctl 4242; probe call prctl 4243'
	prints $'ENOMSG\nEINVAL'
}

@test "linux.seccomp.syscalls[].args: SCMP_CMP_NE" {
	second NE 10
	script 'probe call prctl 4242 10; probe call prctl 4242 11'
	prints $'EINVAL\nENOMSG'
}

@test "linux.seccomp.syscalls[].args: SCMP_CMP_LT" {
	second LT 10
	script 'probe call prctl 4242 9; probe call prctl 4242 10; probe call prctl 4242 11'
	prints $'ENOMSG\nEINVAL\nEINVAL'
}

@test "linux.seccomp.syscalls[].args: SCMP_CMP_LE" {
	second LE 10
	script 'probe call prctl 4242 9; probe call prctl 4242 10; probe call prctl 4242 11'
	prints $'ENOMSG\nENOMSG\nEINVAL'
}

@test "linux.seccomp.syscalls[].args: SCMP_CMP_GE" {
	second GE 10
	script 'probe call prctl 4242 9; probe call prctl 4242 10; probe call prctl 4242 11'
	prints $'EINVAL\nENOMSG\nENOMSG'
}

@test "linux.seccomp.syscalls[].args: SCMP_CMP_GT" {
	second GT 10
	script 'probe call prctl 4242 9; probe call prctl 4242 10; probe call prctl 4242 11'
	prints $'EINVAL\nEINVAL\nENOMSG'
}

@test "linux.seccomp.syscalls[].args: SCMP_CMP_MASKED_EQ, with value as the mask" {
	second MASKED_EQ 240 80
	script 'probe call prctl 4242 0x5a; probe call prctl 4242 0x15f; probe call prctl 4242 0x6a'
	prints $'ENOMSG\nENOMSG\nEINVAL'
}

@test "linux.seccomp.syscalls[].args: all of an entry have to match" {
	arguments '{index: 0, value: 4242, op: "SCMP_CMP_EQ"}, {index: 2, value: 7, op: "SCMP_CMP_EQ"}'
	script 'probe call prctl 4242 0 7; probe call prctl 4242 0 8; probe call prctl 4243 0 7'
	prints $'ENOMSG\nEINVAL\nEINVAL'
}

@test "linux.seccomp.syscalls[].args: values have 64 bits" {
	second EQ 4294967306
	script 'probe call prctl 4242 4294967306; probe call prctl 4242 10'
	prints $'ENOMSG\nEINVAL'
}

@test "linux.seccomp.syscalls[].args: a value that a double cannot hold is exact" {
	local text
	second EQ '"@VALUE@"'
	slurp text "$BUNDLE/config.json"
	printf '%s\n' "${text/'"@VALUE@"'/18446744073709551615}" >"$BUNDLE/config.json"
	script_keeping_numbers 'probe call prctl 4242 18446744073709551615; probe call prctl 4242 18446744073709551614'
	prints $'ENOMSG\nEINVAL'
}

# jq would round the numbers that are there already
script_keeping_numbers() {
	local text
	slurp text "$BUNDLE/config.json"
	printf '%s\n' "${text/'"true"'/'"sh", "-c", "'$1'"'}" >"$BUNDLE/config.json"
}

@test "linux.seccomp.syscalls[].args: index goes up to 5" {
	arguments '{index: 0, value: 4242, op: "SCMP_CMP_EQ"}, {index: 5, value: 7, op: "SCMP_CMP_EQ"}'
	script 'probe call prctl 4242 0 0 0 0 7; probe call prctl 4242 0 0 0 0 8'
	prints $'ENOMSG\nEINVAL'
}

# --- architectures and flags ------------------------------------------------------------------------------------------

@test "linux.seccomp.architectures: the filter holds for the native one" {
	[[ $(uname -m) == x86_64 ]] || skip "only known for x86_64"
	filter ERRNO '.architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]'
	prints EPERM probe call sysinfo 0
}

@test "linux.seccomp.architectures: the filter holds for the others that are listed" {
	[[ $("$PROBE" call32 20) == ok ]] || skip "this kernel has no 32-bit calls"
	filter ERRNO '.architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]'
	prints EPERM probe call32 116 0 # sysinfo
}

@test "linux.seccomp.architectures: an unknown one MUST generate an error" {
	filter ERRNO '.architectures = ["SCMP_ARCH_PDP11"]'
	invalid 'del(.linux.seccomp.architectures)'
}

@test "linux.seccomp.flags: SECCOMP_FILTER_FLAG_TSYNC" {
	need_feature '.linux.seccomp.supportedFlags' SECCOMP_FILTER_FLAG_TSYNC
	filter ERRNO '.flags = ["SECCOMP_FILTER_FLAG_TSYNC"]'
	prints EPERM probe call sysinfo 0
}

@test "linux.seccomp.flags: SECCOMP_FILTER_FLAG_LOG" {
	need_feature '.linux.seccomp.supportedFlags' SECCOMP_FILTER_FLAG_LOG
	filter ERRNO '.flags = ["SECCOMP_FILTER_FLAG_LOG"]'
	prints EPERM probe call sysinfo 0
}

@test "linux.seccomp.flags: SECCOMP_FILTER_FLAG_SPEC_ALLOW" {
	need_feature '.linux.seccomp.supportedFlags' SECCOMP_FILTER_FLAG_SPEC_ALLOW
	filter ERRNO '.flags = ["SECCOMP_FILTER_FLAG_SPEC_ALLOW"]'
	prints EPERM probe call sysinfo 0
}

# The filter itself tells of this flag, to a tracer of the host.
@test "linux.seccomp.flags: the kernel has SECCOMP_FILTER_FLAG_LOG of the filter" {
	local found
	need_feature '.linux.seccomp.supportedFlags' SECCOMP_FILTER_FLAG_LOG
	filter ERRNO '.flags = ["SECCOMP_FILTER_FLAG_LOG"]'
	program sleep 1000
	must create
	must start
	under_filter() {
		grep -q '^Seccomp:.*2$' "/proc/$(pid_of)/status"
	}
	eventually under_filter
	found=$("$PROBE" filter-flags "$(pid_of)") || skip "this kernel does not tell of a filter's flags"
	equal "$found" "flags 2"
}

@test "linux.seccomp.flags: an unknown one MUST generate an error" {
	filter ERRNO '.flags = ["SECCOMP_FILTER_FLAG_NO_SUCH"]'
	invalid '.linux.seccomp.flags = []'
}

@test "linux.seccomp.flags: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" {
	need_feature '.linux.seccomp.supportedFlags' SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
	filter NOTIFY ".listenerPath = \"$WORK/socket\" | .flags = [\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]"
	"$PROBE" agent "$WORK/socket" >"$WORK/agent" 3>&- &
	eventually test -S "$WORK/socket"
	runs probe call sysinfo 0
	wait "$!"
	equal "$output" EXDEV
}

# A signal comes while the agent has the request: without the flag the call ends, or begins again with a second request.
@test "linux.seccomp.flags: with SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV a signal does not end a call that the agent has" {
	need_feature '.linux.seccomp.supportedFlags' SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
	filter NOTIFY ".listenerPath = \"$WORK/socket\" | .flags = [\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]"
	"$PROBE" agent-interrupting "$WORK/socket" >"$WORK/agent" 3>&- &
	eventually test -S "$WORK/socket"
	runs probe interrupted sysinfo 0
	wait "$!"
	equal "$output" EXDEV
	equal "$(tail -n 1 "$WORK/agent")" "requests 1"
}

# --- refusals ---------------------------------------------------------------------------------------------------------

@test "linux.seccomp.syscalls[].errnoRet: with SCMP_ACT_ALLOW, which takes none, it MUST generate an error" {
	filter ALLOW '.syscalls[0].errnoRet = 42'
	invalid 'del(.linux.seccomp.syscalls[0].errnoRet)'
}

@test "linux.seccomp.syscalls[].errnoRet: with SCMP_ACT_KILL, which takes none, it MUST generate an error" {
	filter KILL '.syscalls[0].errnoRet = 42'
	invalid 'del(.linux.seccomp.syscalls[0].errnoRet)'
}

@test "linux.seccomp.syscalls[].errnoRet: with SCMP_ACT_LOG, which takes none, it MUST generate an error" {
	filter LOG '.syscalls[0].errnoRet = 42'
	invalid 'del(.linux.seccomp.syscalls[0].errnoRet)'
}

@test "linux.seccomp.defaultErrnoRet: with SCMP_ACT_ALLOW, which takes none, it MUST generate an error" {
	filter ERRNO '.defaultErrnoRet = 42'
	invalid 'del(.linux.seccomp.defaultErrnoRet)'
}

@test "linux.seccomp.defaultAction: without it a filter MUST generate an error" {
	filter ERRNO 'del(.defaultAction)'
	invalid '.linux.seccomp.defaultAction = "SCMP_ACT_ALLOW"'
}

@test "linux.seccomp.defaultAction: an unknown one MUST generate an error" {
	filter ERRNO '.defaultAction = "SCMP_ACT_NO_SUCH"'
	invalid '.linux.seccomp.defaultAction = "SCMP_ACT_ALLOW"'
}

@test "linux.seccomp.syscalls[].action: without it an entry MUST generate an error" {
	filter ERRNO 'del(.syscalls[0].action)'
	invalid '.linux.seccomp.syscalls[0].action = "SCMP_ACT_ERRNO"'
}

@test "linux.seccomp.syscalls[].action: an unknown one MUST generate an error" {
	filter NO_SUCH
	invalid '.linux.seccomp.syscalls[0].action = "SCMP_ACT_ERRNO"'
}

@test "linux.seccomp.syscalls[].names: at least one is REQUIRED" {
	filter ERRNO '.syscalls[0].names = []'
	invalid '.linux.seccomp.syscalls[0].names = ["sysinfo"]'
}

@test "linux.seccomp.syscalls[].args: an unknown operator MUST generate an error" {
	arguments '{index: 0, value: 4242, op: "SCMP_CMP_NO_SUCH"}'
	invalid '.linux.seccomp.syscalls[0].args[0].op = "SCMP_CMP_EQ"'
}

@test "linux.seccomp.syscalls[].args: an index that no call has MUST generate an error" {
	arguments '{index: 6, value: 4242, op: "SCMP_CMP_EQ"}'
	invalid '.linux.seccomp.syscalls[0].args[0].index = 5'
}

@test "linux.seccomp.syscalls[].args: without an operator an entry MUST generate an error" {
	arguments '{index: 0, value: 4242}'
	invalid '.linux.seccomp.syscalls[0].args[0].op = "SCMP_CMP_EQ"'
}

# --- the agent --------------------------------------------------------------------------------------------------------

# notified: runs the probe under an agent, whose answer is EXDEV; agent is what it was sent
notified() {
	filter NOTIFY ".listenerPath = \"$WORK/socket\" | .listenerMetadata = \"some words\""
	config '.annotations = {"com.example.key": "value"}'
	"$PROBE" agent "$WORK/socket" >"$WORK/agent" 3>&- &
	eventually test -S "$WORK/socket"
	runs probe call sysinfo 0
	wait "$!"
	agent=$(tail -n +2 "$WORK/agent")
}

@test "linux.seccomp.listenerPath: the agent decides the calls of SCMP_ACT_NOTIFY" {
	notified
	equal "$output" EXDEV
}

@test "linux.seccomp.listenerPath: the agent gets the listener as seccompFd" {
	notified
	equal "$(jq -r '.fds | index("seccompFd")' <<<"$agent")" 0
	equal "$(jq '.fds | length' <<<"$agent")" "$(head -n 1 "$WORK/agent")"
}

# The agent reads until the connection is closed.
@test "linux.seccomp.listenerPath: the agent MUST get exactly one document, and then the connection MUST be closed" {
	notified
	equal "$(jq -s length <<<"$agent")" 1
}

@test "linux.seccomp.listenerPath: the state that the agent gets is one that the container can have then" {
	notified
	[[ $(jq -r .state.status <<<"$agent") == creat@(ing|ed) ]] || fail "found: $agent"
	equal "$(jq -r .state.pid <<<"$agent")" "$(pid_of)"
}

@test "linux.seccomp.listenerPath: the agent gets the state of the container" {
	notified
	equal "$(jq -r '"\(.state.id) \(.state.bundle) \(.state.annotations["com.example.key"])"' <<<"$agent")" "$ID $BUNDLE value"
}

@test "linux.seccomp.listenerPath: the agent gets the pid that the runtime sees" {
	notified
	equal "$(jq -r .pid <<<"$agent")" "$(pid_of)"
}

@test "linux.seccomp.listenerPath: the document for the agent has a version of the specification that knows it" {
	notified
	[[ $(jq -r .ociVersion <<<"$agent") =~ ^1\.[0-9]+\.[0-9]+ ]] || fail "found: $agent"
}

@test "linux.seccomp.listenerMetadata: the agent gets it" {
	notified
	equal "$(jq -r .metadata <<<"$agent")" "some words"
}

@test "linux.seccomp.listenerMetadata: without listenerPath it MUST generate an error" {
	filter ERRNO '.listenerMetadata = "some words"'
	invalid 'del(.linux.seccomp.listenerMetadata)'
}

@test "linux.seccomp.listenerPath: without SCMP_ACT_NOTIFY it is ignored" {
	filter ERRNO '.listenerPath = "/nowhere/at/all"'
	prints EPERM probe call sysinfo 0
}

@test "linux.seccomp.listenerPath: when nobody listens create or start MUST generate an error" {
	filter NOTIFY '.listenerPath = "/nowhere/at/all"'
	fails '.linux.seccomp.syscalls[0].action = "SCMP_ACT_ERRNO"'
}

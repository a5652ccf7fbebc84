#!/usr/bin/env bats
# A seccomp filter around the runtime refuses one system call each time it is made. A create that fails for this reason
# is undone without that call.

load inject

setup_file()
{
	REFUSE=$BATS_FILE_TMPDIR/refuse
	export REFUSE
	gcc -std=gnu17 -O1 -Wall -Wextra -Werror -o "$REFUSE" "$LIB/refuse.c" -lseccomp
}

setup()
{
	fault_setup
	config '.linux.cgroupsPath = "/" + $ct + "/a/b" | .hooks.poststart = [{path: "/bin/true"}]' --arg ct "$CT"
}

# The calls of the runtime and of init, except those without which no program starts, and unlinkat and getdents64,
# without which nothing can be removed.
CALLS="accept4 bind bpf capget capset chdir clone3 close_range connect execveat faccessat2 fchdir fchmod fchown fcntl fgetxattr
	flock fremovexattr fsconfig fsetxattr fsmount fsopen fstatfs getcwd getresgid getresuid getuid ioctl keyctl kill listen
	mkdirat mknodat mount_setattr move_mount open_tree openat2 pidfd_open pidfd_send_signal pipe2 pivot_root poll prctl
	prlimit64 readlinkat recvmsg renameat rt_sigprocmask sendmsg setgroups sethostname setresgid setresuid setsid signalfd4
	socket socketpair symlinkat umount2 uname unshare wait4 waitid"

# refusing NAME ERROR ARG...: runs the runtime with this call refused. Sets status and output.
refusing()
{
	status=0
	"$REFUSE" "$1" "$2" "$TARE" --root "$ROOT" "${@:3}" >"$DIR/said" 2>&1 </dev/null || status=$?
	output=$(<"$DIR/said")
}

@test "run where one call is refused leaves nothing" {
	local name error
	for name in $CALLS; do
		for error in 1 ${FAULT_FULL:+13 38}; do
			refusing "$name" "$error" run --bundle "$BUNDLE" "$CT"
			[[ $status -eq 0 || -n $output ]] || fail "$name: exit $status without a word"
			nothing_remains || fail "$name, error $error: exit $status: $output" "$(remains)"
		done
	done
}

# When the last hook fails, a whole container has to be undone.
@test "run whose last hook fails leaves nothing where one call is refused" {
	local name
	config '.hooks.poststart = [{path: "/bin/false"}]'
	for name in $CALLS; do
		refusing "$name" 1 run --bundle "$BUNDLE" "$CT"
		[[ $status -ne 0 && -n $output ]] || fail "$name: exit $status: $output"
		nothing_remains || fail "$name: exit $status: $output" "$(remains)"
	done
}

@test "create in a pid namespace of another container, where one call is refused, is whole or leaves nothing" {
	local name other
	args sleep 1000
	config 'del(.hooks)'
	config '.linux.cgroupsPath = "/" + $ct' --arg ct "$CT-other"
	create "$CT-other"
	other=$(state_of "$CT-other" .pid)
	config '.linux.cgroupsPath = "/" + $ct + "/a/b"
		| (.linux.namespaces[] | select(.type == "pid")).path = $path' --arg ct "$CT" --arg path "/proc/$other/ns/pid"
	for name in $CALLS; do
		# init makes this call after the create is done.
		[[ $name != accept4 ]] || continue
		refusing "$name" 1 create --bundle "$BUNDLE" "$CT"
		if [[ $status -eq 0 ]]; then
			has_status "$CT" created || fail "$name: $(tare state "$CT")"
			quietly delete --force "$CT"
		fi
		[[ ! -e $ROOT/$CT && ! -e /sys/fs/cgroup/$CT ]] || fail "$name: exit $status: $output" "$(remains)"
	done
}

@test "what the host refuses is said, and not taken for something else" {
	refusing fstatfs 1 run --bundle "$BUNDLE" "$CT"
	[[ $output == *"cannot tell what file system is mounted on '/sys/fs/cgroup'"* ]] || fail "$output"
	running "$CT"
	refusing poll 38 state "$CT"
	[[ $status -eq 1 && $output == *"cannot tell whether the process of '$CT' lives: function not implemented"* ]] || fail "$output"
	refusing pidfd_open 1 kill --all "$CT" TERM
	[[ $status -eq 1 && $output == *"operation not permitted"* ]] || fail "$output"
}

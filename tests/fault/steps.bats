#!/usr/bin/env bats
# Makes each step of src/init/steps.c fail alone: the error names the step, and nothing is left.
# shellcheck disable=SC2154 # stderr: set by injected

load inject

setup_file()
{
	build_inject
}

# A bundle in which each step has something to do.
setup()
{
	fault_setup
	echo secret >"$BUNDLE/rootfs/etc/secret"
	config '.linux.maskedPaths = ["/etc/secret"] | .linux.readonlyPaths = ["/proc/sys"]
		| .domainname = "steps" | .linux.sysctl = {"net.ipv4.ip_forward": "1"}
		| .process.scheduler = {policy: "SCHED_BATCH", nice: 1}
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
}

# Further options of create.
options=()

# fails STEP CALLS [INDEX [ERROR]]: init's call fails, and the error names the step.
fails()
{
	local step=$1 calls=$2 index=${3:-1} error=${4:-EPERM}
	rm -f "$DIR/log"
	injected -w init -n "$calls" -i "$index" -e "$error" -- --log "$DIR/log" --log-format json \
		create "${options[@]}" --bundle "$BUNDLE" "$CT"
	[[ -n $(struck) ]] || fail "there is no call $index of $calls"
	[[ $status -eq 1 && $stderr == *"unable to start container process: $step"* ]] ||
		fail "wanted '$step', got exit $status: $output"
	# The detail of the error comes over the channel as well.
	jq -e --arg step "$step" '.phase == "init" and .operation != "" and
		(($step | startswith("cannot ") | not) or $step == "cannot " + .operation)' "$DIR/log" >/dev/null || fail "$(<"$DIR/log")"
	wait_until nothing_remains || fail "left behind:" "$(remains)"
	nothing_left || fail "left behind:" "$(leftovers)"
}

# calls_before NAME UNTIL: how many of init's calls of NAME come before the first of UNTIL.
calls_before()
{
	injected -w init -n "$1,$2" -- create "${options[@]}" --bundle "$BUNDLE" "$CT"
	quietly delete --force "$CT"
	sed "/^init $2/,\$d" "$DIR/trace" | wc -l
}

@test "the namespaces and the session" {
	fails "cannot make the cgroup namespace" unshare
	fails "cannot start a session" setsid
	config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {monotonic: {secs: 5}}'
	fails "cannot make the time namespace" unshare
}

@test "joining a namespace" {
	config '.linux.namespaces |= map(if .type == "ipc" then .path = "/proc/self/ns/ipc" else . end)'
	fails "cannot join the namespaces" setns
}

@test "the first mounts" {
	fails "cannot stop mounts from propagating" mount_setattr
	fails "cannot wait for the host" recvmsg 1 EIO
	fails "cannot find the place of the root file system" openat 1 EMFILE
	fails "cannot hang up the mask" move_mount
	fails "cannot attach the root file system" move_mount 2
	fails "cannot bring up the loopback device" ioctl
	fails "cannot open a private procfs" fsopen 2 ENOMEM
}

@test "each of the mounts is named" {
	fails 'mounts[0]: error mounting "proc" to rootfs at "/proc"' move_mount 3
	fails 'mounts[1]: error mounting "tmpfs" to rootfs at "/dev"' fsopen 4 ENOSPC
	fails 'mounts[2]: error mounting "devpts" to rootfs at "/dev/pts"' fsmount 5
}

@test "devices" {
	fails "cannot make the devices" mknodat 2
	fails "cannot make the devices" symlinkat 1 ENOSPC
}

@test "the limit of open files" {
	config '.mounts += [range(100) | {destination: "/many/\(.)", source: "/dev/null", type: "bind", options: ["bind"]}]'
	ulimit -Sn 100
	fails "cannot give back the limit of open files" prlimit64 2
}

@test "names and sysctls" {
	fails "cannot set the host name" sethostname
	fails "cannot set the host name" setdomainname
	local before
	# After that call: a path to make read-only, one to mask, and the home directory.
	before=$(calls_before openat2 pivot_root)
	fails "cannot set the sysctls" openat2 $((before - 3)) EMFILE
}

@test "masks, read-only paths, and the pivot" {
	local last
	last=$(calls_before mount_setattr pivot_root)
	fails "cannot make paths read-only" mount_setattr $((last - 1))
	fails "cannot mask paths" open_tree "$(calls_before open_tree pivot_root)"
	fails "cannot make the root file system read-only" mount_setattr "$last"
	fails "cannot enter the root file system" pivot_root
	fails "cannot leave the host's root file system" umount2
}

@test "the host's tree, where it stays" {
	local name
	options=(--no-pivot)
	for name in move_mount mount_setattr; do
		fails "cannot enter the root file system" "$name" "$(calls_before "$name" chroot)"
	done
	fails "cannot enter the root file system" lseek 1 EIO
	fails "cannot enter the root file system" chroot
}

@test "a hook of the container" {
	config '.hooks.createContainer = [{path: "/bin/false"}]'
	detached create --bundle "$BUNDLE" "$CT"
	[[ $status -eq 1 && $stderr == *"hooks.createContainer[0]"* ]] || fail "$output"
	nothing_left
}

@test "what is done last as root" {
	config '.linux.memoryPolicy = {mode: "MPOL_LOCAL"}'
	fails "cannot set the scheduling" sched_setattr
	fails "cannot set the memory policy" set_mempolicy
	fails 'chdir to cwd ("/") set in config.json failed' chdir 2 ENOENT
	fails "cannot close the host's files" close_range
	fails "cannot drop the bounding capabilities" prctl 2
}

@test "the security label" {
	local last
	config '.process.selinuxLabel = "a:b:c:d"'
	# Without SELinux the label is refused, and no further step comes; with SELinux capset(2) follows.
	last=$(calls_before openat2 capset)
	fails "cannot set the security label" openat2 "$last" EMFILE
	[[ $stderr == *"process.selinuxLabel 'a:b:c:d' cannot be applied: cannot open "*": too many open files" ]] || fail "$stderr"
}

@test "the notify socket" {
	local last
	export NOTIFY_SOCKET=$DIR/manager
	# After that call: a path that is read-only, and one that is masked.
	last=$(calls_before move_mount pivot_root)
	fails "cannot mount the notify socket" move_mount $((last - 2))
}

# Init uses no other directory when it cannot read the home directory.
@test "the home directory" {
	fails "cannot read the home directory" openat2 "$(calls_before openat2 pivot_root)" EMFILE
	[[ $stderr == *"cannot open '/etc/passwd' in the root file system: too many open files"* ]] || fail "$stderr"
	# After that call: the root that is left.
	fails "cannot read the home directory" openat $(($(calls_before openat pivot_root) - 1)) EMFILE
	fails "cannot read the home directory" fstatfs "$(calls_before fstatfs pivot_root)" ENOMEM
}

@test "the listener of the filter" {
	config '.process.noNewPrivileges = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		listenerPath: ($dir + "/agent"), syscalls: [{names: ["acct"], action: "SCMP_ACT_NOTIFY"}]}' --arg dir "$DIR"
	fails "cannot hand over the seccomp listener" sendmsg 1 EIO
}

@test "a hook of the start" {
	config '.hooks.startContainer = [{path: "/bin/true"}]'
	injected -w init -n clone -i 1 -e EAGAIN -- run --bundle "$BUNDLE" "$CT"
	[[ $status -eq 1 && $stderr == *"hooks.startContainer[0]: cannot start '/bin/true': resource temporarily unavailable"* ]] ||
		fail "$output"
	nothing_left
}

@test "a terminal" {
	config '.process.terminal = true'
	injected -w init -n ioctl -i 2 -e EIO -- create --bundle "$BUNDLE" --console-socket "$DIR/none" "$CT"
	[[ $status -eq 1 && $stderr == *"cannot open the console"* ]] || fail "$output"
	nothing_left
}

@test "the identity of the process" {
	local call
	for call in setgroups setresgid setresuid capset; do
		fails "cannot take the identity of the process" "$call"
	done
}

@test "the filter, with and without no_new_privileges" {
	injected -w init -n seccomp -i 1 -e EINVAL -- run --bundle "$BUNDLE" "$CT"
	[[ $status -eq 1 && $stderr == *"cannot load the seccomp filter"* ]] || fail "$output"
	nothing_left
	config '.process.noNewPrivileges = false'
	fails "cannot load the seccomp filter" seccomp
}

@test "becoming the program" {
	injected -w init -n execve -i 1 -e ENOMEM -- run --bundle "$BUNDLE" "$CT"
	[[ $status -eq 255 && $stderr == "tare: exec /bin/true: cannot allocate memory" ]] || fail "$output"
	nothing_left
}

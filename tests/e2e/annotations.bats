#!/usr/bin/env bats
# Annotations that ask something of the runtime: docs/annotations.md.

load helpers

# annotate NAME VALUE
annotate()
{
	config '.annotations[$name] = $value' --arg name "$1" --arg value "$2"
}

# Hooks of all six kinds that write their name to stdout and to stderr.
noisy_hooks()
{
	local kind
	for kind in prestart createRuntime createContainer startContainer poststart poststop; do
		config '.hooks[$kind] = [{path: "/bin/sh", args: ["sh", "-c", "echo out \($kind); echo err \($kind) >&2"]}]' \
			--arg kind "$kind"
	done
}

@test "what all hooks print goes to the files that annotations name, behind what is there" {
	noisy_hooks
	annotate run.oci.hooks.stdout "$DIR/hooks.out"
	annotate run.oci.hooks.stderr "$DIR/hooks.err"
	echo before >"$DIR/hooks.out"
	create "$CT"
	quietly start "$CT"
	wait_until has_status "$CT" stopped
	quietly delete "$CT"
	[[ $(<"$DIR/hooks.out") == $'before\nout prestart\nout createRuntime\nout createContainer\nout startContainer\nout poststart\nout poststop' ]] ||
		fail "$(<"$DIR/hooks.out")"
	[[ $(<"$DIR/hooks.err") == $'err prestart\nerr createRuntime\nerr createContainer\nerr startContainer\nerr poststart\nerr poststop' ]] ||
		fail "$(<"$DIR/hooks.err")"
	[[ $(stat -c %a "$DIR/hooks.err") == 600 ]]
}

@test "the program gets none of the files for hooks" {
	noisy_hooks
	annotate run.oci.hooks.stdout "$DIR/hooks.out"
	args ls /proc/self/fd
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == $'0\n1\n2\n3' ]]
}

@test "why a hook could not run is said, wherever its output goes" {
	config '.hooks.createRuntime = [{path: "/nope"}]'
	annotate run.oci.hooks.stderr "$DIR/hooks.err"
	refuses "'/nope' failed with exit status 127: no such file or directory" create --bundle "$BUNDLE" "$CT"
}

@test "a file for hooks that is a link or no regular file is refused, and nothing is left" {
	noisy_hooks
	annotate run.oci.hooks.stdout "$DIR/link"
	ln -s "$DIR/target" "$DIR/link"
	refuses "cannot open '$DIR/link' for the output of hooks: too many levels of symbolic links" create --bundle "$BUNDLE" "$CT"
	[[ ! -e $DIR/target ]]
	mkfifo "$DIR/fifo"
	annotate run.oci.hooks.stdout "$DIR/fifo"
	refuses "cannot open '$DIR/fifo' for the output of hooks" create --bundle "$BUNDLE" "$CT"
	refuses "container does not exist" state "$CT"
}

@test "run.oci.pidfd_receiver gets a pidfd as --pidfd-socket does" {
	listen_for_pidfd
	annotate run.oci.pidfd_receiver "$DIR/pidfd"
	create "$CT"
	wait_until written "$DIR/told"
	[[ $(<"$DIR/told") == "$(state_of "$CT" .pid)" ]] || fail "$(<"$DIR/told")"
}

# A filter that passes chdir(2) to an agent, in a config without listenerPath; and an agent.
asking()
{
	config '.process.noNewPrivileges = true
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["chdir"], action: "SCMP_ACT_NOTIFY"}]}'
	args sh -c 'cd /tmp'
	listen_as_agent
}

@test "run.oci.seccomp.receiver names the agent of a policy that names none" {
	asking
	annotate run.oci.seccomp.receiver "$DIR/agent"
	run -0 tare run --bundle "$BUNDLE" "$CT"
	wait "$listener"
	[[ $(grep -c '^call ' "$DIR/asked") -eq 1 ]] || fail "$(<"$DIR/asked")"
}

@test "RUN_OCI_SECCOMP_RECEIVER names the agent when nothing else does" {
	asking
	run -1 --separate-stderr env RUN_OCI_SECCOMP_RECEIVER=agent "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT"
	[[ $stderr == *"RUN_OCI_SECCOMP_RECEIVER: expected an absolute path, found 'agent'"* ]]
	run -0 env RUN_OCI_SECCOMP_RECEIVER="$DIR/agent" "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT"
	wait "$listener"
	[[ $(grep -c '^call ' "$DIR/asked") -eq 1 ]] || fail "$(<"$DIR/asked")"
}

@test "run.oci.seccomp_bpf_data takes the place of the policy" {
	config '.root.readonly = false
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["chmod", "fchmodat"], action: "SCMP_ACT_ERRNO"}]}'
	args sh -c 'chmod 700 /tmp 2>/dev/null && echo done; grep ^Seccomp: /proc/self/status'
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == *2 && $output != *done* ]]
	# One instruction, which allows everything.
	annotate run.oci.seccomp_bpf_data BgAAAAAA/38=
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == done*2 ]]
	annotate run.oci.seccomp_bpf_data //8AAAAA/38GAAAAAAD/fw==
	refuses "linux.seccomp: invalid argument" run --bundle "$BUNDLE" "$CT"
}

# init would wait for ever at any of these calls between loading the filter and sending its listener.
@test "run.oci.seccomp_bpf_data may ask the agent about every call but sendmsg" {
	[[ $(uname -m) == x86_64 ]] || skip "the filter of this test is for the numbers of x86_64"
	annotate run.oci.seccomp_bpf_data IAAAAAAAAAAVAAABLgAAAAYAAAAAAP9/BgAAAAAAwH8=
	annotate run.oci.seccomp.receiver "$DIR/agent"
	for privileges in false true; do
		config ".process.noNewPrivileges = $privileges"
		listen_as_agent
		timeout 20 "$TARE" --root "$ROOT" --debug --log "$DIR/log" run --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/out" 2>&1 ||
			fail "noNewPrivileges $privileges: exit $?" "$(<"$DIR/out")"
		wait "$listener"
		(($(grep -c '^call ' "$DIR/asked") > 5)) || fail "noNewPrivileges $privileges:" "$(<"$DIR/asked")"
		rm "$DIR/agent"
	done
}

@test "run.oci.seccomp_fail_unknown_syscall makes unknown system calls an error" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["fly"], action: "SCMP_ACT_ERRNO"}]}'
	run -0 tare run --bundle "$BUNDLE" "$CT"
	annotate run.oci.seccomp_fail_unknown_syscall 0
	run -0 tare run --bundle "$BUNDLE" "$CT"
	annotate run.oci.seccomp_fail_unknown_syscall 1
	refuses 'linux.seccomp.syscalls[0].names[0]: unknown system call "fly"' run --bundle "$BUNDLE" "$CT"
}

@test "annotations that are nobody's or another runtime's are ignored" {
	annotate run.oci.systemd.subgroup x
	annotate org.criu.config /nowhere
	annotate krun.cpus 4
	annotate module.wasm.image/variant compat-smart
	annotate run.oci.unheard.of z
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ -z $output ]]
}

@test "annotations for systemd have no effect without its driver, whatever their values are" {
	annotate org.systemd.property.TimeoutStopUSec "uint64 5"
	annotate org.systemd.property.PIDs "no value"
	annotate org.systemd.property.no-name 1
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ -z $output ]]
}

@test "features lists each annotation that changes what the runtime does" {
	"$TARE" features | jq -e '.potentiallyUnsafeConfigAnnotations == ["module.wasm.image/variant",
		"org.opencontainers.tare.cgroup.init", "org.systemd.property.", "run.oci.delegate-cgroup", "run.oci.handler",
		"run.oci.hooks.stderr", "run.oci.hooks.stdout", "run.oci.keep_original_groups", "run.oci.mount_context_type", "run.oci.pidfd_receiver",
		"run.oci.seccomp.plugins", "run.oci.seccomp.receiver", "run.oci.seccomp_bpf_data",
		"run.oci.seccomp_fail_unknown_syscall", "run.oci.systemd.force_cgroup_v1"]'
}

#!/usr/bin/env bats
# The seccomp agent, from the runtime's side: what a filter does to the program is oci-conformance/seccomp.bats.

load helpers

# agent CALL...: a filter that asks an agent about the calls, and that agent, who lets them go on.
agent()
{
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $path,
		syscalls: [{names: $ARGS.positional, action: "SCMP_ACT_NOTIFY"}]}' --arg path "$DIR/agent" --args -- "$@"
	listen_as_agent
}

asked()
{
	wait "$listener" || fail "$(<"$DIR/asked")"
	[[ $(<"$DIR/asked") == "$1"* ]] || fail "$(<"$DIR/asked")"
}

@test "an agent is there for what the runtime itself calls after a filter is loaded during create" {
	config '.process.noNewPrivileges = false'
	agent capset
	args sh -c 'cd /tmp'
	timeout 20 "$TARE" --root "$ROOT" create --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/stdout" 2>&1 || fail "$(<"$DIR/stdout")"
	quietly start "$CT"
	asked 'status creating'
	grep -q '^call ' "$DIR/asked" || fail "capset was not asked about" "$(<"$DIR/asked")"
}

@test "with noNewPrivileges the agent comes with the start" {
	config '.process.noNewPrivileges = true'
	agent chdir
	args sh -c 'cd /tmp'
	create "$CT"
	[[ ! -s $DIR/asked ]] || fail "asked before the start"
	quietly start "$CT"
	asked 'status created'
	[[ $(grep -c '^call ' "$DIR/asked") -eq 1 ]] || fail "$(<"$DIR/asked")"
}

@test "create fails, and leaves nothing, when the agent is not there" {
	config '.process.noNewPrivileges = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/nowhere/agent",
		syscalls: [{names: ["capset"], action: "SCMP_ACT_NOTIFY"}]}'
	refuses "cannot connect to the seccomp agent at '/nowhere/agent'" create --bundle "$BUNDLE" "$CT"
	refuses 'does not exist' state "$CT"
}

# calls_of_init FILE: each call that a process of the container makes in a trace, up to the execve(2) of its program: all processes
# but the first one, which is tare, and of a builder as well.
calls_of_init()
{
	local host
	host=$(awk '{ print $1; exit }' "$1")
	# sigaltstack is a call of the sanitizers alone, which cannot do without it.
	sed '/ execve("\/bin\/true"/q' "$1" | sed -nE "/^$host /d; /sigaltstack/d; s/^[0-9]+ +([a-z0-9_]+)\(.*/\1/p" | sort -u
}

# calls_of_program FILE: each call behind it, of all processes.
calls_of_program()
{
	sed '1,/ execve("\/bin\/true"/d' "$1" | sed -nE 's/^[0-9]+ +([a-z0-9_]+)\(.*/\1/p' | sort -u
}

# runs_or_says CALL: the container runs, or create says which call it needs.
runs_or_says()
{
	run timeout 20 "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT" </dev/null
	says_call "$1"
}

# says_call CALL [STATUS]: the last command did it, or ended with that status (1) and named the call.
says_call()
{
	[[ $status -eq 0 || ($status -eq ${2:-1} && $output == *": linux.seccomp: expected "*"a policy that allows $1"[,\ ]*) ]] ||
		fail "$1: exit $status: $output"
}

# deny_each_call: what runs_or_says says for each call of init that the program does not make itself, in a policy that denies it by
# an errno, and in one that kills. Counts into $said what was refused.
deny_each_call()
{
	local call all
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
	traceable strace -f -qq -o "$DIR/trace" "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/said" 2>&1 ||
		fail "$(<"$DIR/said")"
	mapfile -t all < <(calls_of_init "$DIR/trace")
	((${#all[@]} > 30)) || fail "${all[*]}"
	for call in "${all[@]}"; do
		config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: [$call], action: "SCMP_ACT_ERRNO"}]}' \
			--arg call "$call"
		# What the program itself needs as well may fail in it.
		! grep -qx "$call" <(calls_of_program "$DIR/trace") || continue
		runs_or_says "$call"
		[[ $status -eq 0 ]] || said=$((said + 1))
		config '.linux.seccomp.syscalls[0].action = "SCMP_ACT_KILL_PROCESS"'
		runs_or_says "$call"
	done
}

@test "a policy that denies a call of init lets the program run, or is refused with the name of the call" {
	local privileges said=0
	args true
	for privileges in false true; do
		config ".process.noNewPrivileges = $privileges"
		deny_each_call
	done
	((said > 5)) || fail "$said"
}

@test "and so it is with startContainer hooks, which run behind the filter" {
	local privileges said=0
	config '.hooks.startContainer = [{path: "/bin/busybox", args: ["true"]}]'
	args true
	for privileges in false true; do
		config ".process.noNewPrivileges = $privileges"
		deny_each_call
		grep -qx pipe2 <(calls_of_init "$DIR/trace") || fail "no hook"
	done
	((said > 12)) || fail "$said"
}

@test "and so it is in a pid namespace that is joined, where a builder clones the program's process" {
	local privileges said=0
	needs_root "a pid namespace can be joined only by who has rights over it"
	args sleep 1000
	running "$CT-other"
	config '.linux.namespaces |= map(if .type == "pid" then .path = $path else . end) |
		.process.rlimits += [{type: "RLIMIT_NPROC", soft: 1000, hard: 1000}]' --arg path "/proc/$(state_of "$CT-other" .pid)/ns/pid"
	args true
	for privileges in false true; do
		config ".process.noNewPrivileges = $privileges"
		deny_each_call
		grep -qx clone <(calls_of_init "$DIR/trace") || fail "no builder"
	done
	((said > 7)) || fail "$said"
}

@test "exec into a container whose policy denies a call of the builder runs the program, or says the call" {
	local call all said=0
	args sleep 1000
	config '.process.noNewPrivileges = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
	running "$CT"
	traceable strace -f -qq -o "$DIR/trace" "$TARE" --root "$ROOT" exec "$CT" /bin/true </dev/null >"$DIR/said" 2>&1 || fail "$(<"$DIR/said")"
	quietly delete --force "$CT"
	mapfile -t all < <(calls_of_init "$DIR/trace")
	[[ " ${all[*]} " == *" clone "*" setsid "* ]] || fail "${all[*]}"
	for call in "${all[@]}"; do
		! grep -qx "$call" <(calls_of_program "$DIR/trace") || continue
		config '.linux.seccomp.syscalls[0].names = [$call]' --arg call "$call"
		detached create --bundle "$BUNDLE" "$CT"
		if [[ $status -ne 0 ]]; then
			output=$stderr
			says_call "$call"
			continue
		fi
		quietly start "$CT"
		run timeout 20 "$TARE" --root "$ROOT" exec "$CT" /bin/true </dev/null
		says_call "$call" 255
		[[ $status -eq 0 ]] || said=$((said + 1))
		quietly delete --force "$CT"
	done
	((said > 1)) || fail "$said"
}

@test "startContainer hooks run with a policy that denies clone3, as those of managers do" {
	local privileges
	config '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "echo ran >/dev/shm/hook"]}] | .linux.seccomp =
		{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38}]}'
	args cat /dev/shm/hook
	for privileges in false true; do
		config ".process.noNewPrivileges = $privileges"
		run -0 tare run --bundle "$BUNDLE" "$CT"
		[[ $output == ran ]] || fail "$output"
	done
}

@test "a policy against sockets is none against init, also without noNewPrivileges" {
	config '.process.noNewPrivileges = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["socket", "sendmsg", "recvmsg", "faccessat2", "getresuid", "getresgid"], action: "SCMP_ACT_ERRNO"}]}'
	args true
	run -0 tare run --bundle "$BUNDLE" "$CT"
	args sleep 1000
	running "$CT-b"
	run -0 tare exec "$CT-b" true
}

@test "an allow-list of what the program calls and the few calls of init is enough" {
	local own privileges
	args true
	traceable strace -f -qq -o "$DIR/trace" "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/said" 2>&1 ||
		fail "$(<"$DIR/said")"
	own=$(calls_of_program "$DIR/trace" | jq --raw-input . | jq --slurp --compact-output .)
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", syscalls: [{action: "SCMP_ACT_ALLOW", names: ($own + ["capset", "prctl",
		"read", "write", "accept4", "close", "rt_sigaction", "rt_sigprocmask", "execve"])}]}' --argjson own "$own"
	for privileges in false true; do
		config ".process.noNewPrivileges = $privileges"
		run -0 tare run --bundle "$BUNDLE" "$CT"
	done
}

# kept: how many compiled filters there are, and when they were written
kept()
{
	stat -c '%n %Y %i' "$ROOT"/@seccomp/*
}

@test "a filter is compiled once for all containers with the same policy, and holds in each" {
	policy='{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 36}]}'
	config ".linux.seccomp = $policy"
	args sh -c 'mkdir /tmp/x 2>&1; true'
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == *'File name too long'* ]] || fail "$output"
	first=$(kept)
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == *'File name too long'* ]] || fail "$output"
	[[ $(kept) == "$first" ]] || fail "$(kept)"

	config '.linux.seccomp.syscalls[0].errnoRet = 12'
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == *'Out of memory'* || $output == *'Cannot allocate memory'* ]] || fail "$output"
	[[ $(kept | wc -l) -eq 2 ]] || fail "$(kept)"
	run -0 tare list --quiet
	[[ -z $output ]] || fail "$output"
}

@test "a kept filter that was damaged is compiled again" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 36}]}'
	args sh -c 'mkdir /tmp/x 2>&1; true'
	quietly run --bundle "$BUNDLE" "$CT" >/dev/null || true
	for file in "$ROOT"/@seccomp/*; do
		truncate --size=-8 "$file"
	done
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == *'File name too long'* ]] || fail "$output"
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == *'File name too long'* ]] || fail "$output"
}

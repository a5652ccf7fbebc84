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

# calls_of_init FILE: each call of the container's process in a trace, up to the execve(2) of its program, which makes the rest.
calls_of_init()
{
	local pid
	pid=$(awk '/ execve\("\/bin\/true"/ { print $1; exit }' "$1")
	sed -nE "s/^$pid +([a-z0-9_]+)\(.*/\1/p" "$1" | sed '/^execve$/q' | sort -u
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
	[[ $status -eq 0 || ($status -eq 1 && $output == *"config.json:"*": linux.seccomp: expected "*"a policy that allows $1, "*) ]] ||
		fail "$1: exit $status: $output"
}

@test "a policy that denies a call of init lets the program run, or is refused with the name of the call" {
	local call privileges all said=0
	args true
	for privileges in false true; do
		config ".process.noNewPrivileges = $privileges | .linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\",
			syscalls: [{names: [\"acct\"], action: \"SCMP_ACT_ERRNO\"}]}"
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
	done
	((said > 5)) || fail "$said"
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

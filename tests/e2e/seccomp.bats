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

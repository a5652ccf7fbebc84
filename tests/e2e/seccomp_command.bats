#!/usr/bin/env bats
# tare seccomp: what a policy does, told by its filter. What a filter does to a program is oci-conformance/seccomp.bats.

load helpers

# policy POLICY: that of the bundle, as jq has it. Its filter is loaded at the start.
policy()
{
	config '.process.noNewPrivileges = true | .linux.seccomp = '"$1"
}

# A policy with each kind of rule.
every_kind()
{
	policy '{defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], syscalls: [
		{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 13},
		{names: ["personality"], action: "SCMP_ACT_KILL_PROCESS", args: [{index: 0, value: 8, op: "SCMP_CMP_EQ"}]},
		{names: ["mkdir"], action: "SCMP_ACT_LOG"}]}'
}

# where TEXT: "config.json:LINE:COLUMN" of the text in the configuration, which it has once.
where()
{
	awk -v text="$1" 'index($0, text) { print "config.json:" NR ":" index($0, text) }' "$BUNDLE/config.json"
}

has()
{
	[[ $output == *"$1"* ]] || fail "wanted: $1" "got:" "$output"
}

has_not()
{
	[[ $output != *"$1"* ]] || fail "not wanted: $1" "got:" "$output"
}

@test "seccomp shows the calls with the same answer together, and a further architecture where it differs" {
	every_kind
	run -0 --separate-stderr tare seccomp --bundle "$BUNDLE"
	[[ -z $stderr ]]
	[[ ${lines[0]} == 'filter '*' instructions, made of linux.seccomp' ]] || fail "$output"
	has "default   SCMP_ACT_ALLOW, from $(where '"SCMP_ACT_ALLOW"'): linux.seccomp.defaultAction"
	has 'loaded    during start, since process.noNewPrivileges is set'
	has 'needed    behind the filter, before the program runs, and let through:'
	has 'the architecture of this machine'
	has $'  SCMP_ACT_ERRNO EACCES: 2 calls\n      mkdir mkdirat\n'
	has $'      personality\n          SCMP_ACT_KILL_PROCESS if args[0] == 8  # linux.seccomp.syscalls[1]\n          SCMP_ACT_ALLOW otherwise\n'
	has '  SCMP_ACT_ALLOW, the default action: '
	has $'any other architecture\n  SCMP_ACT_KILL_THREAD: all calls'
	# Nobody wants to read the three hundred calls that are let through.
	has_not ' openat'
	((${#lines[@]} < 40))
}

@test "seccomp --call tells the rule that decides, with its place, and the rules that do not" {
	every_kind
	run -0 --separate-stderr tare seccomp --bundle "$BUNDLE" --call mkdirat
	[[ -z $stderr ]]
	has ': SCMP_ACT_ERRNO EACCES, after '
	has $'\n    SCMP_ACT_ERRNO EACCES\n        '"$(where '"mkdirat"'): linux.seccomp.syscalls[0].names[1]"
	run -0 tare seccomp --bundle "$BUNDLE" --call mkdir --arch x86_64
	has 'x86_64: mkdir, number 83: SCMP_ACT_ERRNO EACCES, after '
	has 'without effect: SCMP_ACT_LOG: a rule in front of it has no conditions'
	has 'linux.seccomp.syscalls[2].names[0]'
	run -0 tare seccomp --bundle "$BUNDLE" --call close --arch x86_64
	has 'SCMP_ACT_ALLOW, the default action, since no rule names it'
	run -0 tare seccomp --bundle "$BUNDLE" --call openat --arch aarch64 --args 1,2,3
	has 'aarch64: openat(1, 2, 3), number 56: SCMP_ACT_KILL_THREAD, after '
	has 'since the policy does not have SCMP_ARCH_AARCH64'
}

@test "seccomp --args decide, in each way to write a number" {
	every_kind
	run -0 tare seccomp --bundle "$BUNDLE" --call personality --arch x86_64
	has 'x86_64: personality, number 135: depends on its arguments'
	for word in 8 0x8 8,1,2,3,4,5; do
		run -0 tare seccomp --bundle "$BUNDLE" --call personality --arch x86_64 --args "$word"
		has ': SCMP_ACT_KILL_PROCESS, after '
		has $'\n => SCMP_ACT_KILL_PROCESS if args[0] == 8\n'
	done
	for word in 0 9 -8 0,8 18446744073709551615; do
		run -0 tare seccomp --bundle "$BUNDLE" --call personality --arch x86_64 --args "$word"
		has ': SCMP_ACT_ALLOW, after '
		has $'\n => SCMP_ACT_ALLOW otherwise'
	done
	run -0 tare seccomp --bundle "$BUNDLE" --call personality --arch x86_64 --args=-1
	has 'personality(0xffffffffffffffff), number'
	# The upper half is no part of the argument, which is an int.
	for arch in x86 x86_64; do
		run -0 tare seccomp --bundle "$BUNDLE" --call personality --arch "$arch" --args 0x800000008
		has ': SCMP_ACT_KILL_PROCESS, after '
	done
	run -0 tare seccomp --bundle "$BUNDLE" --call personality --arch x86_64 --format json
	[[ $(jq '.. | .args? // empty | .[].bits' <<<"$output" | sort -u) == 32 ]] || fail "$output"
}

@test "seccomp takes the numbers of the audit log" {
	every_kind
	run -0 tare seccomp --bundle "$BUNDLE" --call 83 --arch c000003e
	has 'x86_64: mkdir, number 83: SCMP_ACT_ERRNO EACCES'
	run -0 tare seccomp --bundle "$BUNDLE" --call 39 --arch 0x40000003
	has 'x86: mkdir, number 39: SCMP_ACT_ERRNO EACCES'
	run -0 tare seccomp --bundle "$BUNDLE" --call 5000 --arch SCMP_ARCH_X86_64
	has 'x86_64: number 5000: SCMP_ACT_ALLOW'
}

@test "seccomp tells that a call is newer than the policy" {
	policy '{defaultAction: "SCMP_ACT_ERRNO", syscalls: [{names: ["read", "execve", "rt_sigaction", "rt_sigprocmask"],
		action: "SCMP_ACT_ALLOW"}]}'
	run -0 tare seccomp --bundle "$BUNDLE"
	has '  SCMP_ACT_ERRNO ENOSYS, newer than the policy: all calls above number '
	has $'  SCMP_ACT_ERRNO EPERM, the default action: '
	run -0 tare seccomp --bundle "$BUNDLE" --call clone3
	has ': SCMP_ACT_ERRNO ENOSYS, after '
	has 'since it is newer than the policy, which names no number above '
}

@test "seccomp tells both ways to make a call of i386" {
	policy '{defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], syscalls: [
		{names: ["socket"], action: "SCMP_ACT_ERRNO", args: [{index: 0, value: 40, op: "SCMP_CMP_EQ"}]}]}'
	run -0 tare seccomp --bundle "$BUNDLE" --call socket --arch x86 --args 2
	has 'x86: socket(2), number 359: SCMP_ACT_ALLOW'
	has 'x86: socket by socketcall, number 102: SCMP_ACT_ERRNO EPERM'
	run -0 tare seccomp --bundle "$BUNDLE" --call socketcall --arch x86 --args 2
	has 'x86: socketcall(2), number 102: SCMP_ACT_ALLOW'
	run -0 tare seccomp --bundle "$BUNDLE"
	has '      socketcall(socket)'
}

@test "what seccomp says of a call is what the kernel does with it" {
	every_kind
	run -0 tare seccomp --bundle "$BUNDLE" --call mkdir --arch x86_64
	has ': SCMP_ACT_ERRNO EACCES'
	args sh -c 'mkdir /tmp/new'
	detached run --bundle "$BUNDLE" "$CT"
	[[ $status -eq 1 && $stderr == *'ermission denied'* ]] || fail "$status: $output"
}

@test "seccomp lists names that mean no call, and warns of slips" {
	policy '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdri", "frobnicate", "arm_fadvise64_64"],
		action: "SCMP_ACT_ERRNO"}]}'
	run -0 --separate-stderr tare seccomp --bundle "$BUNDLE"
	has $'skipped   names that this libseccomp does not know:\n          mkdri frobnicate\n'
	has $'skipped   names of calls that only other architectures have:\n          arm_fadvise64_64\n'
	has 'warning   linux.seccomp.syscalls[0].names[0]: ignoring the unknown system call "mkdri": did you mean "mkdir"?'
	refuses "option --call: 'frobnicate' is in the policy, linux.seccomp.syscalls[0].names[1], and passed over, since libseccomp" \
		seccomp --bundle "$BUNDLE" --call frobnicate
}

@test "seccomp sends no control character of a policy to the terminal" {
	policy '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["clear\u001b[2J", "two\nlines", "csi\u009b2J", "ümlaut"],
		action: "SCMP_ACT_ERRNO"}]}'
	run -0 --separate-stderr tare seccomp --bundle "$BUNDLE"
	has $'skipped   names that this libseccomp does not know:\n          clear\\x1b[2J two\\nlines csi\\xc2\\x9b2J ümlaut\n'
	has_not $'\e'
	has_not $'\xc2\x9b'
}

@test "seccomp shows a policy that create refuses, and why it does" {
	policy '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["execve"], action: "SCMP_ACT_ERRNO"}]}'
	run -0 --separate-stderr tare seccomp --bundle "$BUNDLE"
	has 'refused   expected a policy that allows execve, without which the program cannot begin'
	has 'needed    behind the filter, before the program runs:'
	has $'  SCMP_ACT_ERRNO EPERM: 1 call\n      execve\n'
	run -0 --separate-stderr tare seccomp --bundle "$BUNDLE" --call execve
	has ': SCMP_ACT_ERRNO EPERM, after '
	refuses 'expected a policy that allows execve, without which the program cannot begin' create --bundle "$BUNDLE" "$CT"
	run -0 --separate-stderr tare seccomp --bundle "$BUNDLE" --format json
	jq -e '(.problems | length == 1) and any(.needs[]; .name == "execve" and .denied)' <<<"$output"
}

@test "seccomp tells flags and the agent" {
	policy '{defaultAction: "SCMP_ACT_ALLOW", flags: ["SECCOMP_FILTER_FLAG_LOG"], listenerPath: "/run/agent",
		syscalls: [{names: ["mount"], action: "SCMP_ACT_NOTIFY"}]}'
	config '.process.noNewPrivileges = false'
	run -0 --separate-stderr tare seccomp --bundle "$BUNDLE"
	has $'flags     SECCOMP_FILTER_FLAG_LOG\n'
	has $'agent     /run/agent\n'
	has 'loaded    during create, since process.noNewPrivileges is not set'
	has $'\n          capset'
	has_not 'lacking'
	has_not pipe2
	config '.hooks.startContainer = [{path: "/bin/true"}]'
	run -0 tare seccomp --bundle "$BUNDLE"
	has ' pipe2 '
}

@test "seccomp of a container is about its stored filter, whatever the bundle says by then" {
	every_kind
	create "$CT"
	policy '{defaultAction: "SCMP_ACT_ALLOW"}'
	run -0 --separate-stderr tare seccomp "$CT"
	[[ -z $stderr ]]
	has "instructions, with which the container $CT was created"
	has $'  SCMP_ACT_ERRNO EACCES: 2 calls\n      mkdir mkdirat\n'
	has_not outdated
	run -0 tare seccomp "$CT" --call mkdir --arch x86_64
	has 'x86_64: mkdir, number 83: SCMP_ACT_ERRNO EACCES'
	tare seccomp "$CT" --format json --call mkdir --arch x86_64 | jq -e '.answers[0].answer.action == "SCMP_ACT_ERRNO"'
	# A filter that another version made: it lets everything through.
	printf '\x06\0\0\0\0\0\xff\x7f' >"$ROOT/$CT/seccomp"
	run -0 tare seccomp "$CT"
	has 'filter    1 instructions'
	has 'outdated  this version of tare or libseccomp makes another filter of the policy'
	run -0 tare seccomp "$CT" --call mkdir --arch x86_64
	has 'x86_64: mkdir, number 83: SCMP_ACT_ALLOW, after 1 of 1 instructions'
	has 'The policy says otherwise: another version of tare or libseccomp made the filter.'
	tare seccomp "$CT" --format json --call mkdir | jq -e '.outdated and .answers[0].differs'
	refuses 'container does not exist' seccomp "$CT-other"
}

@test "a stored filter that is damaged is refused, by seccomp and by exec" {
	local bytes
	every_kind
	running
	for bytes in '' '\x06\0\0' '\x06\0\0\0\0\0\xff\x7f\0'; do
		printf '%b' "$bytes" >"$ROOT/$CT/seccomp"
		refuses "the seccomp filter of '$CT' is damaged: it has " seccomp "$CT"
		refuses "the seccomp filter of '$CT' is damaged: it has " seccomp "$CT" --disassemble
		detached exec "$CT" true
		[[ $status -eq 255 && $stderr == *"the seccomp filter of '$CT' is damaged: it has "* ]] || fail "$status: $output"
	done
}

@test "seccomp knows a filter that came compiled, but no rules" {
	# It lets everything through but calls above number 500, for which it returns EACCES.
	config '.annotations["run.oci.seccomp_bpf_data"] = "IAAAAAAAAAAlAAEA9AEAAAYAAAAAAP9/BgAAAA0ABQA="'
	run -0 --separate-stderr tare seccomp --bundle "$BUNDLE"
	has 'filter    4 instructions, from the annotation run.oci.seccomp_bpf_data'
	has 'The filter came compiled; these are its answers to calls whose arguments are 0.'
	has_not 'default '
	run -0 tare seccomp --bundle "$BUNDLE" --call 501
	has ': SCMP_ACT_ERRNO EACCES, after 3 of 4 instructions'
	has 'The filter came compiled: no rules are known. It was asked with arguments of 0.'
	tare seccomp --bundle "$BUNDLE" --format json | jq -e .compiledElsewhere
	run -0 tare seccomp --bundle "$BUNDLE" --disassemble
	[[ ${lines[1]} == '   1  if A > 500 goto 3, else 2'* ]] || fail "$output"
}

@test "seccomp --disassemble numbers the instructions, and names calls, architectures and actions" {
	every_kind
	run -0 --separate-stderr tare seccomp --bundle "$BUNDLE" --disassemble
	[[ -z $stderr ]]
	[[ ${lines[0]} == '   0  A = architecture' ]]
	has '  # x86_64'
	has '# from personality on'
	has 'return SCMP_ACT_ERRNO EACCES'
	has 'return SCMP_ACT_KILL_THREAD'
	[[ ${#lines[@]} -eq $(tare seccomp --bundle "$BUNDLE" --format json | jq .instructions) ]]
	# Each jump leads to a later instruction that is there.
	awk -v n=${#lines[@]} '{
		for (i = 1; i <= NF; i++)
			if (($i == "goto" || $i == "else") && ($(i + 1) + 0 <= $1 || $(i + 1) + 0 >= n))
				exit 1
	}' <<<"$output"
	tare seccomp --bundle "$BUNDLE" -d --format json |
		jq -e --argjson n ${#lines[@]} '(.instructions | length) == $n and .instructions[0].text == "A = architecture"'
}

@test "seccomp --format json has each call with its rules" {
	every_kind
	run -0 --separate-stderr tare seccomp --bundle "$BUNDLE" --format json
	[[ -z $stderr ]]
	jq -e '.default.action == "SCMP_ACT_ALLOW" and .loadedDuring == "start" and .architectures[0].own
		and (.architectures[0].calls | length > 300)
		and (.architectures[0].calls[] | select(.name == "mkdirat") | .answer
			| .action == "SCMP_ACT_ERRNO" and .errno == "EACCES" and .by == "rule"
			and .place == "linux.seccomp.syscalls[0].names[1]" and .line > 1 and .column > 1)
		and (.architectures[0].calls[] | select(.name == "personality")
			| .answer == null and (.cases | length == 2) and .cases[0].args[0].value == 8)' <<<"$output"
	[[ $(tare seccomp --bundle "$BUNDLE" --format json --arch x86 | jq -r '.architectures[].name') == SCMP_ARCH_X86 ]]
}

@test "seccomp reads another configuration by name, and one from a pipe" {
	every_kind
	mv "$BUNDLE/config.json" "$BUNDLE/other.json"
	run -0 tare seccomp --bundle "$BUNDLE" --config other.json --call mkdir --arch x86_64
	has 'other.json:'
	run -0 tare seccomp --config "$BUNDLE/other.json" --call mkdir --arch x86_64
	has ': SCMP_ACT_ERRNO EACCES'
	# A user may not open the pipe of root.
	if [[ ! ${E2E_USER-} ]]; then
		run -0 tare seccomp --config <(cat "$BUNDLE/other.json") --call mkdir --arch x86_64
		has ': SCMP_ACT_ERRNO EACCES'
	fi
	refuses "no such file or directory" seccomp --bundle "$BUNDLE"
}

@test "seccomp says that there is no policy, and what is wrong with one" {
	config 'del(.linux.seccomp)'
	refuses 'config.json has no linux.seccomp: no filter is loaded, and each system call is let through' \
		seccomp --bundle "$BUNDLE"
	create "$CT"
	refuses 'the configuration of the container has no linux.seccomp' seccomp "$CT"
	policy '{defaultAction: "SCMP_ACT_ALLOW", defaultErrnoRet: 1}'
	refuses 'linux.seccomp.defaultErrnoRet: expected none, since SCMP_ACT_ALLOW returns no errno' seccomp --bundle "$BUNDLE"
}

@test "seccomp refuses what it does not understand, with the choices" {
	every_kind
	at() { refuses "$1" seccomp --bundle "$BUNDLE" "${@:2}"; }
	at "option --call: unknown system call 'opnat': did you mean 'openat'?" --call opnat
	at "option --call: expected the name or the number of a system call, found 'x y'" --call 'x y'
	at "option --call: expected the name or the number of a system call, found '-1'" --call -1
	at "option --call: there is no system call 'chown32' on x86_64" --call chown32 --arch x86_64
	at "option --arch: expected one of x86, x86_64, " --arch amiga
	at "or a number such as c000003e, found 'amiga'" --arch amiga
	for word in '' 1, ,1 01 0x 0xg 1e3 +1 ' 1' --1 -0 1.5 0x11111111111111111 18446744073709551616 -9223372036854775809; do
		at "option --args: expected numbers such as 3,0x80000,-100, found '" --call read "--args=$word"
	done
	at "option --args: expected at most six numbers, found '1,2,3,4,5,6,7'" --call read --args 1,2,3,4,5,6,7
	at "option --args needs --call" --args 1
	at "option --disassemble goes without --call and --arch" --disassemble --call read
	at "option --format: expected text or json, found 'yaml'" --format yaml
	refuses "seccomp: expected a container or a bundle, found both" seccomp "$CT" --bundle "$BUNDLE"
	refuses 'invalid container ID format' seccomp a/b
	refuses "unexpected argument 'b'" seccomp a b
}

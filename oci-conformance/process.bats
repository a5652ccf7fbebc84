# process: the program and its surroundings.

load lib

# status_line NAME: a line of the /proc/self/status that the program printed
status_line() {
	sed -n "s/^$1:[[:space:]]*//p" <<<"$output"
}

@test "process: a configuration without it MUST be accepted by create" {
	config 'del(.process)'
	must create
	is created
}

# --- args, env, cwd ---------------------------------------------------------------------------------------------------

@test "process.args: they reach the program unchanged" {
	program sh -c 'for a in "$0" "$@"; do echo "<$a>"; done' 'two words' '' '$HOME' $'line\nbreak' '-x'
	prints $'<two words>\n<>\n<$HOME>\n<line\nbreak>\n<-x>'
}

@test "process.args: an empty array MUST generate an error" {
	config '.process.args = []'
	fails
}

@test "process.args: a process without them MUST generate an error" {
	config 'del(.process.args)'
	fails
}

@test "process.args: the first is looked up in the PATH of process.env" {
	mkdir "$ROOTFS/opt/place"
	printf '#!/bin/sh\necho found\n' >"$ROOTFS/opt/place/a-program"
	chmod 755 "$ROOTFS/opt/place/a-program"
	config '.process.env = ["PATH=/nowhere:/opt/place:/bin"]'
	prints found a-program
}

@test "process.args: the first of several matches in PATH is taken" {
	local place
	for place in one two; do
		mkdir "$ROOTFS/opt/$place"
		printf '#!/bin/sh\necho %s\n' "$place" >"$ROOTFS/opt/$place/a-program"
		chmod 755 "$ROOTFS/opt/$place/a-program"
	done
	config '.process.env = ["PATH=/opt/one:/opt/two:/bin"]'
	prints one a-program
}

@test "process.args: a first one with a slash is a path, relative to process.cwd" {
	printf '#!/bin/sh\necho found\n' >"$ROOTFS/opt/a-program"
	chmod 755 "$ROOTFS/opt/a-program"
	config '.process.cwd = "/opt"'
	prints found ./a-program
}

@test "process.args: a program that is not there MUST generate an error in create or start" {
	program /nowhere/at/all
	fails
}

@test "process.args: a program that PATH does not lead to MUST generate an error in create or start" {
	program no-such-program
	fails
}

@test "process.args: a file that is not executable MUST generate an error in create or start" {
	program /etc/passwd
	fails
}

# The error could still be told: create and start would have to wait for what execve answers.
@test "process.args: a file that the kernel cannot execute MUST generate an error in create or start" {
	printf 'no program' >"$ROOTFS/opt/a-file"
	head -c 100 /dev/zero >>"$ROOTFS/opt/a-file"
	chmod 755 "$ROOTFS/opt/a-file"
	program /opt/a-file
	create
	[[ $status -ne 0 ]] || start
	if [[ $status -eq 0 ]]; then
		ended
		is stopped
		deviation "the program ends at once, and start has succeeded"
	fi
	startable
}

@test "process.env: it is the environment of the program" {
	config '.process.env += ["A=1", "B=two words", "C=", "D=x=y"]'
	script 'echo "<$A> <$B> <${C-unset}> <$D>"'
	prints '<1> <two words> <> <x=y>'
}

@test "process.env: the environment of the runtime stays outside" {
	RUNTIME_VARIABLE=1
	export RUNTIME_VARIABLE
	runs env
	[[ $output != *RUNTIME_VARIABLE* ]] || fail "found: $output"
}

@test "process.cwd: the program starts in it" {
	config '.process.cwd = "/opt"'
	prints /opt pwd
}

@test "process.cwd: a relative path MUST generate an error" {
	config '.process.cwd = "opt"'
	fails
}

@test "process.cwd: a process without it MUST generate an error" {
	config 'del(.process.cwd)'
	fails
}

@test "process.cwd: a file MUST generate an error in create or start" {
	config '.process.cwd = "/etc/passwd"'
	fails
}

@test "process: only the descriptors 0, 1 and 2 are open" {
	program probe fds
	exec 8</dev/null 9<"$WORK"
	must create
	exec 8<&- 9<&-
	must start
	ended
	said "0 1 2 "
}

@test "process: it has the standard streams that create had" {
	mkfifo "$WORK/input"
	exec 8<>"$WORK/input"
	script 'read line; echo "out $line"; echo "err $line" >&2'
	status=0
	runtime create --bundle "$BUNDLE" --pid-file "$WORK/$ID.pid" "$ID" <&8 >"$WORK/$ID.out" 2>"$WORK/$ID.err" || status=$?
	equal "$status" 0
	must start
	echo text >&8
	ended
	equal "$(cat "$WORK/$ID.out" "$WORK/$ID.err")" $'out text\nerr text'
}

# --- terminal ---------------------------------------------------------------------------------------------------------

# on_terminal PROGRAM...: runs it on a terminal; output is what came out of that
on_terminal() {
	config '.process.terminal = true'
	program "$@"
	"$PROBE" console "$WORK/socket" >"$WORK/console" 3>&- &
	eventually test -S "$WORK/socket"
	must create "$ID" --console-socket "$WORK/socket"
	must start
	ended
	wait "$!"
	output=$(tr -d '\r' <"$WORK/console")
}

@test "process.terminal: true gives the program a terminal on 0, 1 and 2" {
	on_terminal probe tty
	[[ $output == *"terminals 111"* ]] || fail "found: $output"
}

@test "process.terminal: true makes it the controlling terminal" {
	on_terminal probe tty
	[[ $output == *"controlling yes"* ]] || fail "found: $output"
}

@test "process.terminal: the owner of the console socket gets one descriptor, the other end" {
	on_terminal echo text
	equal "$output" $'received 1\ntext'
}

@test "process.terminal: true supplies /dev/console, the same terminal" {
	on_terminal sh -c 'test -c /dev/console && stat -L -c %t:%T /dev/console /dev/fd/0'
	[[ $output =~ ^received\ 1$'\n'([0-9a-f:]+)$'\n'([0-9a-f:]+)$ ]] || fail "found: $output"
	equal "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
}

@test "process.terminal: false and absent give the program no terminal" {
	prints $'terminals 000\ncontrolling no' probe tty
	must delete
	config '.process.terminal = false'
	prints $'terminals 000\ncontrolling no'
}

@test "process.consoleSize: it is the size of the terminal" {
	config '.process.consoleSize = {height: 31, width: 97}'
	on_terminal probe tty
	[[ $output == *"size 31 97"* ]] || fail "found: $output"
}

@test "process.consoleSize: without a terminal it MUST be ignored" {
	config '.process.consoleSize = {height: 31, width: 97}'
	prints hello echo hello
}

@test "process.consoleSize: an incomplete one without a terminal MUST be ignored" {
	config '.process.consoleSize = {height: 31}'
	prints hello echo hello
	must delete
	config '.process.terminal = false'
	prints hello echo hello
}

@test "process.consoleSize: a size without its width MUST generate an error" {
	config '.process.terminal = true | .process.consoleSize = {height: 31}'
	on_socket refused
	config '.process.consoleSize.width = 97'
	on_socket able
}

# on_socket VERDICT: create with a console socket
on_socket() {
	rm -f "$WORK/socket"
	"$PROBE" console "$WORK/socket" >"$WORK/console" 3>&- &
	eventually test -S "$WORK/socket"
	"$1" create "$ID" --console-socket "$WORK/socket"
	kill "$!" 2>/dev/null || true # it may have been called, and have ended
}

@test "process.commandLine: it belongs to another platform and is ignored" {
	config '.process.commandLine = "cmd /c dir"'
	prints hello echo hello
}

# --- limits and privileges --------------------------------------------------------------------------------------------

@test "process.rlimits: getrlimit MUST return exactly these" {
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}, {type: "RLIMIT_CORE", soft: 0, hard: 0},
		{type: "RLIMIT_STACK", soft: 1048576, hard: 2097153}]'
	prints $'RLIMIT_NOFILE 100 200\nRLIMIT_CORE 0 0\nRLIMIT_STACK 1048576 2097153' \
		probe rlimit RLIMIT_NOFILE RLIMIT_CORE RLIMIT_STACK
}

@test "process.rlimits: a number that a double cannot hold is exact" {
	local text
	program probe rlimit RLIMIT_FSIZE
	config '.process.rlimits = [{type: "RLIMIT_FSIZE", soft: "@SOFT@", hard: "@HARD@"}]'
	slurp text "$BUNDLE/config.json"
	text=${text/'"@SOFT@"'/9007199254740993}
	printf '%s\n' "${text/'"@HARD@"'/9007199254740995}" >"$BUNDLE/config.json"
	prints 'RLIMIT_FSIZE 9007199254740993 9007199254740995'
}

@test "process.rlimits: each type that the kernel knows is accepted" {
	config '.process.rlimits = ({
		AS: 1099511627776, CORE: 1, CPU: 1000, DATA: 1099511627776, FSIZE: 1099511627776, LOCKS: 1000, MEMLOCK: 65536,
		MSGQUEUE: 0, NICE: 0, NOFILE: 1000, NPROC: 1000, RSS: 1099511627776, RTPRIO: 0, RTTIME: 1000000000,
		SIGPENDING: 1000, STACK: 8388608
	} | to_entries | map({type: "RLIMIT_\(.key)", soft: .value, hard: .value}))'
	runs probe rlimit RLIMIT_{AS,CORE,CPU,DATA,FSIZE,LOCKS,MEMLOCK,MSGQUEUE,NICE,NOFILE,NPROC,RSS,RTPRIO,RTTIME,SIGPENDING,STACK}
	equal "$output" "$(jq -r '.process.rlimits[] | "\(.type) \(.soft) \(.hard)"' "$BUNDLE/config.json")"
}

@test "process.rlimits: an unknown type MUST generate an error" {
	config '.process.rlimits = [{type: "RLIMIT_NO_SUCH", soft: 100, hard: 200}]'
	fails '.process.rlimits[0].type = "RLIMIT_NOFILE"'
}

@test "process.rlimits: a type that is there twice MUST generate an error" {
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 100}, {type: "RLIMIT_NOFILE", soft: 50, hard: 50}]'
	fails 'del(.process.rlimits[1])'
}

@test "process.rlimits: an entry without a hard limit MUST generate an error" {
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100}]'
	fails '.process.rlimits[0].hard = 200'
}

@test "process.noNewPrivileges: true" {
	config '.process.noNewPrivileges = true'
	runs cat /proc/self/status
	equal "$(status_line NoNewPrivs)" 1
}

@test "process.noNewPrivileges: false" {
	config '.process.noNewPrivileges = false'
	runs cat /proc/self/status
	equal "$(status_line NoNewPrivs)" 0
}

@test "process.oomScoreAdj: when it is set the process MUST have it" {
	config '.process.oomScoreAdj = 901'
	prints 901 cat /proc/self/oom_score_adj
}

@test "process.oomScoreAdj: when it is not set it MUST NOT be changed" {
	echo 777 >/proc/self/oom_score_adj
	prints 777 cat /proc/self/oom_score_adj
}

@test "process.oomScoreAdj: a value out of range MUST generate an error" {
	config '.process.oomScoreAdj = 1001'
	fails '.process.oomScoreAdj = 901'
}

# bats test_tags=controllers
@test "process.apparmorProfile: the program is under it" {
	[[ -e /sys/kernel/security/apparmor/profiles ]] || skip "this kernel does not run AppArmor"
	config '.process.apparmorProfile = "unconfined"'
	prints unconfined cat /proc/self/attr/current
}

@test "process.selinuxLabel: the program has it" {
	[[ -d /sys/fs/selinux/booleans ]] || skip "this kernel does not run SELinux"
	config '.process.selinuxLabel = "system_u:system_r:container_t:s0:c1,c2"'
	runs cat /proc/self/attr/current
	[[ ${output%$'\0'} == system_u:system_r:container_t:s0:c1,c2 ]] || fail "found: $output"
}

# --- names and personality --------------------------------------------------------------------------------------------

@test "hostname: the container has it" {
	config '.hostname = "a-name"'
	prints a-name hostname
}

@test "hostname: the host keeps its own" {
	local before=$HOSTNAME
	config '.hostname = "a-name"'
	stays
	equal "$(uname -n)" "$before"
}

@test "domainname: the container has it" {
	config '.domainname = "a.domain"'
	prints a.domain cat /proc/sys/kernel/domainname
}

@test "linux.personality.domain: LINUX32" {
	[[ $(uname -m) == x86_64 ]] || skip "only known for x86_64"
	config '.linux.personality = {domain: "LINUX32"}'
	prints i686 uname -m
}

@test "linux.personality.domain: LINUX" {
	config '.linux.personality = {domain: "LINUX"}'
	prints "$(uname -m)" uname -m
}

@test "linux.personality.domain: an unknown one MUST generate an error" {
	config '.linux.personality = {domain: "LINUX31"}'
	invalid '.linux.personality.domain = "LINUX"'
}

@test "linux.personality.flags: there is none, so that any MUST generate an error" {
	config '.linux.personality = {domain: "LINUX", flags: ["NO_SUCH_FLAG"]}'
	invalid 'del(.linux.personality.flags)'
}

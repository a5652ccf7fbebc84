#!/usr/bin/env bats
# tare run: create, start, wait and delete in one command.

load helpers

@test "run gives the exit status of the program" {
	args true
	run -0 tare run --bundle "$BUNDLE" "$CT"
	args sh -c 'exit 37'
	run -37 tare run --bundle "$BUNDLE" "$CT"
	args false
	run -1 tare run --bundle "$BUNDLE" "$CT"
}

@test "run gives 128 and the signal when a signal ended the program" {
	local runtime signal
	needs_root "$SHARED_PIDS"
	for signal in 9 15 3; do
		args sh -c 'echo up; exec sleep 1000'
		# In a container without a pid namespace of its own, all signals have their default actions for the
		# program.
		config '.linux.namespaces |= map(select(.type != "pid"))'
		rm -f "$DIR/out"
		tare run --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/out" 2>&1 &
		runtime=$!
		wait_until written "$DIR/out"
		run -0 tare kill "$CT" "$signal"
		status=0
		wait "$runtime" || status=$?
		[[ $status -eq $((128 + signal)) ]] || fail "signal $signal: exit $status" "$(<"$DIR/out")"
	done
}

@test "run hands stdin, stdout and stderr to the program, each to its own" {
	args sh -c 'cat; echo error >&2'
	tare run --bundle "$BUNDLE" "$CT" <<<"line" >"$DIR/out" 2>"$DIR/err"
	[[ $(<"$DIR/out") == line ]]
	[[ $(<"$DIR/err") == error ]]
}

@test "run says nothing itself when all goes well" {
	run -0 --separate-stderr tare run --bundle "$BUNDLE" "$CT"
	[[ -z $output && -z $stderr ]]
}

@test "run takes the current directory as the bundle when none is named" {
	args echo here
	cd "$BUNDLE"
	run -0 tare run "$CT"
	[[ $output == here ]]
}

@test "run takes a bundle relative to the current directory, in the short form too" {
	args echo here
	cd "$DIR"
	run -0 tare run -b bundle "$CT"
	[[ $output == here ]]
	run -0 tare run --bundle=./bundle/ "$CT"
	[[ $output == here ]]
}

@test "run builds what the default config asks: pid 1, own mounts, host name, network and identity" {
	args sh -c 'echo pid=$$; hostname; sed "1,2d; s/:.*//; s/ *//" /proc/net/dev; id -u; pwd; ls -d /proc/[0-9]* | wc -l; touch /x 2>&1'
	config '.hostname = "box"'
	run tare run --bundle "$BUNDLE" "$CT"
	[[ ${lines[0]} == pid=1 ]]
	[[ ${lines[1]} == box ]]
	[[ ${lines[2]} == lo ]]
	[[ ${lines[3]} == 0 ]]
	[[ ${lines[4]} == / ]]
	[[ ${lines[5]} -le 3 ]]
	[[ ${lines[6]} == *"Read-only file system"* ]]
	[[ $status -eq 1 ]]
}

@test "run gives the program its arguments, environment and directory untouched" {
	args sh -c 'printf "<%s>" "$0" "$@"; echo; echo "$WORD"; pwd' 'a b' '' '$HOME' $'new\nline' '*'
	config '.process.env += ["WORD=x y=z"] | .process.cwd = "/root"'
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == $'<a b><><$HOME><new\nline><*>\nx y=z\n/root' ]]
}

@test "HOME is the home directory that the image gives the user, unless the config says what it is" {
	args sh -c 'echo "$HOME"'
	printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:7:7::/home/user:/bin/sh\n' >"$BUNDLE/rootfs/etc/passwd"
	config '.process.user.uid = 7 | .process.env |= map(select(startswith("HOME=") | not))'
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == /home/user ]] || fail "$output"
	config '.process.env += ["HOME=/srv"]'
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == /srv ]] || fail "$output"
}

# /proc/keys would show the keyrings of others, too.
@test "run makes a session keyring, and --no-new-keyring goes without" {
	args true
	traceable run -0 strace -f -qq -e trace=keyctl -o "$DIR/trace" "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT"
	[[ $(grep -c KEYCTL_JOIN_SESSION_KEYRING "$DIR/trace") -eq 1 ]] || fail "$(<"$DIR/trace")"
	traceable run -0 strace -f -qq -e trace=keyctl -o "$DIR/trace" "$TARE" --root "$ROOT" run --no-new-keyring --bundle "$BUNDLE" "$CT"
	! grep keyctl "$DIR/trace"
}

@test "run forwards the signals it gets to the program" {
	local runtime signal
	for signal in TERM INT HUP USR1 USR2; do
		args sh -c "trap 'echo got $signal; exit 5' $signal; echo up; while :; do sleep 1000 & wait; done"
		rm -f "$DIR/out"
		# A shell starts its background jobs with SIGINT ignored; env takes the default back.
		env --default-signal "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/out" 2>&1 &
		runtime=$!
		wait_until written "$DIR/out"
		kill -s "$signal" "$runtime"
		status=0
		wait "$runtime" || status=$?
		[[ $status -eq 5 && $(<"$DIR/out") == $'up\ngot '"$signal" ]] || fail "$signal: exit $status" "$(<"$DIR/out")"
	done
}

@test "run removes the container at the end, and --keep keeps it" {
	run -0 tare run --bundle "$BUNDLE" "$CT"
	refuses "container does not exist" state "$CT"
	run -0 tare run --keep --bundle "$BUNDLE" "$CT"
	has_status "$CT" stopped
	[[ $(state_of "$CT" .pid) -eq 0 ]]
	run -0 tare delete "$CT"
}

@test "run --detach leaves a running container and ends" {
	args sleep 1000
	quietly run --detach --bundle "$BUNDLE" --pid-file "$DIR/pid" "$CT"
	has_status "$CT" running
	[[ $(<"$DIR/pid") == "$(state_of "$CT" .pid)" ]]
	[[ $(tr '\0' ' ' <"/proc/$(<"$DIR/pid")/cmdline") == "sleep 1000 " ]]
	run -0 tare delete --force "$CT"
	quietly run -d --bundle "$BUNDLE" "$CT"
	has_status "$CT" running
}

@test "run --detach of a program that ends leaves a stopped container" {
	quietly run --detach --bundle "$BUNDLE" "$CT"
	wait_until has_status "$CT" stopped
	run -0 tare delete "$CT"
}

@test "run refuses an id that is in use and leaves the other container alone" {
	running
	refuses "container with given ID already exists" run --bundle "$BUNDLE" "$CT"
	has_status "$CT" running
}

@test "run of a program that is not there says so and leaves nothing" {
	args nope
	refuses 'exec: "nope": executable file not found in $PATH' run --bundle "$BUNDLE" "$CT"
	refuses "container does not exist" state "$CT"
	args /nope
	refuses 'exec: "/nope": stat /nope: no such file or directory' run --bundle "$BUNDLE" "$CT"
}

@test "run of what cannot be executed says so without 'no such file'" {
	args /etc
	refuses 'exec: "/etc": permission denied' run --bundle "$BUNDLE" "$CT"
	args /etc/passwd
	refuses 'exec: "/etc/passwd": permission denied' run --bundle "$BUNDLE" "$CT"
	[[ $stderr != *"no such file or directory"* ]]
}

@test "run writes no pid file when it fails" {
	args nope
	refuses "executable file not found" run --bundle "$BUNDLE" --pid-file "$DIR/pid" "$CT"
	[[ ! -e $DIR/pid ]]
}

@test "run ends with the program even when a process of it holds the output" {
	args sh -c 'sleep 1000 & echo started; exit 3'
	run -3 tare run --bundle "$BUNDLE" "$CT"
	[[ $output == started ]]
}

@test "run runs the hooks of all six kinds, in order" {
	local kind
	for kind in prestart createRuntime createContainer poststart poststop; do
		config '.hooks[$kind] = [{path: "/bin/sh", args: ["sh", "-c", "echo \($kind) >>\($log)"]}]' \
			--arg kind "$kind" --arg log "$BUNDLE/rootfs/hooks"
	done
	config '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "echo startContainer >>/hooks"]}]
		| .root.readonly = false'
	run -0 tare run --bundle "$BUNDLE" "$CT"
	[[ $(<"$BUNDLE/rootfs/hooks") == $'prestart\ncreateRuntime\ncreateContainer\nstartContainer\npoststart\npoststop' ]]
}

@test "run with a failing hook fails, runs the poststop hooks and leaves nothing" {
	local kind
	for kind in prestart createRuntime createContainer startContainer poststart; do
		config '.hooks = {($kind): [{path: "/bin/sh", args: ["sh", "-c", "exit 1"]}],
				poststop: [{path: "/bin/sh", args: ["sh", "-c", "echo poststop >\($log)"]}]}' \
			--arg kind "$kind" --arg log "$DIR/hooks-$kind"
		refuses "hook" run --bundle "$BUNDLE" "$CT"
		[[ $(<"$DIR/hooks-$kind") == poststop ]] || fail "no poststop after $kind"
		refuses "container does not exist" state "$CT"
	done
}

# A container without an init of its own that has an orphan, whose pid is in /tmp/orphan.
with_orphan()
{
	needs_root "$SHARED_PIDS"
	config '.root.readonly = false | .linux.namespaces |= map(select(.type != "pid"))'
	args sh -c 'sh -c "sleep 1000 & echo \$! >/tmp/orphan"; read -r line'
	mkfifo "$DIR/stdin"
	"$TARE" --root "$ROOT" run "$@" --bundle "$BUNDLE" "$CT" <>"$DIR/stdin" >"$DIR/out" 2>&1 3>&- &
	runtime=$!
	wait_until written "$BUNDLE/rootfs/tmp/orphan"
	orphan=$(<"$BUNDLE/rootfs/tmp/orphan")
}

has_parent()
{
	[[ $(parent_of "$1") == "$2" ]]
}

# Its parent has ended, and its new parent is no process of the container.
is_adopted()
{
	! grep -qx "$(parent_of "$1")" "$(cgroup_of "$1")/cgroup.procs"
}

reaped()
{
	[[ ! -e /proc/$1 ]]
}

@test "run reaps the orphans of a container that has no init of its own" {
	local orphan runtime
	with_orphan
	wait_until has_parent "$orphan" "$runtime"
	kill -KILL "$orphan"
	wait_until reaped "$orphan"
	echo >"$DIR/stdin"
	wait "$runtime"
}

@test "run --no-subreaper leaves orphans to the caller" {
	local orphan runtime
	with_orphan --no-subreaper
	wait_until is_adopted "$orphan"
	[[ $(parent_of "$orphan") != "$runtime" ]]
	echo >"$DIR/stdin"
	wait "$runtime"
	gone "$orphan"
}

@test "run gives the exit code of its program, whoever deletes the container" {
	local background
	args sh -c 'echo up; exec sleep 1000'
	tare run --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/out" 2>"$DIR/err" &
	background=$!
	wait_until written "$DIR/out"
	wait_until has_status "$CT" running
	quietly delete --force "$CT"
	status=0
	wait "$background" || status=$?
	[[ $status -eq 137 && ! -s $DIR/err ]] || fail "exit $status" "$(<"$DIR/err")"
}

# ends_with STATUS TEXT ARG...: a run of a program without output ends with this status, and the runtime prints this
# text and nothing else.
ends_with()
{
	detached "${@:3}"
	[[ $status -eq $1 && -z $stdout && $stderr == "$2" ]] || fail "wanted $1: $2" "got $status: $output"
}

@test "a program that its filter kills, or a limit of memory that is too low, ends with a word" {
	args mkdir /tmp/directory
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"],
		action: "SCMP_ACT_KILL_PROCESS"}]}'
	ends_with 159 "tare: the program was killed by signal 31 (SIGSYS): linux.seccomp forbids a system call that it made" \
		run --bundle "$BUNDLE" "$CT"
	# A condition that the plan cannot know to be met.
	config '.linux.seccomp.syscalls[0] |= (.names = ["execve"] | .args = [{index: 0, value: 0, op: "SCMP_CMP_NE"}])'
	ends_with 1 "tare run failed: the container's process was killed by signal 31 before its program ran: linux.seccomp forbids a system call that it made" run --bundle "$BUNDLE" "$CT"
	config 'del(.linux.seccomp) | .process.rlimits = [{type: "RLIMIT_AS", soft: 100000, hard: 100000}]'
	ends_with 139 "tare: the program was killed by signal 11 (SIGSEGV): process.rlimits: RLIMIT_AS of 100000 bytes may be too low" \
		run --bundle "$BUNDLE" "$CT"
}

@test "a filter that kills init is told as the reason of its end" {
	# A condition that the plan cannot know to be met.
	config '.process.noNewPrivileges = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["write"],
		action: "SCMP_ACT_KILL_PROCESS", args: [{index: 1, value: 0, op: "SCMP_CMP_NE"}]}]}'
	ends_with 1 "tare create failed: unable to start container process: the container's init ended unexpectedly: killed by signal 31 (SIGSYS): linux.seccomp forbids a system call that it made" create --bundle "$BUNDLE" "$CT"
}

@test "a program that is killed for no reason that the runtime knows ends without a word" {
	args sh -c 'kill -KILL $$'
	config '.linux.namespaces |= map(select(.type != "pid")) | .mounts |= map(select(.type != "proc"))
		| .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	ends_with 137 "" run --bundle "$BUNDLE" "$CT"
	running "$CT"
	ends_with 143 "" exec "$CT" sh -c 'kill $$'
}

#!/usr/bin/env bats
# exec: one more program in a container that is there.

load helpers

# inside ARG...: exec in the test's container, to be used with `run`.
inside()
{
	tare exec "$CT" "$@"
}

# fails TEXT ARG...: exec fails as it does when the program never ran: 255, a reason, and nothing on stdout.
fails()
{
	local text=$1
	shift
	detached exec "$@"
	stderr=${stderr//\\\"/\"}
	[[ $status -eq 255 && -z $stdout && $stderr == *"$text"* ]] ||
		fail "wanted exit 255 and '$text'" "got exit $status" "stdout: $stdout" "stderr: $stderr"
}

# process FILTER [JQ-OPTION...]: $DIR/process.json, made from a process of one word.
process()
{
	jq -n '{cwd: "/", args: ["true"], env: ["PATH=/bin"]} | '"$1" "${@:2}" >"$DIR/process.json"
}

@test "exec runs a program in all of the container's namespaces, and gives its exit code" {
	local pid kind
	running
	pid=$(state_of "$CT" .pid)
	run -0 inside sh -c 'for n in /proc/self/ns/*; do readlink $n; done; hostname'
	for kind in cgroup ipc mnt net pid uts; do
		[[ $output == *"$(readlink "/proc/$pid/ns/$kind")"* ]] || fail "another $kind namespace" "$output"
	done
	[[ $output == *"$(jq -r .hostname "$BUNDLE/config.json")" ]]
	run -37 inside sh -c 'exit 37'
	run -137 inside sh -c 'kill -KILL $$'
	run -0 inside printf '<%s>' -n --help -- x
	[[ $output == '<-n><--help><--><x>' ]]
}

@test "exec that never ran its program exits with 255 and says why" {
	running
	fails 'exec failed: unable to start container process: exec: "nope": executable file not found in $PATH' "$CT" nope
	fails 'exec: "/nope": stat /nope: no such file or directory' "$CT" /nope
	fails 'exec: "/etc": permission denied' "$CT" /etc
	fails 'chdir to cwd ("/nope") set in config.json failed: no such file or directory' --cwd /nope "$CT" true
	fails 'process args cannot be empty' "$CT"
	fails "unknown option '--nope'" --nope "$CT" true
	fails 'container does not exist' "$CT-other" true
}

@test "exec without a mount namespace is in the root of the container all the same" {
	needs_root "device nodes come from the host by mounts, which need a mount namespace"
	local kinds
	echo container >"$BUNDLE/rootfs/etc/whose"
	echo 'inside:x:7:7::/tmp:/bin/sh' >>"$BUNDLE/rootfs/etc/passwd"
	config 'del(.hostname, .mounts, .linux.maskedPaths, .linux.readonlyPaths) | .root.readonly = false'
	for kinds in '"mount"' '"mount", "pid"' '"mount", "cgroup", "ipc", "network", "pid", "uts"'; do
		config ".linux.namespaces |= map(select(.type | IN($kinds) | not))"
		running
		run -0 tare exec --user 7 "$CT" sh -c 'cat /etc/whose; pwd; echo $HOME; cat ../etc/whose'
		[[ $output == $'container\n/\n/tmp\ncontainer' ]] || fail "without $kinds:" "$output"
		quietly delete --force "$CT"
	done
}

@test "exec goes by the process of the configuration" {
	config '.process.cwd = "/tmp" | .process.user = {uid: 12, gid: 34, additionalGids: [56]} | .process.env += ["A=1", "B=2"]
		| .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 64, hard: 65}] | .process.noNewPrivileges = true'
	running
	run -0 inside sh -c 'pwd; id -u; id -g; id -G; echo $A$B; ulimit -n; grep -o "NoNewPrivs.*" /proc/self/status; ! tty'
	[[ ${lines[*]} == "/tmp 12 34 34 56 12 64 NoNewPrivs:	1 not a tty" ]] || fail "$output"
}

@test "the options of exec go before the configuration" {
	running
	run -0 tare exec --cwd /etc --user 7:8 -g 9 --additional-gids 10 -e A=1 --env B=2 -e A=3 --no-new-privs "$CT" \
		sh -c 'pwd; id -u; id -g; id -G; echo $A$B; grep -o "NoNewPrivs.*" /proc/self/status'
	[[ ${lines[*]} == "/etc 7 8 8 9 10 32 NoNewPrivs:	1" ]] || fail "$output"
	run -0 tare exec -u 7 "$CT" sh -c 'echo $(id -u) $(id -g)'
	[[ $output == "7 0" ]]
	fails "option --user: expected UID or UID:GID in numbers, found 'root'" -u root "$CT" true
	fails "option --user: expected UID or UID:GID in numbers, found '1:'" -u 1: "$CT" true
	fails "option --user: expected UID or UID:GID in numbers, found '4294967296'" -u 4294967296 "$CT" true
	fails "option --additional-gids: expected a number, found 'x'" -g x "$CT" true
	fails "option --cwd: expected an absolute path, found 'tmp'" --cwd tmp "$CT" true
	fails "option --env: expected NAME=VALUE" -e A "$CT" true
}

@test "CVE-2022-29162: a capability of --cap is no inheritable one" {
	config '.process.capabilities = {bounding: ["CAP_KILL"], permitted: ["CAP_KILL"], effective: ["CAP_KILL"]}'
	running
	run -0 tare exec --cap CAP_CHOWN "$CT" grep '^Cap' /proc/self/status
	[[ $output == *CapInh:?0000000000000000*CapPrm:?0000000000000021*CapEff:?0000000000000021*CapBnd:?0000000000000021*CapAmb:?0000000000000000* ]] ||
		fail "$output"
	fails "option --cap: unknown capability 'CAP_NOPE'" --cap CAP_NOPE "$CT" true
}

@test "exec --process takes a document, which is silent about nothing" {
	running
	process '.args = ["sh", "-c", "pwd; id -u; echo $A; umask"] | .cwd = "/etc" | .env += ["A=1"] | .user = {uid: 5, gid: 6, umask: 63}'
	run -0 tare exec --process "$DIR/process.json" "$CT"
	[[ ${lines[*]} == "/etc 5 1 0077" ]] || fail "$output"
	process '.args = [] | .cwd = 1'
	fails "$DIR/process.json:" -p "$DIR/process.json" "$CT"
	[[ $stderr == *": cwd: expected string, found integer"* ]]
	fails "no such file or directory" -p "$DIR/none" "$CT"
	process .
	fails "option --env cannot stand beside --process" -p "$DIR/process.json" -e A=1 "$CT"
	fails "a command cannot stand beside --process" -p "$DIR/process.json" "$CT" true
}

@test "a process document that is silent about rights has those of the container, and no more" {
	config '.process.capabilities = {bounding: ["CAP_KILL"], permitted: ["CAP_KILL"], effective: ["CAP_KILL"]}
		| .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 64, hard: 65}]'
	running
	process '.args = ["sh", "-c", "ulimit -n; grep CapEff /proc/self/status"]'
	run -0 tare exec -p "$DIR/process.json" "$CT"
	[[ ${lines[*]} == "64 CapEff:	0000000000000020" ]] || fail "$output"
}

@test "the seccomp filter of the container holds for exec, with and without noNewPrivileges" {
	local nnp
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 71}]}'
	running
	# The bundle's config has changed since the create, and does not count.
	config 'del(.linux.seccomp)'
	for nnp in true false; do
		process '.args = ["mkdir", "/tmp/x"] | .noNewPrivileges = $nnp' --argjson nnp "$nnp"
		run -1 tare exec -p "$DIR/process.json" "$CT"
		[[ $output == *"Protocol error"* ]] || fail "noNewPrivileges $nnp: $output"
	done
}

@test "an exec without the filter that the container has is refused" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}'
	running
	rm "$ROOT/$CT/seccomp"
	fails "the seccomp filter of '$CT' cannot be read" "$CT" true
}

@test "exec --detach leaves the process, and tells its pid" {
	local pid
	running
	detached exec --detach --pid-file "$DIR/pid" "$CT" sleep 1000
	[[ $status -eq 0 && -z $output ]] || fail "$output"
	pid=$(<"$DIR/pid")
	[[ $(tr '\0' ' ' <"/proc/$pid/cmdline") == "sleep 1000 " ]]
	[[ $(cgroup_of "$pid") == "$(cgroup_of "$(state_of "$CT" .pid)")" ]]
	quietly delete --force "$CT"
	wait_until gone "$pid"
}

@test "an exec that fails writes no pid file, and leaves no empty one" {
	running
	fails nope -d --pid-file "$DIR/pid" "$CT" nope
	[[ ! -e $DIR/pid ]]
	: >"$DIR/pid"
	fails nope -d --pid-file "$DIR/pid" "$CT" nope
	[[ ! -e $DIR/pid ]] || fail "the empty pid file of the manager is still there"
	echo 1 >"$DIR/pid"
	fails nope -d --pid-file "$DIR/pid" "$CT" nope
	[[ $(<"$DIR/pid") == 1 ]]
}

@test "exec whose pid file cannot be written leaves no process" {
	running
	fails "pid file '$DIR/none/pid'" -d --pid-file "$DIR/none/pid" "$CT" sleep 1000
	[[ $(cat "$(cgroup_of "$(state_of "$CT" .pid)")/cgroup.procs" | wc -l) -eq 1 ]]
}

@test "exec works on a created container and not on a stopped one" {
	needs_root "the kernel lets nobody else at an init that is not dumpable"
	args sleep 1000
	create "$CT"
	run -0 inside echo here
	[[ $output == here ]]
	quietly kill "$CT" KILL
	wait_until has_status "$CT" stopped
	fails 'cannot exec in a stopped container' "$CT" true
}

@test "exec joins a container whose first thread has ended" {
	local pid
	with_headless
	running "$CT" headless exit
	pid=$(state_of "$CT" .pid)
	wait_until has_no_first_thread "$pid"
	run -0 inside sh -c 'hostname; readlink /proc/self/ns/pid; grep 0:: /proc/self/cgroup'
	[[ $output == "$(jq -r .hostname "$BUNDLE/config.json")"$'\n'"$(readlink "/proc/$pid/ns/pid")"$'\n0::/' ]] || fail "$output"
}

@test "exec before Linux 6.9 joins it by a process in the same namespaces, and by no other" {
	local pid guest fault=(strace -qq -f -e trace=pidfd_open -e inject=pidfd_open:error=EINVAL:when=2 -o "$DIR/trace")
	with_headless
	running "$CT" headless exit
	pid=$(state_of "$CT" .pid)
	wait_until has_no_first_thread "$pid"
	detached exec -d --pid-file "$DIR/pid" "$CT" sleep 1000
	# A process of the host.
	sleep 1000 3>&- & guest=$!
	echo "$guest" >"$(cgroup_of "$pid")/cgroup.procs"
	kill -KILL "$(<"$DIR/pid")"
	wait_until gone "$(<"$DIR/pid")"
	status=0
	traceable "${fault[@]}" "$TARE" --root "$ROOT" exec "$CT" true >"$DIR/out" 2>&1 || status=$?
	[[ $status -eq 255 && $(<"$DIR/out") == *"the first thread of the container's process has ended, and nothing else is there to join"* ]] ||
		fail "exit $status: $(<"$DIR/out")"
	kill -KILL "$guest"
	wait "$guest" || true
	detached exec -d "$CT" sleep 1000
	traceable "${fault[@]}" "$TARE" --root "$ROOT" exec "$CT" hostname >"$DIR/out" 2>&1 || fail "$(<"$DIR/out")"
	[[ $(<"$DIR/out") == "$(jq -r .hostname "$BUNDLE/config.json")" ]] || fail "$(<"$DIR/out")"
}

@test "exec in a paused container is refused, or waits" {
	local freeze
	running
	freeze=$(cgroup_of "$(state_of "$CT" .pid)")/cgroup.freeze
	echo 1 >"$freeze"
	wait_until has_status "$CT" paused
	fails 'cannot exec in a paused container (use --ignore-paused to override)' "$CT" true
	tare exec --ignore-paused "$CT" echo thawed >"$DIR/out" 2>&1 3>&- &
	background=$!
	wait_until test "$(wc -l <"${freeze%/*}/cgroup.procs")" -eq 2 || true
	[[ ! -s $DIR/out ]]
	echo 0 >"$freeze"
	wait "$background"
	[[ $(<"$DIR/out") == thawed ]]
}

@test "exec in a cgroup that the container has frozen is refused, or waits and ends by a signal" {
	local own pid
	running
	pid=$(state_of "$CT" .pid)
	own=$(cgroup_of "$pid")
	${AS_USER-} mkdir "$own/ice" "$own/ice/below"
	echo 1 >"$own/ice/cgroup.freeze"
	has_status "$CT" running
	fails "cannot exec in a frozen cgroup (use --ignore-paused to override)" --cgroup ice "$CT" true
	fails "cannot exec in a frozen cgroup (use --ignore-paused to override)" --cgroup ice/below "$CT" true
	tare exec --ignore-paused --cgroup ice "$CT" echo thawed >"$DIR/out" 2>&1 3>&- &
	background=$!
	wait_until populated "$own/ice"
	kill -TERM "$background"
	status=0
	wait "$background" || status=$?
	[[ $status -eq 143 && ! -s $DIR/out ]] || fail "exit $status: $(<"$DIR/out")"
	echo 0 >"$own/ice/cgroup.freeze"
	wait_until deserted "$own/ice"
}

populated()
{
	grep -q '^populated 1$' "$1/cgroup.events"
}

deserted()
{
	! populated "$1"
}

# is_stopped PID: by a signal, while it is traced.
is_stopped()
{
	grep -q '^State:.*[tT]' "/proc/$1/status"
}

@test "exec whose process is frozen by the container as it is born does not wait for ever" {
	local own tracer tracee
	needs_root "nobody else may stop it there"
	running
	own=$(cgroup_of "$(state_of "$CT" .pid)")
	mkdir "$own/ice"
	# exec is stopped between its look at the cgroup and the clone.
	ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 strace -qq -e trace=socketpair -e inject=socketpair:signal=STOP:when=1 -o "$DIR/trace" \
		"$TARE" --root "$ROOT" exec --cgroup ice "$CT" true >"$DIR/out" 2>&1 3>&- &
	tracer=$!
	wait_until written "$DIR/trace"
	tracee=$(pgrep -P "$tracer")
	wait_until is_stopped "$tracee"
	echo 1 >"$own/ice/cgroup.freeze"
	kill -CONT "$tracee"
	status=0
	wait "$tracer" || status=$?
	[[ $status -eq 255 && $(<"$DIR/out") == *"cannot exec in a frozen cgroup"* ]] || fail "exit $status: $(<"$DIR/out")"
	wait_until deserted "$own/ice"
}

@test "exec --cgroup goes below the container's cgroup, and nowhere else" {
	local own
	running
	own=$(cgroup_of "$(state_of "$CT" .pid)")
	${AS_USER-} mkdir -p "$own/a/b" "$own-other"
	detached exec -d --cgroup a/b --pid-file "$DIR/pid" "$CT" sleep 1000
	[[ $(cgroup_of "$(<"$DIR/pid")") == "$own/a/b" ]] || fail "$output"
	fails "option --cgroup" --cgroup "../${own##*/}-other" "$CT" true
	fails "option --cgroup" --cgroup a/../../x "$CT" true
	fails "option --cgroup" --cgroup none "$CT" true
	rmdir "$own-other"
}

@test "exec follows init into a cgroup further down when the container's own takes no processes" {
	local own pid
	running
	pid=$(state_of "$CT" .pid)
	own=$(cgroup_of "$pid")
	${AS_USER-} mkdir "$own/init"
	echo "$pid" >"$own/init/cgroup.procs"
	echo +hugetlb >"$own/cgroup.subtree_control" || skip "no controller to hand down"
	detached exec -d --pid-file "$DIR/pid" "$CT" sleep 1000
	[[ $status -eq 0 && $(cgroup_of "$(<"$DIR/pid")") == "$own/init" ]] || fail "$output"
}

@test "exec --tty gives a terminal of the container" {
	running
	run -5 python3 "$LIB/console.py" pty --resize 33x99 -- "$TARE" --root "$ROOT" exec --tty "$CT" \
		sh -c 'tty; stty size; test -t 0 && test -t 1 && test -t 2 && exit 5'
	[[ ${lines[0]} == /dev/pts/0 && ${lines[1]} == "33 99" ]] || fail "$output"
}

@test "exec --console-socket sends the terminal to a manager, also when it fails" {
	running
	process '.args = ["sh", "-c", "tty; read line; echo got $line"] | .terminal = true'
	listen_for_console "$DIR/console" --type $'words\n' --wait 'got words'
	quietly exec --detach --console-socket "$DIR/console" --pid-file "$DIR/pid" --process "$DIR/process.json" "$CT"
	heard_all
	rm -f "$DIR/console"
	listen_for_console "$DIR/console"
	fails nope --detach --tty --console-socket "$DIR/console" "$CT" nope
	heard_all
	fails 'cannot allocate tty if tare will detach without setting console socket' --detach --tty "$CT" true
	fails 'a console socket needs a terminal' --detach --console-socket "$DIR/console" "$CT" true
}

@test "exec passes on the fds that it is told to, and no other" {
	running
	run -0 tare exec --preserve-fds 1 "$CT" sh -c 'cat <&3; ls /proc/self/fd | wc -l' 3<<<"three" 4<<<"four" 5<<<"five"
	# ls has one file descriptor for the directory.
	[[ ${lines[*]} == "three 5" ]] || fail "$output"
	run -0 tare exec --preserve-fds 3 "$CT" sh -c 'cat <&5; ls /proc/self/fd | tr "\n" " "' 3<&- 4<&- 5<<<"five"
	[[ ${lines[*]} == "five"*"0 1 2 3 5 " ]] || fail "$output"
	fails "file descriptor 4 is not open" --preserve-fds 2 "$CT" true 3<<<"three" 4<&-
}

@test "exec reads its process from a pipe, too" {
	running
	mkfifo -m 666 "$DIR/fifo"
	jq -c '.process | .args = ["echo", "from a pipe"]' <"$BUNDLE/config.json" >"$DIR/process.json"
	# The program may read before the test writes, and the test writes in pieces.
	tare exec --process "$DIR/fifo" "$CT" >"$DIR/out" 3>&- &
	background=$!
	{
		head -c 10 "$DIR/process.json"
		tail -c +11 "$DIR/process.json"
	} >"$DIR/fifo"
	wait "$background"
	[[ $(<"$DIR/out") == "from a pipe" ]] || fail "$(<"$DIR/out")"
	needs_root "the pipes of the tests are root's, and he changes no mounts"
	refuses "cannot read '/dev/null', which is not a regular file, and not a pipe" mounts add "$CT" /dev/null
	run -0 tare exec --process /proc/self/fd/9 "$CT" 9< <(cat "$DIR/process.json")
	[[ $output == "from a pipe" ]] || fail "$output"
	run -0 tare exec --process /proc/self/fd/0 "$CT" < <(cat "$DIR/process.json")
	[[ $output == "from a pipe" ]] || fail "$output"
}

@test "signals to exec go to its program" {
	running
	"$TARE" --root "$ROOT" exec "$CT" sh -c 'trap "exit 42" TERM; echo up; while :; do sleep 0.1; done' >"$DIR/out" 3>&- &
	background=$!
	wait_until written "$DIR/out"
	kill -TERM "$background"
	status=0
	wait "$background" || status=$?
	[[ $status -eq 42 ]]
}

@test "exec in a container with a user namespace is its root, and may be any user that is mapped" {
	needs_root "the ids of the test are not the user's"
	in_user_namespace
	running
	run -0 tare exec -u 5:6 -g 7 "$CT" sh -c 'id -u; id -G; cat /proc/self/uid_map'
	[[ ${lines[0]} == 5 && ${lines[1]} == "6 7" && ${lines[2]} =~ ^\ +0\ +100000\ +65536$ ]] || fail "$output"
	process '.user = {uid: 65536, gid: 0}'
	fails "user.uid: expected a mapped user, found 65536, which linux.uidMappings lack" -p "$DIR/process.json" "$CT"
}

@test "exec in a container that shares the host's pid namespace" {
	needs_root "$SHARED_PIDS"
	config '.linux.namespaces |= map(select(.type != "pid"))'
	running
	run -0 inside sh -c 'readlink /proc/self/ns/pid'
	[[ $output == "$(readlink /proc/self/ns/pid)" ]] || fail "$output"
	run -3 inside sh -c 'exit 3'
}

@test "exec --no-new-privs=false lifts what the container has, and an empty name is no program" {
	config '.process.noNewPrivileges = true'
	running
	run -0 inside grep NoNewPrivs /proc/self/status
	[[ $output == *1 ]]
	run -0 tare exec --no-new-privs=false "$CT" grep NoNewPrivs /proc/self/status
	[[ $output == *0 ]]
	fails 'expected the name of a program, found an empty string: executable file not found in $PATH' "$CT" ""
	fails "option --cgroup: expected a path, as cgroup v2 has one tree" --cgroup hugetlb:/x "$CT" true
	run -0 tare exec -eA=1 -u7 "$CT" sh -c 'echo $A $(id -u)'
	[[ $output == "1 7" ]]
}

@test "exec in a container with a time namespace joins it, too" {
	local up
	read -r up _ </proc/uptime
	config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets.boottime = {secs: 1000000}'
	running
	run -0 inside sh -c 'cat /proc/uptime; readlink /proc/self/ns/time'
	((${lines[0]%%.*} >= ${up%%.*} + 1000000)) || fail "$output"
	[[ ${lines[1]} == "$(readlink "/proc/$(state_of "$CT" .pid)/ns/time")" ]]
}

@test "exec starts on the CPUs of execCPUAffinity.initial, and ends on those of final" {
	config '.process.execCPUAffinity = {initial: "0", final: "0-1"}'
	running
	(($(nproc) > 1)) || skip "needs two CPUs"
	traceable run -0 strace -f -e trace=sched_setaffinity,execve -o "$DIR/trace" "$TARE" --root "$ROOT" exec "$CT" \
		grep Cpus_allowed_list /proc/self/status
	[[ $output == *0-1 ]] || fail "$output"
	[[ $(grep -c 'sched_setaffinity(0, [0-9]*, \[0\( \.\.\.\)\?\])' "$DIR/trace") -eq 1 ]] || fail "$(<"$DIR/trace")"
}

@test "a user namespace: pipes that are stdio can be opened by the user of the process, files keep their owner" {
	needs_root "the pipes of the tests are root's"
	in_user_namespace
	args sh -c 'echo out >/dev/stdout; echo err >/dev/stderr; read -r line </dev/stdin; echo "$line"'
	run -0 tare run --bundle "$BUNDLE" "$CT" < <(echo in)
	[[ $output == $'out\nerr\nin' ]] || fail "$output"
	config '.process.user = {uid: 1000, gid: 1000}'
	run -0 tare run --bundle "$BUNDLE" "$CT" < <(echo in)
	[[ $output == $'out\nerr\nin' ]] || fail "$output"
	tare run --bundle "$BUNDLE" "$CT" >"$DIR/out" 2>/dev/null < <(echo in) || true
	[[ $(stat -c %u "$DIR/out") == "$(id -u)" ]]
	running
	run -0 tare exec "$CT" sh -c 'echo out >/dev/stdout; echo err >/dev/stderr; read -r line </dev/stdin; echo "$line"' < <(echo in)
	[[ $output == $'out\nerr\nin' ]] || fail "$output"
	run -0 tare exec --user 0 "$CT" sh -c 'echo out >/dev/stdout; echo err >/dev/stderr'
	[[ $output == $'out\nerr' ]] || fail "$output"
}

@test "exec takes CPUs that only the largest kernels have" {
	config '.process.execCPUAffinity = {initial: "0,1024,8191", final: "0,1500-8191"}'
	running
	run -0 tare exec "$CT" grep Cpus_allowed_list /proc/self/status
	[[ $output == *[[:space:]]0 || $output == *",1500"* ]] || fail "$output"
	config '.process.execCPUAffinity = {initial: "8192"}'
	refuses 'process.execCPUAffinity.initial: expected a list of CPUs below 8192 such as 0-3,7, found "8192"' \
		create --bundle "$BUNDLE" "$CT-2"
}

@test "exec makes a keyring of its own unless told to keep the caller's, and is out of its session" {
	running
	run -0 inside sh -c 'cut -d " " -f 6 /proc/self/stat; echo $$'
	[[ ${lines[0]} == "${lines[1]}" ]] || fail "$output"
}

@test "a label that cannot be applied fails the exec" {
	running
	fails "process.apparmorProfile 'nope' cannot be applied" --apparmor nope "$CT" true
	[[ ! -d /sys/fs/selinux/class ]] || skip "SELinux may know the label"
	fails "process.selinuxLabel 'a:b:c:d' cannot be applied" --process-label a:b:c:d "$CT" true
}

@test "exec --pidfd-socket sends a pidfd of the process" {
	running
	listen_for_pidfd
	quietly exec --detach --pidfd-socket "$DIR/pidfd" --pid-file "$DIR/pid" "$CT" sleep 1000
	wait_until written "$DIR/told"
	[[ $(<"$DIR/told") == "$(<"$DIR/pid")" ]] || fail "$(<"$DIR/told")"
	quietly kill --all "$CT" KILL
	wait "$listener"
	[[ $(<"$DIR/told") == *ended ]]
}

@test "exec of a program that the kernel refuses to execute says so, and ends with 255" {
	printf 'no program at all' >"$BUNDLE/rootfs/bin/text"
	chmod 755 "$BUNDLE/rootfs/bin/text"
	running
	detached exec "$CT" /bin/text
	[[ $status -eq 255 && -z $stdout ]] || fail "exit $status: $output"
	[[ $stderr == 'tare: exec /bin/text: exec format error ('* && $stderr != *$'\n'* ]] || fail "$stderr"
	detached exec --detach --pid-file "$DIR/pid" "$CT" /bin/text
	[[ $status -eq 0 && -s $DIR/pid ]] || fail "exit $status: $output"
	wait_until grep -q 'exec format error' "$DIR/stderr"
}

#!/usr/bin/env bats
# Pid namespaces that a container shares with hostile processes (CVE-2016-9962 and related attacks). A container that
# joins one, and every program that exec runs, appears among processes that may have CAP_SYS_PTRACE. The process that
# appears has the rights, the files and the memory of the program, and nothing of the host's.

load helpers

setup_file()
{
	NEIGHBOUR=$BATS_FILE_TMPDIR/neighbour
	export NEIGHBOUR
	gcc -std=gnu17 -O1 -static -Wall -Wextra -Werror -o "$NEIGHBOUR" "$BATS_TEST_DIRNAME/../lib/neighbour.c"
}

setup()
{
	base_setup
	# The secret, which only the host knows. It is put together from pieces, since the command line of this script
	# would show it.
	SECRET=known-to-the$(echo -host-alone)
	mkdir "$DIR/shared" "$DIR/host"
	echo "$SECRET" >"$DIR/host/file"
	# A release build is fast enough for more rounds, and is the build that users run.
	ROUNDS=50
	[[ $TARE != */release/* ]] || ROUNDS=1000
	SANITIZED=
	! grep -q __asan_init "$TARE" || SANITIZED=sanitized
}

# neighbour ID: starts a container whose program looks into every process of its pid namespace. It has CAP_SYS_PTRACE
# beside the capabilities of the default configuration: 20080420 is CAP_KILL, CAP_NET_BIND_SERVICE, CAP_SYS_PTRACE and
# CAP_AUDIT_WRITE.
neighbour()
{
	cp "$NEIGHBOUR" "$BUNDLE/rootfs/bin/neighbour"
	config '.process.capabilities |= with_entries(.value += ["CAP_SYS_PTRACE"]) | .process.capabilities.ambient = []
		| .process.args = ["sh", "-c", "/bin/neighbour $(cat /shared/secret) \"$1\" \"$2\" /shared/stop $3 >/shared/result 2>&1; sleep 1000",
			"sh", $file, "20080420", $sanitized]
		| .mounts += [{destination: "/shared", type: "bind", source: $dir, options: ["bind"]}]' \
		--arg dir "$DIR/shared" --arg file "$DIR/host/file" --arg sanitized "$SANITIZED"
	echo "$SECRET" >"$DIR/shared/secret"
	create "$1"
	quietly start "$1"
	wait_until grep -q looking "$DIR/shared/result"
	rm "$DIR/shared/secret"
	config '.mounts |= map(select(.destination != "/shared"))'
}

# The next container shares the pid namespace of this one.
share_pids_with()
{
	config '.linux.namespaces |= map(if .type == "pid" then .path = $path else . end)' \
		--arg path "/proc/$(state_of "$1" .pid)/ns/pid"
}

# with_secrets ARG...: runs the runtime with the secret in its environment.
with_secrets()
{
	CALLER=$SECRET "$TARE" --root "$ROOT" "$@" </dev/null >"$DIR/stdout" 2>"$DIR/stderr" || fail "$(<"$DIR/stderr")"
}

# nothing_was_got LEAST: fails unless the neighbour has looked at more than LEAST processes and has found nothing.
nothing_was_got()
{
	touch "$DIR/shared/stop"
	wait_until grep -q '^looked at' "$DIR/shared/result" || fail "the neighbour:" "$(<"$DIR/shared/result")"
	(($(sed -n 's/^looked at //p' "$DIR/shared/result") > $1)) || fail "it saw too little:" "$(<"$DIR/shared/result")"
	! grep '^won' "$DIR/shared/result" || fail "of $ROUNDS rounds it won $(grep -c '^won' "$DIR/shared/result") times"
	[[ ! -e $DIR/host/file.made ]]
}

@test "CVE-2016-9962: a container that shares a pid namespace is built where its neighbours do not see it" {
	local i
	neighbour "$CT-a"
	share_pids_with "$CT-a"
	args true
	config '.annotations.hidden = $secret | .process.capabilities |= with_entries(.value -= ["CAP_SYS_PTRACE"])' \
		--arg secret "$SECRET"
	for ((i = 0; i < ROUNDS; i++)); do
		with_secrets create --bundle "$BUNDLE" "$CT"
		with_secrets start "$CT"
		with_secrets delete --force "$CT"
	done
	nothing_was_got $((ROUNDS / 4))
}

@test "CVE-2016-9962: a container that waits for its start has nothing for its neighbours, with hooks and a terminal, too" {
	local kind
	neighbour "$CT-a"
	share_pids_with "$CT-a"
	args true
	config '.annotations.hidden = $secret | .process.capabilities |= with_entries(.value -= ["CAP_SYS_PTRACE"])' \
		--arg secret "$SECRET"
	for kind in plain '.hooks.prestart = [{path: "/bin/true", env: [$secret]}]' \
		'.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}' \
		'.process.noNewPrivileges = false'; do
		[[ $kind == plain ]] || config "$kind" --arg secret "$SECRET"
		with_secrets create --bundle "$BUNDLE" "$CT"
		# The neighbour has time: it looks at all processes more than once.
		looked_twice "$(state_of "$CT" .pid)"
		quietly start "$CT"
		quietly delete --force "$CT"
	done
	nothing_was_got 8
}

# The neighbour has looked at all processes twice since: it prints nothing of that, but reads through /proc meanwhile.
looked_twice()
{
	local before now
	before=$(reads)
	wait_until read_more "$before"
}

reads()
{
	awk '/^syscr/ { print $2 }' "/proc/$(pgrep --full --newest --ns "$(state_of "$CT-a" .pid)" --nslist pid '^/bin/neighbour')/io"
}

read_more()
{
	(($(reads) > $1 + 400))
}

@test "CVE-2016-9962: what exec does with the host's rights, no process of the container sees" {
	local i
	neighbour "$CT-a"
	for ((i = 0; i < 3 * ROUNDS; i++)); do
		with_secrets exec "$CT-a" true
	done
	nothing_was_got $((ROUNDS / 4))
}

@test "CVE-2016-9962: nor what exec does under a filter that is loaded early" {
	local i
	config '.process.noNewPrivileges = false
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
	neighbour "$CT-a"
	for ((i = 0; i < ROUNDS; i++)); do
		with_secrets exec "$CT-a" true
	done
	nothing_was_got $((ROUNDS / 8))
}

@test "CVE-2016-9962: a process of exec that waits for its fifo has nothing for processes of the container" {
	local kind
	for kind in late early; do
		[[ $kind == late ]] || config '.process.noNewPrivileges = false
			| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
		rm -rf "$DIR/shared"/* "$DIR/host/$SECRET"
		mkfifo "$DIR/host/$SECRET"
		neighbour "$CT-a"
		with_secrets exec --detach --pid-file "$DIR/pid" --exec-wait-fifo "$DIR/host/$SECRET" "$CT-a" sleep 1000
		looked_twice
		run -0 timeout "$SECONDS_TO_WAIT" cat "$DIR/host/$SECRET"
		[[ $output == 0 ]]
		nothing_was_got 2
		quietly delete --force "$CT-a"
	done
}

@test "the environment of who calls the runtime is not that of a container which waits for its start" {
	local pid
	with_secrets create --bundle "$BUNDLE" "$CT"
	pid=$(state_of "$CT" .pid)
	! grep -qa "$SECRET" "/proc/$pid/environ" || fail "it is there"
	# /proc/PID of the same process shows the runtime's arguments, so the secret would be found in the environment.
	tr -d '\0' <"/proc/$pid/cmdline" | grep -qa create
}

@test "what is born into a shared pid namespace only waits, and becomes the program" {
	local pid tracer
	running "$CT-a"
	share_pids_with "$CT-a"
	args true
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
	traceable strace -f -qq -o "$DIR/trace" "$TARE" --root "$ROOT" create --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/said" 2>&1 3>&- &
	tracer=$!
	wait_until has_status "$CT" created || fail "$(<"$DIR/said")"
	pid=$(state_of "$CT" .pid)
	quietly start "$CT"
	wait "$tracer"
	sed -nE "s/^$pid +//p" "$DIR/trace" | sed -n '1,/^execve/p' >"$DIR/calls"
	grep -q '^execve("/bin/true"' "$DIR/calls" || fail "$(<"$DIR/calls")"
	! grep -vE '^(<\.\.\. )?(read|write|setsid|prctl|accept4|close|seccomp|rt_sigaction|rt_sigprocmask|execve)[( ]' "$DIR/calls"
}

@test "a container that shares a pid namespace sees its processes in its own procfs, and has its pid there" {
	running "$CT-a"
	share_pids_with "$CT-a"
	args sh -c 'ls -d /proc/[0-9]*; readlink /proc/self; echo $$; grep ^NSpid /proc/1/status; tr "\0" " " </proc/1/cmdline'
	detached run --bundle "$BUNDLE" "$CT"
	[[ $status -eq 0 && -z $stderr ]] || fail "$output"
	grep -qx /proc/1 <<<"$stdout"
	grep -q '^sleep 1000' <<<"$stdout"
	[[ $(grep -c '^NSpid:[[:space:]]1$' <<<"$stdout") == 1 ]] || fail "$stdout"
}

@test "a container that shares a pid namespace has a session, a terminal and a controlling terminal of its own" {
	running "$CT-a"
	share_pids_with "$CT-a"
	config '.process.terminal = true'
	# After the program's name, the sixth and seventh word of stat(5): the session, and its terminal.
	args sh -c 'set -- $(cat /proc/self/stat); shift 5; echo "session $1 of $$"; : </dev/tty && echo has /dev/tty; read -r word'
	listen_for_console "$DIR/console" --wait 'has /dev/tty' --type $'\n'
	quietly run --detach --bundle "$BUNDLE" --console-socket "$DIR/console" "$CT"
	heard_all
	grep -qE '^session ([0-9]+) of \1' "$DIR/shown" || fail "$(<"$DIR/shown")"
}

@test "hooks of a container that shares a pid namespace: startContainer is told the pid that the container sees" {
	running "$CT-a"
	share_pids_with "$CT-a"
	config '.annotations.quoted = "\"pid\":2147483647,"
		| .hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "cat >/told; echo $$ >/hook"], env: ["PATH=/bin"]},
			{path: "/bin/true"}] | .root.readonly = false'
	args sh -c 'echo $$ >/program'
	quietly run --bundle "$BUNDLE" "$CT"
	jq -e . "$BUNDLE/rootfs/told" >/dev/null || fail "$(<"$BUNDLE/rootfs/told")"
	[[ $(jq .pid "$BUNDLE/rootfs/told") == "$(<"$BUNDLE/rootfs/program")" ]] || fail "$(<"$BUNDLE/rootfs/told")"
	[[ $(jq -r .annotations.quoted "$BUNDLE/rootfs/told") == '"pid":2147483647,' ]]
}

@test "what a clone does not hand on is there all the same: limits of processes, and scheduling" {
	running "$CT-a"
	share_pids_with "$CT-a"
	config '.process.user = {uid: 7, gid: 7} | .process.rlimits = [{type: "RLIMIT_NPROC", soft: 1, hard: 1}]
		| .process.scheduler = {policy: "SCHED_BATCH", nice: 3, flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
	args sleep 1000
	create "$CT"
	quietly start "$CT"
	grep -qE '^Max processes +1 +1 ' "/proc/$(state_of "$CT" .pid)/limits"
	chrt --pid "$(state_of "$CT" .pid)" | grep -q 'SCHED_BATCH|SCHED_RESET_ON_FORK' || fail "$(chrt --pid "$(state_of "$CT" .pid)")"
}

@test "a policy that denies the calls by which a process enters its pid namespace is refused with its place" {
	running "$CT-a"
	share_pids_with "$CT-a"
	config '.process.noNewPrivileges = false
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["clone"], action: "SCMP_ACT_ERRNO"}]}'
	refuses "linux.seccomp: expected process.noNewPrivileges, or a policy that allows clone to join the pid namespace" \
		create --bundle "$BUNDLE" "$CT"
	refuses "container does not exist" state "$CT"
	# With no_new_privileges, the process loads its filter after it was cloned into the pid namespace.
	config '.process.noNewPrivileges = true | .process.args = ["true"]'
	quietly run --bundle "$BUNDLE" "$CT"
}

@test "exec into a container whose policy denies clone says so, and runs with --no-new-privs" {
	config '.process.noNewPrivileges = false | .process.args = ["sleep", "1000"]
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["clone", "clone3", "fork", "vfork"], action: "SCMP_ACT_ERRNO"}]}'
	create "$CT"
	quietly start "$CT"
	detached exec "$CT" true
	[[ $status -eq 255 && $stderr == *"a policy that allows clone to join the pid namespace"* ]] || fail "exit $status: $stderr"
	quietly exec --no-new-privs "$CT" true
}

# run_traced [STRACE-OPTION...]: runs a container and records the fsconfig(2) calls of its builder in $DIR/trace.
run_traced()
{
	traceable strace -f -qq -o "$DIR/trace" -e trace=fsconfig "$@" \
		"$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT" </dev/null >"$DIR/stdout" 2>"$DIR/stderr" || fail "$(<"$DIR/stderr")"
}

@test "kernels without an option for it: the procfs of a shared pid namespace is made by a child that has nothing" {
	local builder which
	[[ ! $SANITIZED ]] || skip "a sanitizer makes calls of its own in that child"
	running "$CT-a"
	share_pids_with "$CT-a"
	args sh -c 'tr "\0" " " </proc/1/cmdline'
	run_traced
	builder=$(sed -n 's/ .*"pidns".*//p' "$DIR/trace")
	[[ $builder ]] || skip "this kernel has no such option: every test here goes that way"
	which=$(grep "^$builder " "$DIR/trace" | sed -n '/"pidns"/=')
	run_traced -e inject=fsconfig:error=EINVAL:when="$which"
	grep -q '"pidns".*INJECTED' "$DIR/trace" || fail "another call failed:" "$(<"$DIR/trace")"
	grep -q '^sleep 1000' "$DIR/stdout" || fail "$(<"$DIR/stdout")"
}

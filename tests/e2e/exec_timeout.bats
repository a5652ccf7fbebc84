#!/usr/bin/env bats
# exec --timeout: what takes longer is ended, with all that it has started.

load helpers

setup()
{
	base_setup
	config '.root.readonly = false'
	BEGAN=$BUNDLE/rootfs/began
}

teardown()
{
	[[ ! ${own-} ]] || rmdir "$own"/further 2>/dev/null || true
	base_teardown
}

# A running container. Sets own to its cgroup.
started()
{
	running "$CT" "$@"
	own=$(cgroup_of "$(state_of "$CT" .pid)")
}

# overdue [OPTION...] -- SCRIPT: exec of a shell script that does not end in its time, which is longer and longer until
# the script has begun: it has to write to /began.
overdue()
{
	local options=() limit
	while [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	for limit in 0.3 1.5 10; do
		rm -f "$BEGAN"
		detached exec --timeout "$limit" "${options[@]}" "$CT" sh -c "$2"
		[[ $status -eq 124 && $stderr == "exec failed: timed out after $limit seconds: the program was killed, with all that it had started" ]] ||
			fail "exit $status" "$output"
		[[ ! -s $BEGAN ]] || return 0
	done
	fail "the program has not begun"
}

# The cgroup of the container has none below it, and its init alone is in it.
clean()
{
	[[ $(find "$own" -mindepth 1 -type d) == "" && $(<"$own/cgroup.procs") == "$(state_of "$CT" .pid)" ]]
}

is_clean()
{
	clean || fail "left:" "$(find "$own" -type d)" "$(tare ps "$CT")"
}

@test "exec --timeout gives the exit code of a program that ends in time, and leaves nothing" {
	started
	run -37 tare exec --timeout 1000 "$CT" sh -c 'exit 37'
	[[ -z $output ]]
	run -137 tare exec --timeout 1000.5 "$CT" sh -c 'kill -KILL $$'
	run -255 tare exec --timeout 1000 "$CT" nope
	is_clean
}

@test "a program that takes longer is killed, and exec says so and exits with 124" {
	started
	overdue -- 'echo yes >/began; trap "" TERM HUP INT; exec sleep 1000'
	is_clean
}

@test "the log of an exec whose time is up has a code for it" {
	started
	run -124 tare --log "$DIR/log" --log-format json exec --timeout .1 "$CT" sleep 1000
	[[ $(jq -rs '.[-1] | "\(.code) \(.object)"' "$DIR/log") == "timed-out --timeout" ]] || fail "$(<"$DIR/log")"
}

# bats test_tags=systemd
@test "daemons that a program has started end with it, when its time is up and when it ends before" {
	local daemons='i=0; while [ $i -lt 3 ]; do (setsid sleep 1000 & setsid sh -c "sleep 1001 & sleep 1002" &); i=$((i + 1)); done'
	started
	overdue -- "$daemons; echo yes >/began; sleep 1000"
	is_clean
	quietly exec --timeout 1000 "$CT" sh -c "$daemons"
	is_clean
	# Without a limit they stay.
	quietly exec "$CT" sh -c '(setsid sleep 1000 &)'
	! clean
}

@test "a program that forks without end is ended" {
	started
	overdue -- 'echo yes >/began; f() { while :; do (sleep 1000 &); done; }; f & f'
	is_clean
}

@test "the program has a cgroup of its own below the container's, with its limits" {
	started
	run -0 tare exec --timeout 1000 "$CT" grep ^0: /proc/self/cgroup
	[[ $output =~ ^0::/tare-exec-[0-9]+-[0-9a-f]+$ ]] || fail "$output"
	${AS_USER-} mkdir "$own/further"
	run -0 tare exec --timeout 1000 --cgroup further "$CT" grep ^0: /proc/self/cgroup
	[[ $output =~ ^0::/further/tare-exec-[0-9]+-[0-9a-f]+$ ]] || fail "$output"
	[[ -z $(find "$own/further" -mindepth 1 -type d) ]]
}

@test "the time has a form, and a limit makes no sense where no command waits" {
	local value
	started
	for value in 0 0.0 '' -1 +1 5s x 1e3 ' 1' 1. . 1000000001 inf 0x10 1,5; do
		[[ $value != 1. ]] || continue # as good as 1.0
		detached exec "--timeout=$value" "$CT" true
		[[ $status -eq 255 && $stderr == *"option --timeout: expected "*", found '$value'" ]] || fail "$value: exit $status: $output"
	done
	quietly exec --timeout 1000000000 "$CT" true
	quietly exec --timeout 9.999999999999999999999 "$CT" true
	detached exec --timeout 1 --detach "$CT" true
	[[ $status -eq 255 && $stderr == *"option --timeout cannot stand beside --detach"* ]] || fail "$output"
}

@test "a container without a cgroup cannot have programs whose time is limited, and nothing is started" {
	args sleep 1000
	quietly --cgroup-manager disabled run --detach --bundle "$BUNDLE" "$CT"
	detached exec --timeout 1000 "$CT" sh -c 'echo yes >/began'
	[[ $status -eq 255 && $stderr == *"option --timeout: the container has no cgroup in which the program could get one of its own" ]] ||
		fail "$output"
	[[ ! -e $BEGAN ]]
}

@test "a program on a terminal whose time is up leaves the caller's terminal as it was" {
	started
	run -124 python3 "$LIB/console.py" pty --wait begun -- "$TARE" --root "$ROOT" exec --tty --timeout 15 "$CT" \
		sh -c 'echo begun; exec sleep 1000'
	[[ $output == *begun*"timed out after 15 seconds"* ]] || fail "$output"
	is_clean
}

@test "a signal to an exec whose time is limited reaches the program" {
	local runner code=0
	started
	"$TARE" --root "$ROOT" exec --timeout 1000 "$CT" sh -c 'trap "exit 9" TERM; echo yes >/began; while :; do sleep 0.1; done' \
		</dev/null >"$DIR/out" 2>&1 3>&- &
	runner=$!
	wait_until written "$BEGAN"
	kill -TERM "$runner"
	wait "$runner" || code=$?
	[[ $code -eq 9 ]] || fail "exit $code" "$(<"$DIR/out")"
	is_clean
}

@test "the time also ends the wait for a fifo" {
	started
	mkfifo -m 666 "$DIR/go"
	run -124 tare exec --timeout 0.5 --exec-wait-fifo "$DIR/go" "$CT" sleep 1000
	[[ $output == *"timed out after 0.5 seconds"* ]]
	is_clean
	[[ -z $(find /proc/[0-9]*/fd -lname "$DIR/go" 2>/dev/null) ]]
}

@test "the time passes in a container that is paused, before the program begins and after" {
	local runner code=0
	started
	"$TARE" --root "$ROOT" exec --timeout 15 "$CT" sh -c 'echo yes >/began; exec sleep 1000' </dev/null >"$DIR/out" 2>&1 3>&- &
	runner=$!
	wait_until written "$BEGAN"
	quietly pause "$CT"
	wait "$runner" || code=$?
	[[ $code -eq 124 ]] || fail "exit $code" "$(<"$DIR/out")"
	has_status "$CT" paused
	is_clean
	rm "$BEGAN"
	run -124 tare exec --timeout 0.5 --ignore-paused "$CT" sh -c 'echo yes >/began'
	has_status "$CT" paused
	is_clean
	detached exec --timeout 1000 "$CT" true
	[[ $status -eq 255 && $stderr == *"cannot exec in a paused container"* ]] || fail "$output"
	quietly resume "$CT"
	[[ ! -e $BEGAN ]]
}

# left_behind: a tare is killed, and leaves its program and what that has started, in their cgroup.
left_behind()
{
	local runner
	rm -f "$BEGAN"
	"$TARE" --root "$ROOT" exec --timeout 1000 "$CT" sh -c 'sleep 1000 & echo yes >/began; exec sleep 1001' \
		</dev/null >"$DIR/out" 2>&1 3>&- &
	runner=$!
	wait_until written "$BEGAN"
	kill -KILL "$runner"
	wait "$runner" || true
	! clean
}

# bats test_tags=systemd
@test "what an exec leaves that is killed, the next one with a limit ends, and not what another looks after" {
	local runner code=0
	started
	left_behind
	mkfifo "$DIR/input"
	"$TARE" --root "$ROOT" exec --timeout 1000 "$CT" sh -c 'read -r line' <"$DIR/input" >"$DIR/out" 2>&1 3>&- &
	runner=$!
	exec 8>"$DIR/input"
	wait_until one_below
	left_behind
	quietly exec --timeout 1000 "$CT" true
	one_below
	echo end >&8
	exec 8>&-
	wait "$runner" || code=$?
	[[ $code -eq 0 ]] || fail "exit $code" "$(<"$DIR/out")"
	is_clean
}

one_below()
{
	[[ $(find "$own" -mindepth 1 -type d | wc -l) -eq 1 ]]
}

@test "delete removes what an exec leaves that is killed, also where the cgroup itself stays" {
	local path=/$CT-there
	needs_root "the cgroup is made at the root of the tree"
	[[ ! ${E2E_SYSTEMD-} ]] || skip "systemd makes the cgroup"
	started
	left_behind
	quietly delete --force "$CT"
	mkdir "/sys/fs/cgroup$path"
	config '.linux.cgroupsPath = $path' --arg path "$path"
	started
	left_behind
	quietly delete --force "$CT"
	[[ -z $(find "/sys/fs/cgroup$path" -mindepth 1 -type d) ]]
	rmdir "/sys/fs/cgroup$path"
	own=
}

# bats test_tags=machine,systemd
@test "the cgroup of a container that hands on controllers takes such a program, and a threaded one does not" {
	local controller
	started
	${AS_USER-} mkdir "$own/further"
	state_of "$CT" .pid >"$own/further/cgroup.procs"
	controller=$(cut -d ' ' -f 1 "$own/cgroup.controllers")
	if [[ $controller ]]; then
		echo "+$controller" >"$own/cgroup.subtree_control"
		run -0 tare exec --timeout 1000 "$CT" grep ^0: /proc/self/cgroup
		[[ $output =~ ^0::/tare-exec- ]] || fail "$output"
		echo "-$controller" >"$own/cgroup.subtree_control"
	fi
	state_of "$CT" .pid >"$own/cgroup.procs"
	echo threaded >"$own/further/cgroup.type"
	detached exec --timeout 1000 "$CT" sh -c 'echo yes >/began'
	[[ $status -eq 255 && $stderr == *"option --timeout: the cgroup of the container is threaded"* && ! -e $BEGAN ]] || fail "$output"
	[[ -z $(find "$own" -name 'tare-exec-*') ]]
	quietly exec "$CT" true
}

@test "a limit of cgroups that the container has is told" {
	started
	echo 0 >"$own/cgroup.max.descendants"
	detached exec --timeout 1000 "$CT" sh -c 'echo yes >/began'
	[[ $status -eq 255 && $stderr == *"option --timeout: cannot make a cgroup in that of the container: "* && ! -e $BEGAN ]] ||
		fail "$output"
}

# hostile: a container whose root may write to its cgroups.
hostile()
{
	needs_root "the container's root is to have the host's"
	config '.mounts |= map(select(.destination != "/sys/fs/cgroup"))
		+ [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev"]}]
		| .process.capabilities |= with_entries(.value = ["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"]) | .process.capabilities.ambient = []'
	started "$@"
}

# bats test_tags=machine
@test "a hostile program gains no time: it freezes itself, makes cgroups, and leaves its own" {
	local enter='self=/sys/fs/cgroup$(sed s/0:://p -n /proc/self/cgroup); echo yes >/began'
	hostile
	overdue -- "$enter; echo 1 >\$self/cgroup.freeze; sleep 1000"
	is_clean
	overdue -- "$enter; p=\$self; for i in 1 2 3 4 5 6 7 8; do p=\$p/x; mkdir \$p; (echo 0 >\$p/cgroup.procs; exec sleep 1000) & done; sleep 1000"
	is_clean
	overdue -- "exec 2>/dev/null; $enter; mkdir \$self/a; echo \$\$ >\$self/a/cgroup.procs; echo +memory >\$self/cgroup.subtree_control; sleep 1000"
	is_clean
	# The program itself is killed wherever it is.
	overdue -- "$enter; echo \$\$ >/sys/fs/cgroup/cgroup.procs; exec sleep 1000"
	is_clean
}

@test "a hostile container that removes and fills the cgroups of exec does not keep it waiting" {
	local i codes=
	hostile sh -c 'cd /sys/fs/cgroup; while :; do for d in tare-exec-*; do rmdir "$d"; mkdir "$d/x" "$d/y"; done; done 2>/dev/null'
	for ((i = 0; i < 20; i++)); do
		detached exec --timeout 1000 "$CT" true
		# What it has removed before the program was in it cannot be had.
		[[ $status -eq 0 || ($status -eq 255 && $stderr == *"exec failed: "*) ]] || fail "exit $status: $output"
		codes+=" $status"
	done
	has_status "$CT" running
}

@test "a container that goes into the cgroup of an exec ends with it" {
	local pid
	hostile sh -c 'cd /sys/fs/cgroup; (until echo 0 >$(echo tare-exec-*)/cgroup.procs; do :; done; echo >/in; exec sleep 1000) 2>/dev/null & exec sleep 1000'
	overdue -- 'echo yes >/began; until [ -e /in ]; do usleep 1000; done; exec sleep 1000'
	wait_until is_clean
}

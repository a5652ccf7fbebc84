#!/usr/bin/env bats
# tare kill: a signal for the program of a container.

load helpers

# A container whose program writes the name of each signal it gets to rootfs/signals.
listening()
{
	config '.root.readonly = false'
	running "$CT" sh -c '
		for signal in HUP INT QUIT USR1 USR2 TERM WINCH 37 64; do
			trap "echo $signal >>/signals" $signal
		done
		echo up >>/signals
		while :; do sleep 1000 & wait; done'
	wait_until heard up
}

heard()
{
	[[ $(tail -n 1 "$BUNDLE/rootfs/signals" 2>/dev/null) == "$1" ]]
}

@test "kill takes names with and without SIG, and numbers" {
	listening
	local signal name
	for signal in HUP:HUP SIGUSR1:USR1 12:USR2 2:INT SIGQUIT:QUIT TERM:TERM 10:USR1 15:TERM SIGWINCH:WINCH; do
		name=${signal#*:}
		quietly kill "$CT" "${signal%:*}"
		wait_until heard "$name" || fail "${signal%:*}: $(<"$BUNDLE/rootfs/signals")"
		echo next >>"$BUNDLE/rootfs/signals"
	done
}

@test "kill sends TERM when no signal is named" {
	listening
	quietly kill "$CT"
	wait_until heard TERM
}

@test "kill takes real-time signals by number up to 64, and by name" {
	listening
	quietly kill "$CT" 37
	wait_until heard 37
	echo next >>"$BUNDLE/rootfs/signals"
	quietly kill "$CT" SIGRTMIN+3
	wait_until heard 37
	quietly kill "$CT" 64
	wait_until heard 64
}

@test "kill refuses what is no signal, and the container goes on" {
	running
	local signal
	for signal in -1 65 999 4294967305 9x 1e1 KILLx SIGNOPE SIG '' ' 9' RTMIN+99; do
		detached kill "$CT" "$signal"
		[[ $status -ne 0 && -n $stderr && -z $stdout ]] || fail "'$signal': exit $status" "$output"
	done
	has_status "$CT" running
}

@test "kill 0 asks whether the program is there, and sends nothing" {
	listening
	quietly kill "$CT" 0
	quietly kill --all "$CT" 0
	quietly kill "$CT" KILL
	wait_until has_status "$CT" stopped
	[[ $(<"$BUNDLE/rootfs/signals") == up ]]
	refuses "container not running" kill "$CT" 0
}

@test "kill KILL ends the program" {
	running
	quietly kill "$CT" KILL
	wait_until has_status "$CT" stopped
}

@test "kill works on a created container" {
	create "$CT"
	quietly kill "$CT" SIGKILL
	wait_until has_status "$CT" stopped
}

@test "a created container ends by what ends a process, and by nothing else" {
	local signal
	args sleep 1000
	create "$CT"
	for signal in 0 WINCH CHLD CONT; do
		quietly kill "$CT" "$signal"
	done
	has_status "$CT" created
	quietly start "$CT"
	has_status "$CT" running
	for signal in TERM INT HUP USR1; do
		delete_all "$ROOT"
		create "$CT"
		quietly kill "$CT" "$signal"
		wait_until has_status "$CT" stopped
	done
}

@test "kill KILL takes along all processes of a container that has no pid namespace of its own" {
	needs_root "$SHARED_PIDS"
	config '.linux.namespaces |= map(select(.type != "pid"))'
	running
	detached exec --detach --pid-file "$DIR/pid" "$CT" sleep 1000
	kill -KILL "$(state_of "$CT" .pid)"
	wait_until has_status "$CT" stopped
	# The container had only this process.
	[[ -d /proc/$(<"$DIR/pid") ]]
	quietly kill "$CT" KILL
	wait_until gone "$(<"$DIR/pid")"
	wait_until no_process
	refuses "container not running" kill "$CT" KILL
}

@test "kill reaches a process whose first thread has ended" {
	local how pid
	needs_root "$SHARED_PIDS"
	with_headless
	config '.linux.namespaces |= map(select(.type != "pid"))
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_KILL_THREAD"}]}'
	for how in exit acct; do
		running "$CT" headless "$how"
		pid=$(state_of "$CT" .pid)
		wait_until has_no_first_thread "$pid"
		has_status "$CT" running
		quietly kill "$CT" KILL
		# delete would not end that process either.
		wait_until has_status "$CT" stopped || { kill -KILL "$pid"; fail "$how lives on"; }
		delete_all "$ROOT"
	done
}

@test "kill --all reaches it, too, in a pid namespace and in the cgroups below" {
	local own pid
	with_headless
	running "$CT" sh -c 'headless exit & wait'
	pid=$(pgrep -P "$(state_of "$CT" .pid)")
	wait_until has_no_first_thread "$pid"
	own=$(cgroup_of "$pid")
	${AS_USER-} mkdir -p "$own/a/b"
	echo "$pid" >"$own/a/b/cgroup.procs"
	quietly kill --all "$CT" TERM
	wait_until gone "$pid"
	delete_all "$ROOT"
	running "$CT" headless exit
	wait_until has_no_first_thread "$(state_of "$CT" .pid)"
	quietly kill --all "$CT" KILL
	wait_until has_status "$CT" stopped
}

@test "kill --all reaches more processes than there are file descriptors" {
	running "$CT" sh -c 'for i in $(seq 100); do sleep 1000 & done; wait'
	wait_until holds -eq 101
	(ulimit -n 16; exec "$TARE" --root "$ROOT" kill --all "$CT" TERM)
	wait_until holds -le 1
}

# holds OPERATOR NUMBER: how many processes the container has.
holds()
{
	test "$(tare ps --format json "$CT" | jq length)" "$@"
}

@test "kill of a stopped container is refused" {
	running "$CT" true
	wait_until has_status "$CT" stopped
	refuses "container not running" kill "$CT" KILL
	refuses "container not running" kill "$CT"
}

@test "kill --all of a stopped container succeeds" {
	running "$CT" true
	wait_until has_status "$CT" stopped
	quietly kill --all "$CT" KILL
	quietly kill -a "$CT" 9
}

@test "kill --all reaches each process of the container" {
	needs_root "$SHARED_PIDS"
	config '.linux.namespaces |= map(select(.type != "pid")) | .root.readonly = false'
	running "$CT" sh -c 'sh -c "trap \"echo child >>/tmp/said; exit\" TERM; echo up >>/tmp/said; while :; do sleep 1000 & wait; done" &
		trap "" TERM; wait'
	wait_until written "$BUNDLE/rootfs/tmp/said"
	quietly kill --all "$CT" TERM
	wait_until grep -q child "$BUNDLE/rootfs/tmp/said"
	quietly kill --all "$CT" KILL
	wait_until has_status "$CT" stopped
	wait_until no_process
}

@test "kill of what does not exist is refused" {
	refuses "container does not exist" kill "$CT" KILL
	refuses "container does not exist" kill --all "$CT" KILL
	detached kill
	[[ $status -ne 0 && -n $stderr ]]
}

@test "kill sends the signal to the program alone" {
	config '.root.readonly = false'
	running "$CT" sh -c 'sh -c "trap \"echo child >>/tmp/said\" USR1; trap \"echo last >>/tmp/said\" USR2
			echo up >>/tmp/said; while :; do sleep 1000 & wait; done" &
		trap "echo program >>/tmp/said" USR1; while :; do wait; done'
	wait_until written "$BUNDLE/rootfs/tmp/said"
	quietly kill "$CT" USR1
	wait_until grep -q program "$BUNDLE/rootfs/tmp/said"
	# Of two pending signals the shell handles the lower number first: if the child had got USR1, it would report
	# that before it answers this one.
	kill -USR2 "$(pgrep -P "$(state_of "$CT" .pid)")"
	wait_until grep -q last "$BUNDLE/rootfs/tmp/said"
	[[ $(<"$BUNDLE/rootfs/tmp/said") == $'up\nprogram\nlast' ]]
}

@test "kill needs no environment" {
	running
	run -0 env -i "$TARE" --root "$ROOT" kill "$CT" KILL
	[[ -z $output ]]
	wait_until has_status "$CT" stopped
	run -0 env -i XDG_RUNTIME_DIR= "$TARE" --root "$ROOT" delete "$CT"
	[[ -z $output ]]
}

@test "kill --regex reaches every container whose id matches, and no other" {
	local id
	for id in a1 a2 b1; do
		running "$CT-$id"
	done
	quietly kill --regex -- "-a[0-9]\$" KILL
	wait_until has_status "$CT-a1" stopped
	wait_until has_status "$CT-a2" stopped
	has_status "$CT-b1" running
	quietly kill -r 'no such (id|name)'
}

@test "kill --regex goes on after a container that cannot be killed, and fails at the end" {
	running "$CT-a" true
	running "$CT-b"
	wait_until has_status "$CT-a" stopped
	refuses "$CT-a: container not running" kill --regex "$CT" KILL
	[[ $stderr != *"$CT-b"* ]]
	wait_until has_status "$CT-b" stopped
	refuses "invalid regular expression 'a(': Unmatched ( or \\(" kill --regex 'a('
}

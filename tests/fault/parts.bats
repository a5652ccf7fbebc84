#!/usr/bin/env bats
# What few containers have: network devices, a notify socket, a seccomp agent, startContainer hooks, a memory policy, an
# exec whose terminal goes to a console socket. When one system call fails, all of it is there or none, and the devices
# are back on the host.

load inject

setup_file()
{
	build_inject
}

setup()
{
	fault_setup
	python3 "$LIB/sink.py" "$DIR/sink" stream datagram </dev/null 3>&- &
	HELPERS=($!)
	wait_until test -S "$DIR/sink.datagram"
	export NOTIFY_SOCKET=$DIR/sink.datagram
	config '.linux.memoryPolicy = {mode: "MPOL_LOCAL"}
		| .hooks.startContainer = [{path: "/bin/true"}]
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $agent,
			syscalls: [{names: ["acct"], action: "SCMP_ACT_NOTIFY"}]}' --arg agent "$DIR/sink.stream"
	args sh -c 'echo "$HOME $NOTIFY_SOCKET"; grep ^Seccomp: /proc/self/status; cut -d " " -f 2 /proc/self/numa_maps | sort -u
		ls -d /run/notify/*; echo end'
}

teardown()
{
	local status=0
	delete_all "$ROOT" || status=1
	kill "${HELPERS[@]}" && { wait "${HELPERS[@]}" || true; }
	wait_until nothing_left || fail "left behind:" "$(leftovers)" || status=1
	return "$status"
}

ERRORS=(EIO EMFILE ENOMEM EINTR EPERM ENOSPC EAGAIN)

# ---- network devices ----

on_host()
{
	nsenter --net="/proc/$HOLDER/ns/net" "$@"
}

is_apart()
{
	[[ $(readlink "/proc/$1/ns/net") != "$(readlink /proc/self/ns/net)" ]]
}

has_no_device()
{
	! on_host ip link show "$1" >/dev/null 2>&1
}

# Prints the devices and their addresses, without the kernel's counters.
devices()
{
	on_host ip -json addr | jq -c 'map({ifname, mtu, address, up: (.flags | index("UP")), addr: [.addr_info[] | {local, prefixlen, scope}]}) | sort'
}

add_device()
{
	on_host ip link add eth7 address 02:00:00:00:00:07 mtu 1400 type veth peer name peer7 address 02:00:00:00:00:08
	on_host ip addr add 192.0.2.7/24 dev eth7
}

# The runtime runs in the network namespace of a process of the test, which has a device to move.
with_device()
{
	command -v ip >/dev/null || skip "there is no ip (iproute2)"
	unshare --net sleep 1000 3>&- &
	HOLDER=$!
	HELPERS+=("$HOLDER")
	wait_until is_apart "$HOLDER"
	add_device || skip "this kernel has no veth devices"
	DEVICES=$(devices)
	printf '#!/bin/sh\nexec nsenter --net=/proc/%s/ns/net %s "$@"\n' "$HOLDER" "$INJECT" >"$DIR/inject"
	chmod 755 "$DIR/inject"
	INJECT=$DIR/inject
	config '.linux.netDevices = {eth7: {name: "net0"}}'
}

# Judges a create: the device is in the container, or on the host as it was.
moved_or_back()
{
	local pid
	if [[ $status -eq 0 ]]; then
		pid=$(state_of "$CT" .pid)
		# When init dies after its READY and before its wait for start, create succeeds and the container is
		# stopped.
		((pid == 0)) || nsenter --net="/proc/$pid/ns/net" ip -o addr show dev net0 | grep -q 192.0.2.7 ||
			fail "$1: no device"
		quietly delete --force "$CT"
		wait_until has_no_device peer7 || fail "$1: the other end lives on"
		add_device
	else
		[[ $status -eq 1 && -n $stderr ]] || fail "$1: exit $status: $output"
		[[ $(devices) == "$DEVICES" ]] || fail "$1: $output" "$(diff <(echo "$DEVICES" | jq) <(devices | jq))"
	fi
	nothing_remains || fail "$1: left behind:" "$(remains)"
}

@test "an error at a call of the host's side of create: the network device has moved, or is back" {
	with_device
	config '.process.noNewPrivileges = false'
	faults moved_or_back host 10 "${ERRORS[@]}" -- create --bundle "$BUNDLE" "$CT"
}

@test "an error at each call that is about a network device" {
	local calls=socket,sendto,recvmsg,setns index total errors=(ENOMEM EINTR) error
	with_device
	injected -n "$calls" -- create --bundle "$BUNDLE" "$CT"
	count_calls
	moved_or_back "without a fault"
	for index in $(indices "$total" 12); do
		error=${errors[index % 2]}
		injected -n "$calls" -e "$error" -i "$index" -- create --bundle "$BUNDLE" "$CT"
		happened "$index" "$total"
		moved_or_back "$error at call $index: $(struck)"
	done
}

@test "an error at a call of init: the network device is back" {
	with_device
	faults moved_or_back init 6 "${ERRORS[@]}" -- create --bundle "$BUNDLE" "$CT"
}

# ---- from create to the program ----

# Judges a run: the program printed all that it should, or nothing.
whole_or_nothing()
{
	GOLDEN=${GOLDEN:-$stdout}
	if [[ $stdout == *end* ]]; then
		[[ $stdout == "$GOLDEN" ]] || fail "$1:" "$(diff <(echo "$GOLDEN") <(echo "$stdout"))"
	else
		[[ $status -eq 1 && -n $stderr && -z $stdout ]] || fail "$1: exit $status: $output"
	fi
	nothing_remains || [[ $status -ne 0 && $stdout == *end* ]] || fail "$1: exit $status, left behind:" "$(remains)" "$output"
	quietly delete --force "$CT"
	nothing_remains || fail "$1: left behind after delete --force:" "$(remains)"
}

@test "an error at a call of run: with notify socket, agent and hooks, or not at all" {
	GOLDEN=
	faults whole_or_nothing host 12 "${ERRORS[@]}" -- run --bundle "$BUNDLE" "$CT"
	[[ $GOLDEN == *"/root /run/notify/notify.sock"*"/run/notify/notify.sock"* ]] || fail "$GOLDEN"
	faults whole_or_nothing init 12 "${ERRORS[@]}" -- run --bundle "$BUNDLE" "$CT"
}

# ---- exec ----

alone()
{
	[[ $(<"$CGROUP/cgroup.procs") == "$PID" ]]
}

# Judges a detached exec of a program that stays: the process exists with its terminal, agent, pidfd and pid file, or
# none of them exists.
there_or_not()
{
	local pids
	if [[ $status -eq 0 ]]; then
		pids=$(grep -vx "$PID" "$CGROUP/cgroup.procs") || fail "$1: no process"
		[[ $pids == "$(<"$DIR/pid")" ]] || fail "$1: pid file $(<"$DIR/pid"), process $pids"
		[[ $(tr '\0' ' ' <"/proc/$pids/cmdline") == "sleep 1000 " ]] || fail "$1: not the program"
		kill -KILL "$pids"
	else
		[[ $status -eq 255 && -n $stderr && ! -e $DIR/pid ]] || fail "$1: exit $status: $output"
	fi
	wait_until alone || fail "$1: left in the cgroup:" "$(<"$CGROUP/cgroup.procs")"
	[[ -z $(find "$DIR" -name '*.pid.*' -o -name '.pid*') ]] || fail "$1: left of the pid file"
	rm -f "$DIR/pid"
}

@test "an error at a call of exec: terminal, agent, pidfd and pid file, or nothing" {
	config '.process.noNewPrivileges = false'
	# Otherwise start would wait until the program says that it is ready.
	unset NOTIFY_SOCKET
	running
	PID=$(state_of "$CT" .pid)
	CGROUP=$(echo /sys/fs/cgroup/*"$CT"*/)
	faults there_or_not host 15 "${ERRORS[@]}" -- exec --detach --tty --console-socket "$DIR/sink.stream" --pid-file "$DIR/pid" \
		--pidfd-socket "$DIR/sink.stream" "$CT" sleep 1000
	faults there_or_not init 8 "${ERRORS[@]}" -- exec --detach --tty --console-socket "$DIR/sink.stream" --pid-file "$DIR/pid" "$CT" sleep 1000
}

#!/usr/bin/env bats
# tare-systemd with the real systemd, that of the system and that of a user, by its private socket and by the bus. It
# runs in the machine of tests/host, and not in tests/lib/pure-v2, which hides the sockets of systemd.
#
# bats file_tags=machine

load fake

UNIT=tare-machine-$BATS_TEST_NUMBER.scope

setup()
{
	[[ -d /run/systemd/system ]] || skip "systemd is not the first process here"
	[[ -x $PROGRAM ]] || skip "there is no tare-systemd: libsystemd was not there for the build"
	guest=$(id -u guest)
	sleepers=()
}

teardown()
{
	local who
	kill -KILL "${sleepers[@]}" 2>/dev/null || true
	for who in system user; do
		wait_until gone "$who" || manager "$who" stop "$UNIT"
		manager "$who" reset-failed "$UNIT" 2>/dev/null || true
	done
}

as_guest()
{
	setpriv --reuid guest --regid guest --init-groups -- env HOME=/home/guest XDG_RUNTIME_DIR="/run/user/$guest" "$@"
}

# manager system|user ARG...: systemctl for that systemd.
manager()
{
	if [[ $1 == user ]]; then
		as_guest systemctl --user "${@:2}"
	else
		systemctl "${@:2}"
	fi
}

shown()
{
	manager "$1" show --property "$2" --value "$UNIT"
}

gone()
{
	[[ $(shown "$1" ActiveState) =~ ^(inactive|failed)$ ]]
}

# sleeper system|user: a process of that user, which ignores SIGTERM; sets pid.
sleeper()
{
	local command=(env --ignore-signal=TERM sleep 1000)
	[[ $1 == system ]] || command=(setpriv --reuid guest --regid guest --init-groups -- "${command[@]}")
	"${command[@]}" 3>&- &
	pid=$!
	sleepers+=("$pid")
	wait_until grep -q sleep "/proc/$pid/comm"
}

# asked system|user private|bus SECONDS WORD...: asks that systemd, and the other way to it is closed.
asked()
{
	local who=$1 hidden command=("$ASK" "${how[@]}" "$PROGRAM" "$1" "${@:3}")
	case $1-$2 in
	system-private) hidden=/run/dbus ;;
	system-bus) hidden=/run/systemd ;;
	user-private) hidden=/run/user/$guest/bus ;;
	user-bus) hidden=/run/user/$guest/systemd ;;
	esac
	mkdir -p "$DIR/nothing"
	: >"$DIR/no-file"
	[[ $who == system ]] || command=(setpriv --reuid guest --regid guest --init-groups -- env -u DBUS_SESSION_BUS_ADDRESS
		XDG_RUNTIME_DIR="/run/user/$guest" "${command[@]}")
	# shellcheck disable=SC2016
	unshare --mount sh -c '[ -d "$1" ] && mount --bind "$2/nothing" "$1" || mount --bind "$2/no-file" "$1"
		shift 2 && exec "$@"' sh "$hidden" "$DIR" "${command[@]}"
}

each_way()
{
	local who way
	for who in system user; do
		for way in private bus; do
			echo "# $who, $way"
			"$1"
		done
	done
}

@test "a scope is started with its properties, changed, and goes with its process" {
	start_and_set()
	{
		sleeper "$who"
		answers $'done\nNoSuchProperty' asked "$who" "$way" 60 start "$UNIT" =Description s 'sa container' =PIDs au au "u$pid" . \
			=Delegate b btrue =MemoryMax t t536870912 =TasksMax t t100 =CPUQuotaPerSecUSec t t250000 '?NoSuchProperty' s sx \
			=DevicePolicy s sstrict =DeviceAllow 'a(ss)' 'a(ss)' '(ss' s/dev/null srwm . '(ss' schar-pts srw . . \
			=AllowedCPUs ay ay y1 . =DefaultDependencies b bfalse =CollectMode s sinactive-or-failed
		[[ $(shown "$who" ActiveState) == active ]]
		[[ $(shown "$who" Description) == "a container" ]]
		[[ $(shown "$who" MemoryMax) == 536870912 ]]
		[[ $(shown "$who" TasksMax) == 100 ]]
		[[ $(shown "$who" CPUQuotaPerSecUSec) == 250ms ]]
		[[ $(shown "$who" Delegate) == yes ]]
		[[ $(shown "$who" DevicePolicy) == strict ]]
		[[ $(shown "$who" DeviceAllow) == *"/dev/null rwm"* ]]
		[[ $(shown "$who" AllowedCPUs) == 0 ]]
		grep -q "/$UNIT\$" "/proc/$pid/cgroup"
		answers $'done\nNoSuchProperty' asked "$who" "$way" 60 set "$UNIT" =MemoryMax t t268435456 '?NoSuchProperty' s sx
		manager "$who" daemon-reload
		[[ $(shown "$who" MemoryMax) == 268435456 ]]
		[[ $(<"/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$pid/cgroup")/memory.max") == 268435456 ]]
		kill -KILL "$pid"
		wait_until gone "$who"
	}
	each_way start_and_set
}

@test "what systemd refuses is told with its reason" {
	refuse()
	{
		answers "failed
org.freedesktop.DBus.Error.PropertyReadOnly
systemd refuses to start the unit '$UNIT': it does not know the property 'NoSuchProperty', or cannot set it" \
			asked "$who" "$way" 60 start "$UNIT" =NoSuchProperty s sx
		run asked "$who" "$way" 60 start "$UNIT" =PIDs au au u4194303 .
		[[ $output == $'failed\n'*"systemd refuses to start the unit '$UNIT': "*"o such process"* ]] || fail "$output"
		answers "failed
org.freedesktop.systemd1.NoSuchUnit
systemd refuses to change the unit '$UNIT': Unit $UNIT not found" asked "$who" "$way" 60 set "$UNIT" =MemoryMax t t4096
		run asked "$who" "$way" 60 start "tare machine" =MemoryMax t t4096
		[[ $output == $'failed\norg.freedesktop.DBus.Error.InvalidArgs\n'* ]] || fail "$output"
	}
	each_way refuse
}

@test "a unit in use is left alone, a failed one is reset, and one that goes away is waited for" {
	meet()
	{
		local other
		sleeper "$who"
		other=$pid
		answers "done" asked "$who" "$way" 60 start "$UNIT" =PIDs au au "u$other" . =TimeoutStopUSec t t100000
		sleeper "$who"
		answers "failed
org.freedesktop.systemd1.UnitExists
the unit '$UNIT' exists and is in use (active)" asked "$who" "$way" 60 start "$UNIT" =PIDs au au "u$pid" .
		[[ $(shown "$who" ActiveState) == active ]]
		manager "$who" stop "$UNIT"
		[[ $(shown "$who" Result) == timeout && $(shown "$who" ActiveState) == failed ]]
		answers "done" asked "$who" "$way" 60 start "$UNIT" =PIDs au au "u$pid" .
		for _ in {1..5}; do
			kill -KILL "$pid"
			sleeper "$who"
			answers "done" asked "$who" "$way" 60 start "$UNIT" =PIDs au au "u$pid" .
		done
		kill -KILL "$pid"
		wait_until gone "$who"
	}
	each_way meet
}

@test "without the bus the private socket does, and a bus that stops is an error within the time limit" {
	local daemon
	daemon=$(systemctl show --property MainPID --value dbus.service)
	sleeper system
	kill -STOP "$daemon"
	run asked system private 60 start "$UNIT" =PIDs au au "u$pid" .
	[[ $output == "done" ]] || { kill -CONT "$daemon"; fail "$output"; }
	run asked system bus 2 set "$UNIT" =MemoryMax t t4096
	kill -CONT "$daemon"
	[[ $output == $'failed\n\n'"cannot reach systemd at '/run/dbus/system_bus_socket': no answer within 2 seconds" ]] || fail "$output"
}

@test "root of a user namespace is the user outside" {
	sleeper user
	run as_guest env -u XDG_RUNTIME_DIR -u DBUS_SESSION_BUS_ADDRESS unshare --user --map-root-user \
		"$ASK" "$PROGRAM" user 60 start "$UNIT" =PIDs au au "u$pid" .
	[[ $output == "done" ]] || fail "$output"
	grep -q "user@$guest.service/.*/$UNIT\$" "/proc/$pid/cgroup"
}

# The last one: the systemd of a user does not connect again to a bus that has been started anew, by which the host's systemd moves
# processes for it.
@test "systemd may be executed anew meanwhile, and the bus started anew" {
	local way reexecs count=0
	for way in private bus; do
		{
			systemctl daemon-reexec
			systemctl daemon-reload
			systemctl daemon-reexec
			[[ $way == private ]] || systemctl restart dbus.service
		} 3>&- &
		reexecs=$!
		while kill -0 "$reexecs" 2>/dev/null; do
			sleeper system
			answers "done" asked system "$way" 60 start "$UNIT" =PIDs au au "u$pid" .
			kill -KILL "$pid"
			count=$((count + 1))
		done
		wait "$reexecs"
	done
	((count >= 4)) || fail "only $count starts"
}

# A systemd for a test: tests/systemd/fake.c, and tare-systemd asked by hand.
#
# shellcheck shell=bash disable=SC2034
bats_require_minimum_version 1.5.0

REPOSITORY=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
TARE=${TARE:-$REPOSITORY/build/debug/tare}
PROGRAM=${TARE%/*}/tare-systemd
FAKE=${TARE%/*}/tests/systemd/fake-systemd
ASK=$REPOSITORY/tests/systemd/ask.py
DIR=$BATS_TEST_TMPDIR
# How long to wait for an event, in seconds. Only a test that fails waits so long.
: "${SECONDS_TO_WAIT:=20}"

fakes=()

need_programs()
{
	[[ -x $PROGRAM ]] || skip "there is no tare-systemd: libsystemd was not there for the build"
	[[ -x $FAKE ]] || skip "this build has no systemd for tests"
}

fail()
{
	printf '%s\n' "$@"
	return 1
}

wait_until()
{
	local deadline=$((SECONDS + SECONDS_TO_WAIT))
	until "$@"; do
		((SECONDS <= deadline)) || return 1
		read -rt 0.02 <> <(:) || true
	done
}

logged()
{
	grep -qsx -- "$2" "$1"
}

# fake DIR [OPTION...]: a systemd at the private socket of the user whose XDG_RUNTIME_DIR is DIR; its log is DIR/log.
fake()
{
	local runtime=$1
	shift
	mkdir -p "$runtime/systemd"
	rm -f "$runtime/log" "$runtime/systemd/private"
	"$FAKE" --log "$runtime/log" --socket "$runtime/systemd/private" "$@" >"$runtime/output" 2>&1 3>&- &
	fakes+=($!)
	wait_until logged "$runtime/log" ready
}

# bus DIR: a bus at DIR/bus, where the user whose XDG_RUNTIME_DIR is DIR has it. Sets bus_daemon to its pid.
bus()
{
	command -v dbus-daemon >/dev/null || skip "there is no dbus-daemon"
	mkdir -p "$1"
	cat >"$1/bus.conf" <<-END
		<busconfig>
		<type>session</type>
		<listen>unix:path=$1/bus</listen>
		<policy context="default">
		<allow send_destination="*" eavesdrop="false"/>
		<allow receive_sender="*"/>
		<allow own="*"/>
		</policy>
		</busconfig>
	END
	rm -f "$1/bus"
	dbus-daemon --nofork --nosyslog --config-file="$1/bus.conf" >"$1/bus-output" 2>&1 3>&- &
	bus_daemon=$!
	fakes+=("$bus_daemon")
	wait_until test -S "$1/bus"
}

# fake_on_bus DIR [OPTION...]: a systemd on the bus of DIR, which has no private socket.
fake_on_bus()
{
	local runtime=$1
	shift
	rm -f "$runtime/log"
	"$FAKE" --log "$runtime/log" --bus "unix:path=$runtime/bus" "$@" >"$runtime/output" 2>&1 3>&- &
	fakes+=($!)
	wait_until logged "$runtime/log" ready
}

# Ends all fakes of the test, which remove their cgroups.
end_fakes()
{
	local pid i
	for ((i = ${#fakes[@]} - 1; i >= 0; i--)); do
		pid=${fakes[i]}
		kill -CONT "$pid" 2>/dev/null || true
		kill "$pid" 2>/dev/null || true
		wait "$pid" || [[ $? -eq 143 ]] || echo "a fake ended with an error"
	done
	fakes=()
}

# ask DIR SECONDS [WORD...]: has tare-systemd ask the systemd of the user whose XDG_RUNTIME_DIR is DIR; options of ask.py
# are in the array "how".
how=()
ask()
{
	env -u DBUS_SESSION_BUS_ADDRESS -u _CONTAINERS_ROOTLESS_UID XDG_RUNTIME_DIR="$1" \
		timeout 60 "$ASK" "${how[@]}" "$PROGRAM" user "${@:2}"
}

# answers TEXT COMMAND...: what the command prints is TEXT, with its lines.
answers()
{
	local text=$1
	shift
	run "$@"
	[[ $output == "$text" ]] || fail "wanted: $text" "got: $output"
}

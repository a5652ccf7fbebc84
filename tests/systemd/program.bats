#!/usr/bin/env bats
# tare-systemd, asked as tare asks it, with a systemd that behaves or does not. What the real systemd says is in
# machine.bats.

load fake

UNIT=tare-program.scope
START=(start "$UNIT" =PIDs au au @PID .)

setup()
{
	need_programs
	fake=$DIR/runtime
}

teardown()
{
	end_fakes
}

@test "a unit is started, with the properties that were asked for and the process in its cgroup" {
	fake "$fake"
	how=(--show)
	answers $'done\n0::/machine.slice/machine-test.slice/tare-program.scope' ask "$fake" 10 "${START[@]}" \
		=Slice s smachine-test.slice =Delegate b btrue =MemoryMax t t18446744073709551615 \
		=DeviceAllow 'a(ss)' 'a(ss)' '(ss' s/dev/null srwm . '(ss' schar-pts sr . . '=Description' s 'sa container'
	wait_until logged "$fake/log" "removed $UNIT"
	sed 's/\(PIDs.*\) u[0-9]* /\1 PID /' "$fake/log" >"$DIR/log"
	diff "$DIR/log" - <<-END
		ready
		connected
		call StartTransientUnit
		start $UNIT fail
		property PIDs au au PID .
		property Slice s smachine-test.slice
		property Delegate b btrue
		property MemoryMax t t18446744073709551615
		property DeviceAllow a(ss) a(ss) (ss s/dev/null srwm . (ss schar-pts sr . .
		property Description s sa container
		removed $UNIT
	END
}

@test "a value of each type arrives as it was" {
	local value values=('y y0' 'y y255' 'n n-32768' 'n n32767' 'q q65535' 'i i-2147483648' 'i i2147483647' 'u u4294967295'
		'x x-9223372036854775808' 'x x9223372036854775807' 't t18446744073709551615' 'd d0.25' 'b bfalse' 's s' 's s.'
		'o o/a/b' 'g ga{sv}' 'as as .' 'ay ay y1 y2 .' 'a{sv} a{sv} {sv sname vas as sx . . . .' 'v v(st) (st sx t1 . .'
		'(s(ub)) (s(ub) sx (ub u1 btrue . .')
	fake "$fake" --any
	for value in "${values[@]}"; do
		read -ra words <<<"$value"
		answers done ask "$fake" 10 "${START[@]}" =Value "${words[@]}"
		logged "$fake/log" "property Value $value" || fail "$value" "$(tail -n 3 "$fake/log")"
	done
}

@test "a value that is not of its type is refused" {
	local value values=('y y256' 'y y-1' 'n n32768' 'n n-32769' 'q q65536' 'i i2147483648' 'u u4294967296' 'u u-1'
		'x x9223372036854775808' 't t18446744073709551616' 't t99999999999999999999999' 't t' 't t1x' 't t+1' 't t-'
		'd d1x' 'd d' 'b b1' 's u1' 'o ox' 'g ga' 'au au sx .' 'au as sx .' '(st) (st sx .' '(st) (st sx t1 t2 .'
		'a a .' 'zz s' 'au u1' 'v vst sx t1 .')
	fake "$fake" --any
	for value in "${values[@]}"; do
		read -ra words <<<"$value"
		answers $'failed\n\n'"the value of the property 'Value' does not have the type '${words[0]}'" \
			ask "$fake" 10 start "$UNIT" =Value "${words[@]}"
	done
	! grep call "$fake/log" || false
}

@test "properties that systemd does not know are left out when they may be, and named" {
	fake "$fake" --unknown MemoryZSwapMax,OOMPolicy
	answers $'done\nMemoryZSwapMax\nMemoryMaxScale\nOOMPolicy' ask "$fake" 10 "${START[@]}" '?MemoryZSwapMax' t t0 \
		=MemoryMax t t4096 '?MemoryMaxScale' t t1 '?OOMPolicy' s scontinue '?MemoryHigh' t t1
	[[ $(grep -c StartTransientUnit "$fake/log") -eq 4 ]]
	grep -qx 'property MemoryHigh t t1' "$fake/log"
}

@test "a property that systemd has to know is an error that names it" {
	fake "$fake" --unknown MemoryMax
	answers "failed
org.freedesktop.DBus.Error.PropertyReadOnly
systemd refuses to start the unit '$UNIT': it does not know the property 'MemoryMax', or cannot set it" \
		ask "$fake" 10 "${START[@]}" =MemoryMax t t4096
}

@test "properties of a unit are changed until the next boot" {
	fake "$fake" --exists 1 --state active --process --unknown OOMPolicy
	ask "$fake" 10 "${START[@]}" || true # so that there is a unit
	answers $'done\nOOMPolicy' ask "$fake" 10 set "$UNIT" '?OOMPolicy' s scontinue =TasksMax t t17
	logged "$fake/log" "set $UNIT runtime"
	logged "$fake/log" 'property TasksMax t t17'
	answers "failed
org.freedesktop.DBus.Error.PropertyReadOnly
systemd refuses to change the unit '$UNIT': it does not know the property 'OOMPolicy', or cannot set it" \
		ask "$fake" 10 set "$UNIT" =OOMPolicy s scontinue
	answers "failed
org.freedesktop.systemd1.NoSuchUnit
systemd refuses to change the unit 'other.scope': Unit other.scope not loaded" ask "$fake" 10 set other.scope =TasksMax t t17
}

@test "an earlier unit that has failed is reset, one that goes away is waited for" {
	local state
	for state in failed inactive deactivating active; do
		fake "$fake" --exists 3 --state "$state"
		answers done ask "$fake" 10 "${START[@]}"
		[[ $(grep -c "^start" "$fake/log") -eq 4 ]] || fail "$state" "$(<"$fake/log")"
		[[ $state != failed ]] || [[ $(grep -cx "reset $UNIT" "$fake/log") -eq 3 ]]
		[[ $state == failed ]] || ! grep reset "$fake/log"
		end_fakes
	done
}

@test "an earlier unit whose removal is not told goes away all the same" {
	fake "$fake" --exists 2 --state deactivating --silent
	answers done ask "$fake" 10 "${START[@]}"
}

@test "a unit that is in use is left alone" {
	fake "$fake" --exists 1 --state active --process
	answers "failed
org.freedesktop.systemd1.UnitExists
the unit '$UNIT' exists and is in use (active)" ask "$fake" 10 "${START[@]}"
	! grep -E 'reset|Stop' "$fake/log"
}

@test "an earlier unit that stays is an error within 5 seconds" {
	fake "$fake" --exists 1000 --state inactive --silent
	local before=$SECONDS
	answers "failed
org.freedesktop.systemd1.UnitExists
systemd has not removed the earlier unit '$UNIT' within 5 seconds" ask "$fake" 30 "${START[@]}"
	((SECONDS - before < 25))
}

@test "the end of the job may come before its name is known, and after the ends of other jobs" {
	fake "$fake" --early
	answers done ask "$fake" 10 "${START[@]}"
	end_fakes
	fake "$fake" --foreign 30
	answers done ask "$fake" 10 "${START[@]}"
}

@test "a unit that runs is started, also when the end of its job is not told" {
	fake "$fake" --at 2 --how silence
	answers done ask "$fake" 10 "${START[@]}"
}

@test "a job that does not end well is an error, and its failed unit is not left" {
	local result
	for result in failed timeout canceled dependency; do
		fake "$fake" --job "$result"
		run ask "$fake" 10 "${START[@]}"
		[[ $status -eq 1 && ${lines[1]} == "systemd has not started the unit '$UNIT': the result of its job is '$result'"* ]] ||
			fail "$output"
		wait_until logged "$fake/log" "reset $UNIT" || fail "$result" "$(<"$fake/log")"
		end_fakes
	done
	fake "$fake" --early --job failed
	answers "failed

systemd has not started the unit '$UNIT': the result of its job is 'failed', that of the unit 'resources'" \
		ask "$fake" 10 "${START[@]}"
}

# misbehaves K HOW PATTERN [OPTION...]: a start with a fake that misbehaves at the K-th event, in the background. What is
# wrong is in a file of the test.
misbehaves()
{
	local k=$1 how_it_is=$2 pattern=$3 mine=$DIR/$2-$1-$RANDOM before answer
	shift 3
	mkdir -p "$mine"
	(
		set +e # what is wrong is written down
		fakes=()
		fake "$mine" --at "$k" --how "$how_it_is" --unknown MemoryHigh "$@"
		before=$SECONDS
		answer=$(ask "$mine" 2 "start" "tare-$how_it_is-$k.scope" =PIDs au au @PID . '?MemoryHigh' t t1) || true
		[[ $answer =~ $pattern ]] || echo "at $k, $how_it_is, $*: $answer" >"$mine/wrong"
		((SECONDS - before <= 45)) || echo "at $k, $how_it_is, $*: $((SECONDS - before)) seconds" >"$mine/wrong"
		end_fakes >>"$mine/wrong"
		[[ -s $mine/wrong ]] || rm "$mine/wrong"
	) >"$mine/output" 2>&1 3>&- &
	waited+=($!)
}

# At each event of a start that meets everything: a property that is not known, and a unit with the same name.
each_event()
{
	local k
	waited=()
	for ((k = 1; k <= 10; k++)); do
		misbehaves "$k" "$@" --exists 2
		misbehaves "$k" "$@" --exists 2 --state active
	done
	wait "${waited[@]}"
	cat "$DIR"/*/wrong 2>/dev/null && return 1
	# Each event was reached: with the end of its job a start has at least ten.
	[[ $(grep -l misbehaves "$DIR"/*/log | wc -l) -eq 20 ]]
}

@test "systemd that stops at any event is an error within the time limit" {
	each_event stop $'^failed\n\n(systemd has not (answered|started).* within 2 seconds|systemd has not removed .*)$'
}

@test "systemd that closes the connection at any event is an error" {
	each_event close $'^failed\n\nsystemd has closed the connection, and takes no new one: cannot reach systemd at \'.*\': .*$'
}

@test "systemd that drops the connection at any event, as when it is executed anew, is asked again" {
	each_event drop $'^done\nMemoryHigh$'
}

@test "a lost connection does not make the unit of somebody else ours" {
	fake "$fake" --at 1 --how drop --exists 2 --state active --process
	answers "failed
org.freedesktop.systemd1.UnitExists
the unit '$UNIT' exists and is in use (active)" ask "$fake" 10 "${START[@]}"
}

@test "an error of systemd at any event is passed on, unless the question was only one of curiosity" {
	each_event error $'^(failed\n.*(The fake was told to fail|result of its job).*|done\nMemoryHigh)$'
}

@test "a systemd that does not answer the connection, or closes it, is an error" {
	fake "$fake" --at 0 --how stop
	answers "failed

cannot reach systemd at '$fake/systemd/private': no answer within 1 second" ask "$fake" 1 "${START[@]}"
	end_fakes
	fake "$fake" --at 0 --how close
	answers "failed

no systemd here: '$fake/systemd/private': systemd has closed the connection; '$fake/bus': no such file or directory" \
		ask "$fake" 1 "${START[@]}"
}

@test "on a bus systemd is asked for its signals first" {
	bus "$fake"
	fake_on_bus "$fake" --unknown OOMPolicy --exists 1
	answers $'done\nOOMPolicy' ask "$fake" 10 "${START[@]}" '?OOMPolicy' s scontinue
	[[ $(sed -n 2p "$fake/log") == "call Subscribe" ]]
	answers "failed
org.freedesktop.systemd1.NoSuchUnit
systemd refuses to change the unit 'other.scope': Unit other.scope not loaded" ask "$fake" 10 set other.scope =TasksMax t t17
}

@test "a bus without systemd is an error" {
	bus "$fake"
	run ask "$fake" 10 "${START[@]}"
	[[ ${lines[1]} == "no systemd here: '$fake/systemd/private': no such file or directory; '$fake/bus': The name org.freedesktop.systemd1 was not provided"* ]] ||
		fail "$output"
}

@test "the address of the session's bus is tried before the user's own" {
	bus "$DIR/other"
	fake_on_bus "$DIR/other"
	how=()
	answers done env DBUS_SESSION_BUS_ADDRESS="unix:path=/nope;unix:path=$DIR/other/bus" XDG_RUNTIME_DIR="$DIR/none" \
		"$ASK" "$PROGRAM" user 10 "${START[@]}"
	answers done env DBUS_SYSTEM_BUS_ADDRESS="unix:path=$DIR/other/bus" unshare --mount sh -c \
		'mount -t tmpfs tmpfs /run && exec "$@"' sh "$ASK" "$PROGRAM" system 10 "${START[@]}"
}

@test "systemd that misbehaves on a bus at any event is an error" {
	local k
	for k in 1 2 3; do
		for how_it_is in stop close error; do
			bus "$fake"
			fake_on_bus "$fake" --at "$k" --how "$how_it_is"
			run ask "$fake" 1 "${START[@]}"
			[[ $status -eq 1 && $output == failed* ]] || fail "at $k, $how_it_is" "$output"
			end_fakes
		done
	done
}

@test "systemd that leaves the bus at any event and comes back is asked again" {
	local k
	for k in 1 2 3; do
		bus "$fake"
		fake_on_bus "$fake" --at "$k" --how drop
		answers done ask "$fake" 10 "${START[@]}"
		grep -q misbehaves "$fake/log"
		end_fakes
	done
}

@test "a bus that stops is an error within the time limit" {
	bus "$fake"
	fake_on_bus "$fake"
	kill -STOP "$bus_daemon"
	answers "failed

cannot reach systemd at '$fake/bus': no answer within 1 second" ask "$fake" 1 "${START[@]}"
	kill -CONT "$bus_daemon"
	how=(--after 1)
	{ read -rt 0.5 <> <(:) || true; kill -STOP "$bus_daemon"; } &
	answers $'failed\n\nsystemd has not answered the request to start the unit within 1 second' ask "$fake" 1 "${START[@]}"
	kill -CONT "$bus_daemon"
}

@test "what others on the bus say about the unit is not believed" {
	local name
	bus "$fake"
	fake_on_bus "$fake" --at 3
	(
		wait_until logged "$fake/log" "misbehaves: stop"
		for name in :1.{0..9}; do
			dbus-send --bus="unix:path=$fake/bus" --type=signal --dest="$name" /org/freedesktop/systemd1 \
				org.freedesktop.systemd1.Manager.JobRemoved uint32:1 objpath:/org/freedesktop/systemd1/job/1 \
				string:"$UNIT" string:done || true
		done
		: >"$DIR/told"
	) 3>&- &
	answers $'failed\n\nsystemd has not started the unit within 3 seconds' ask "$fake" 3 "${START[@]}"
	wait $!
	[[ -e $DIR/told ]]
}

@test "the time limit of the request begins with the request" {
	fake "$fake"
	how=(--after 1.5)
	answers done ask "$fake" 1 "${START[@]}"
}

@test "the time limit of a request that comes while we connect begins with the request, too" {
	local before=$SECONDS
	fake "$fake" --at 1
	kill -STOP "${fakes[0]}"
	{ read -rt 3 <> <(:) || true; kill -CONT "${fakes[0]}"; } 3>&- &
	answers $'failed\n\nsystemd has not answered the request to start the unit within 4 seconds' ask "$fake" 4 "${START[@]}"
	((SECONDS - before <= 25))
}

@test "the end of systemd before the request comes is noticed" {
	fake "$fake"
	how=(--after-file "$DIR/ended")
	{
		wait_until logged "$fake/log" connected
		kill "${fakes[0]}"
		wait_until test ! -e "$fake/systemd/private"
		: >"$DIR/ended"
	} 3>&- &
	run ask "$fake" 2 "${START[@]}"
	# It may not have read yet that it was taken.
	[[ ${lines[1]} =~ ^(systemd has closed the connection, and takes no new one: cannot reach systemd at|no systemd here:) ]] ||
		fail "$output"
	wait "$!"
}

@test "a socket where nobody listens yet is tried again for a while" {
	fake "$fake"
	kill -KILL "${fakes[0]}"
	wait "${fakes[0]}" || true
	{
		read -rt 1 <> <(:) || true
		rm "$fake/systemd/private"
		exec "$FAKE" --log "$fake/log2" --socket "$fake/systemd/private" &>"$fake/output"
	} 3>&- &
	fakes=($!)
	answers done ask "$fake" 10 "${START[@]}"
	end_fakes
	fake "$fake"
	kill -KILL "${fakes[0]}"
	wait "${fakes[0]}" || true
	fakes=()
	answers "failed

no systemd here: '$fake/systemd/private': connection refused; '$fake/bus': no such file or directory" ask "$fake" 1 "${START[@]}"
}

@test "without a request tare-systemd ends with the socket" {
	fake "$fake"
	how=(--close-after "$fake/log")
	answers "ended 1" ask "$fake" 60
	how=(--close-after "$fake/log")
	answers "ended 1" ask "$DIR/nothing" 60
}

@test "when tare ends, so does tare-systemd, and stops the unit that systemd has not started yet" {
	fake "$fake" --at 2
	(wait_until logged "$fake/log" "misbehaves: stop" && : >"$DIR/reached") 3>&- &
	how=(--close-after "$DIR/reached")
	answers "ended 1" ask "$fake" 60 "${START[@]}"
	wait_until logged "$fake/log" "ignores StopUnit"
}

@test "a unit whose process has ended before systemd could put it there is stopped" {
	fake "$fake"
	how=(--dead)
	answers "failed

the container's process has ended before systemd could put it into the unit '$UNIT'" ask "$fake" 10 "${START[@]}"
	wait_until logged "$fake/log" "stop $UNIT replace"
}

@test "that unit is stopped also when tare has ended before systemd has answered" {
	local asking
	fake "$fake" --at 1 --how pause
	how=(--dead --close-after "$DIR/close")
	ask "$fake" 60 "${START[@]}" >"$DIR/output" 3>&- &
	asking=$!
	wait_until logged "$fake/log" "misbehaves: pause"
	: >"$DIR/close"
	kill -CONT "${fakes[0]}"
	wait_until logged "$fake/log" "stop $UNIT replace"
	wait "$asking"
}

@test "the unit that systemd has not started at the time limit is stopped" {
	fake "$fake" --at 2
	answers $'failed\n\nsystemd has not started the unit within 1 second' ask "$fake" 1 "${START[@]}"
	wait_until logged "$fake/log" "ignores StopUnit"
}

@test "tare-systemd ends with tare also when another process has tare's end of the socket" {
	fake "$fake" --at 1
	how=(--orphan "$DIR/pid")
	(wait_until logged "$fake/log" "misbehaves: stop" && : >"$DIR/pid.go") 3>&- &
	ask "$fake" 60 start "$UNIT" =Description s sx &>"$DIR/output" || true
	wait_until test ! -e "/proc/$(<"$DIR/pid")"
}

# raw TEXT: a request as printf(1) makes it.
raw()
{
	how=(--raw)
	# shellcheck disable=SC2059
	printf "$1" | ask "$fake" 5
}

@test "requests that do not follow the rules are refused" {
	local many
	fake "$fake"
	many=$(printf '=A\\0s\\0s\\0%.0s' {1..513})
	refused()
	{
		answers $'failed\n\n'"$1" raw "$2"
	}
	refused "the request does not end with a NUL byte" 'start'
	refused "no request is called ''" '\0'
	refused "no request is called 'stop'" 'stop\0a.scope\0'
	refused "the request names no unit" 'start\0'
	refused "the request names no unit" 'start\0\0'
	refused "expected a property in the request, found 'MemoryMax'" 'start\0a\0MemoryMax\0t\0t1\0'
	refused "expected a property in the request, found ''" 'start\0a\0\0t\0t1\0'
	refused "'Memory Max' is not the name of a property" 'start\0a\0=Memory Max\0t\0t1\0'
	refused "the property '' has no name, no signature or no value" 'start\0a\0=\0t\0t1\0'
	refused "the property 'A' has no name, no signature or no value" 'start\0a\0=A\0'
	refused "the property 'A' has no name, no signature or no value" 'start\0a\0=A\0t\0'
	refused "the value of the property 'A' is not complete, or too deep" 'start\0a\0=A\0as\0as\0sx\0'
	refused "the value of the property 'A' is not complete, or too deep" 'start\0a\0=A\0as\0.\0'
	refused "the value of the property 'A' is not complete, or too deep" 'start\0a\0=A\0t\0\0'
	refused "the value of the property 'A' is not complete, or too deep" 'start\0a\0=A\0h\0h1\0'
	refused "the value of the property 'A' is not complete, or too deep" "start\\0a\\0=A\\0v\\0$(printf 'vv\\0%.0s' {1..70})vs\\0sx\\0$(printf '.\\0%.0s' {1..71})"
	refused "expected a property in the request, found 'sy'" 'start\0a\0=A\0s\0sx\0sy\0'
	refused "the request has more than 512 properties" "start\\0a\\0$many"
	refused "the request is longer than 65536 bytes" "start\\0$(printf 'x%.0s' {1..65600})\\0"
	refused "the unit's name '"$'\xff'"' is not valid" 'start\0\377\0'
	! grep call "$fake/log" || false
}

@test "no request ends tare-systemd by a signal" {
	fake "$fake" --any --at 1000000
	env -u DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR="$fake" "$REPOSITORY/tests/systemd/fuzz.py" "$PROGRAM" 400
}

@test "the user's systemd is looked for where it is" {
	local tried="'RUN/systemd/private': no such file or directory; '/nope': no such file or directory; 'RUN/bus': no such file or directory"
	nowhere()
	{
		run "${@:2}" "$ASK" "$PROGRAM" user 5 set a.scope
		[[ ${lines[1]} == "no systemd here: ${tried//RUN/$1}" ]] || fail "$1" "$output"
	}
	mkdir "$DIR/mine"
	chmod 711 "$BATS_RUN_TMPDIR"
	export DBUS_SESSION_BUS_ADDRESS=unix:path=/nope
	tried=${tried/\'\/nope/\'unix:path=\/nope}
	nowhere "$DIR/mine" env XDG_RUNTIME_DIR="$DIR/mine"
	nowhere /run/user/0 env -u XDG_RUNTIME_DIR
	nowhere /run/user/0 env XDG_RUNTIME_DIR=
	nowhere /run/user/4242 env -u XDG_RUNTIME_DIR _CONTAINERS_ROOTLESS_UID=4242
	nowhere /run/user/0 env -u XDG_RUNTIME_DIR _CONTAINERS_ROOTLESS_UID=4x2
	nowhere "$DIR/mine" env XDG_RUNTIME_DIR="$DIR/mine" _CONTAINERS_ROOTLESS_UID=4242
	nowhere /run/user/0 env -u XDG_RUNTIME_DIR unshare --user --map-root-user
	nowhere /run/user/0 env -u XDG_RUNTIME_DIR unshare --user --map-user=77
}

@test "a user is found from within a user namespace" {
	local copy=$DIR/program
	chmod 711 "$BATS_RUN_TMPDIR"
	chmod 755 "$DIR"
	install -m 755 "$PROGRAM" "$copy"
	install -m 755 "$ASK" "$DIR/ask.py"
	run setpriv --reuid 4343 --clear-groups env -u XDG_RUNTIME_DIR -u _CONTAINERS_ROOTLESS_UID unshare --user --map-root-user \
		"$DIR/ask.py" "$copy" user 5 set a.scope
	[[ $output == *"'/run/user/4343/systemd/private'"* ]] || fail "$output"
}

@test "the path of the socket may have any characters" {
	fake "$DIR/a b,c;d=e%f:\"ü"
	answers done ask "$DIR/a b,c;d=e%f:\"ü" 10 "${START[@]}"
}

@test "root asks the system's systemd at its private socket, others by the bus" {
	local there='mount -t tmpfs tmpfs /run && mkdir /run/systemd && exec "$@"'
	export -n DBUS_SYSTEM_BUS_ADDRESS
	run unshare --mount sh -c "$there" sh "$ASK" "$PROGRAM" system 5 set a.scope
	[[ ${lines[1]} == "no systemd here: '/run/systemd/private': no such file or directory; '/run/dbus/system_bus_socket': no such file or directory" ]] ||
		fail "$output"
	chmod 711 "$BATS_RUN_TMPDIR"
	chmod 755 "$DIR"
	install -m 755 "$PROGRAM" "$DIR/program"
	install -m 755 "$ASK" "$DIR/ask.py"
	run unshare --mount sh -c "$there" sh setpriv --reuid 4343 --clear-groups \
		"$DIR/ask.py" "$DIR/program" system 5 set a.scope
	[[ ${lines[1]} == "cannot reach systemd at '/run/dbus/system_bus_socket': no such file or directory" ]] || fail "$output"
}

@test "the system's private socket works" {
	# shellcheck disable=SC2016
	run unshare --mount bash -c '
		mount -t tmpfs tmpfs /run && mkdir /run/systemd
		"$1" --log /run/log --socket /run/systemd/private 3>&- &
		until grep -qs ready /run/log; do sleep 0.02; done
		"$2" "$3" system 5 start tare-program.scope =PIDs au au @PID .
		kill $! && wait $!' bash "$FAKE" "$ASK" "$PROGRAM"
	[[ $status -eq 0 && $output == done ]] || fail "$output"
}

@test "it is no program for users" {
	run -2 "$PROGRAM"
	[[ $output == "usage: tare-systemd system|user SECONDS"* ]]
	for words in "system" "system 0" "system -1" "system 1x" "system 86401" "other 5" "user 5 6"; do
		# shellcheck disable=SC2086
		run -2 "$PROGRAM" $words
	done
	run -2 "$PROGRAM" user 5 3<&0 </dev/null
	[[ $output == "tare-systemd: file descriptor 3 is not a socket of tare: tare starts this program" ]]
}

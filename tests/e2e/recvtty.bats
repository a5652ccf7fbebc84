#!/usr/bin/env bats
# tare-recvtty, which stands at the console socket as a manager does.

load helpers

setup()
{
	base_setup
	# Under tests/lib/with-user TARE is another program.
	RECVTTY=$(dirname "${REAL_TARE:-$TARE}")/tare-recvtty
	[[ -x $RECVTTY ]] || fail "there is no $RECVTTY: build it"
	SOCKET=$DIR/console
	config '.process.terminal = true'
}

# A test that failed may have left the receiver waiting.
teardown()
{
	[[ ! ${receiver-} ]] || kill "$receiver" 2>/dev/null || true
	base_teardown
}

# receive COMMAND...: runs what receives the terminal, in the background, and waits until it listens. Sets receiver to its pid.
receive()
{
	# Without a redirection of standard input, bash gives a background job /dev/null.
	"$@" <&0 >"$DIR/shown" 2>"$DIR/told" 3>&- &
	receiver=$!
	wait_until listens || fail "$(cat "$DIR/shown" "$DIR/told")"
}

# The name alone is there before listen(2).
listens()
{
	grep -qE "^\S+ \S+ \S+ 00010000 .* $SOCKET\$" /proc/net/unix
}

# receive_on_terminal STEP...: tare-recvtty on a terminal of its own (tests/lib/console.py).
receive_on_terminal()
{
	receive python3 "$LIB/console.py" pty "$@" -- "$RECVTTY" "$SOCKET" </dev/null
}

# ends_with STATUS: the receiver has to end, with this status, and its socket is gone.
ends_with()
{
	local ended=0
	wait_until gone "$receiver" || fail "it does not end" "$(cat "$DIR/shown" "$DIR/told")"
	wait "$receiver" || ended=$?
	receiver=
	[[ $ended -eq $1 && ! -e $SOCKET ]] || fail "exit $ended" "$(cat "$DIR/shown" "$DIR/told")"
}

run_detached()
{
	quietly run --detach --bundle "$BUNDLE" --console-socket "$SOCKET" "$CT"
}

# send FDS MESSAGE: a runtime that sends these fds of its own, a list of Python's.
send()
{
	python3 -c '
import os, pty, socket, sys
connection = socket.socket(socket.AF_UNIX)
connection.connect(sys.argv[1])
socket.send_fds(connection, [sys.argv[3].encode()], eval(sys.argv[2]))
' "$SOCKET" "$@"
}

@test "a person at tare-recvtty works on the terminal of a container" {
	args sh -c 'trap "stty size" WINCH; trap "echo interrupted; exit" INT
		until stty size | grep "^[1-9]"; do sleep 0.1; done; read line; echo "got $line"; while :; do sleep 0.1; done'
	# The program may begin before its terminal has a size.
	# The terminal of the person is in raw mode meanwhile, and as it was then: else console.py ends with 99.
	receive_on_terminal --resize 33x97 --wait '33 97' --type $'words\r' --wait 'got words' --resize 20x50 --wait '20 50' \
		--type $'\003' --wait interrupted
	run_detached
	ends_with 0
}

@test "tare-recvtty serves create, and exec" {
	args sh -c 'test -t 0 && test -t 1 && test -t 2 && echo three'
	receive "$RECVTTY" "$SOCKET" </dev/null
	create --console-socket "$SOCKET" "$CT"
	wait_until test ! -e "$SOCKET"
	quietly start "$CT"
	ends_with 0
	[[ $(<"$DIR/shown") == three$'\r' ]]
	config '.process.terminal = false'
	running "$CT-2"
	receive "$RECVTTY" "$SOCKET" </dev/null
	quietly exec --detach --tty --console-socket "$SOCKET" "$CT-2" tty
	ends_with 0
	[[ $(<"$DIR/shown") == /dev/pts/* ]]
}

@test "tare-recvtty passes an input that is no terminal on, and shows all of the output" {
	args sh -c 'stty -echo -onlcr; read line; echo "got $line"; cat; seq 20000'
	receive "$RECVTTY" "$SOCKET" < <(printf 'words\nmore\n\004')
	run_detached
	ends_with 0
	diff <(printf '%s\n' 'got words' more; seq 20000) <(sed '/^got/,$!d' "$DIR/shown")
}

@test "tare-recvtty shows what the program writes though that does not read what is typed" {
	yes | head -c 1000000 >"$DIR/input"
	args sh -c 'stty -echo; seq 20000'
	receive "$RECVTTY" "$SOCKET" <"$DIR/input"
	run_detached
	ends_with 0
	[[ $(tail -n 1 "$DIR/shown") == 20000$'\r' ]]
}

@test "tare-recvtty that is ended restores its terminal, and the program gets a hang-up" {
	config '.root.readonly = false'
	args sh -c 'trap "echo hup >/tmp/hup; exit" HUP; echo up; while :; do sleep 0.1; done'
	receive_on_terminal --wait up --signal TERM
	run_detached
	ends_with 143
	wait_until has_status "$CT" stopped
	[[ $(<"$BUNDLE/rootfs/tmp/hup") == hup ]]
}

@test "tare-recvtty whose output nobody reads any more fails, and the program gets a hang-up" {
	args sh -c 'while echo more; do :; done'
	receive bash -c '"$@" | head -n 1; exit "${PIPESTATUS[0]}"' - "$RECVTTY" "$SOCKET" </dev/null
	run_detached
	ends_with 1
	grep -qx 'tare-recvtty: cannot write what the terminal shows: broken pipe' "$DIR/told"
	wait_until has_status "$CT" stopped
}

@test "tare-recvtty that waits lets nobody else connect, and removes its socket when it is ended" {
	receive_on_terminal
	kill -INT "$(pgrep -P "$receiver")"
	ends_with 130
	receive "$RECVTTY" "$SOCKET" </dev/null
	[[ $(stat -c %a "$SOCKET") == 700 ]]
	kill -HUP "$receiver"
	ends_with 129
}

@test "tare-recvtty does not wait for ever when the create fails" {
	args nope
	receive "$RECVTTY" "$SOCKET" </dev/null
	refuses "executable file not found" create --bundle "$BUNDLE" --console-socket "$SOCKET" "$CT"
	ends_with 0
	[[ ! -s $DIR/shown && ! -s $DIR/told ]]
}

@test "tare-recvtty takes one terminal, and nothing else" {
	local fds
	for fds in '[]' '[*pty.openpty()]' '[0]'; do
		receive "$RECVTTY" "$SOCKET" </dev/null
		send "$fds" name </dev/null
		ends_with 1
		grep -q '^tare-recvtty: expected ' "$DIR/told" || fail "$fds" "$(<"$DIR/told")"
	done
	[[ $(<"$DIR/told") == 'tare-recvtty: expected a terminal from the runtime: inappropriate ioctl for device' ]]
	# A runtime that sends no message at all.
	receive "$RECVTTY" "$SOCKET" </dev/null
	send '[]' '' </dev/null
	ends_with 1
}

@test "tare-recvtty takes no name that is in use, too long or not given" {
	echo text >"$SOCKET"
	run -1 --separate-stderr "$RECVTTY" "$SOCKET"
	[[ $stderr == 'tare-recvtty: cannot listen at the socket: address already in use' && $(<"$SOCKET") == text ]]
	run -1 --separate-stderr "$RECVTTY" "$DIR/$(printf 'd%.0s' {1..200})"
	[[ $stderr == *': file name too long' ]]
	run -1 --separate-stderr "$RECVTTY" "$DIR/none/console"
	[[ $stderr == *': no such file or directory' ]]
	for words in '' "$SOCKET more" --unknown; do
		# shellcheck disable=SC2086 # words
		run -1 --separate-stderr "$RECVTTY" $words
		[[ $stderr == 'usage: tare-recvtty SOCKET' && ! $output ]]
	done
	run -0 --separate-stderr "$RECVTTY" --help
	[[ $output == 'usage: tare-recvtty SOCKET' && ! $stderr ]]
}

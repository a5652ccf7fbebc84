#!/usr/bin/env bats
# The terminal of a container: in the foreground, and handed to a manager through --console-socket.

load helpers

setup()
{
	base_setup
	config '.process.terminal = true'
}

# on_terminal STEP... -- ARG...: runs the runtime on a terminal (tests/lib/console.py).
on_terminal()
{
	local steps=()
	while [[ $1 != -- ]]; do
		steps+=("$1")
		shift
	done
	shift
	python3 "$LIB/console.py" pty "${steps[@]}" -- "$TARE" --root "$ROOT" "$@"
}

@test "a program in the foreground has a terminal on all three, and it controls it" {
	args sh -c 'tty; test -t 0 && test -t 1 && test -t 2 && echo three; echo hello >/dev/tty; ls -l /dev/console | cut -c 1'
	run -0 on_terminal -- run --bundle "$BUNDLE" "$CT"
	[[ ${lines[0]} == /dev/pts/0 || ${lines[0]} == /dev/console ]] || fail "$output"
	[[ ${lines[1]} == three && ${lines[2]} == hello && ${lines[3]} == c ]]
}

@test "the exit status of a program on a terminal is its own" {
	args sh -c 'exit 9'
	run -9 on_terminal -- run --bundle "$BUNDLE" "$CT"
}

@test "what the program wrote last is shown" {
	args sh -c 'seq 20000'
	run -0 on_terminal -- run --bundle "$BUNDLE" "$CT"
	[[ ${#lines[@]} -eq 20000 && ${lines[19999]} == 20000 ]]
}

@test "keys reach the program, and Ctrl-C is a key, not the end of the runtime" {
	args sh -c 'trap "echo interrupted; exit 42" INT; echo ready; read line; echo "got $line"; echo again; while :; do sleep 1; done'
	run -42 on_terminal --wait ready --type $'words\n' --wait again --type $'\003' --wait interrupted \
		-- run --bundle "$BUNDLE" "$CT"
	[[ $output == *"got words"* ]]
}

@test "the end of input is passed on" {
	args sh -c 'echo ready; cat; echo end'
	run -0 on_terminal --wait ready --type $'text\n\004' --wait end -- run --bundle "$BUNDLE" "$CT"
}

@test "the window has the size of the caller's, and follows it" {
	args sh -c 'trap "stty size" WINCH; trap "exit 3" TERM; stty size; while :; do sleep 0.1; done'
	run -3 on_terminal --resize 33x97 --wait '33 97' --resize 20x50 --wait '20 50' --signal TERM \
		-- run --bundle "$BUNDLE" "$CT"
}

@test "the terminal is as it was when the runtime fails" {
	args nope
	run -1 on_terminal -- run --bundle "$BUNDLE" "$CT"
	[[ $output == *"executable file not found"* ]]
	[[ $output != *"left changed"* ]]
}

@test "a terminal that cannot be relayed ends the run, and the container with it" {
	local call real=$TARE
	needs_root "the calls are counted from the start of tare itself"
	args sleep 1000
	# Those of tcgetattr(3) and tcsetattr(3): the first is isatty(3).
	for call in 2 4; do
		printf '#!/bin/sh\nexec strace -qq -o %s -e trace=ioctl -e inject=ioctl:error=EIO:when=%s %s "$@"\n' \
			"$DIR/strace" "$call" "$real" >"$DIR/poor"
		chmod 755 "$DIR/poor"
		TARE=$DIR/poor
		traceable run -1 on_terminal -- run --bundle "$BUNDLE" "$CT"
		TARE=$real
		grep INJECTED "$DIR/strace"
		[[ $output == *"tare run failed: cannot "*" the terminal"*"input/output error"* ]] || fail "$output"
		refuses "container does not exist" state "$CT"
		nothing_left || fail "left behind:" "$(leftovers)"
	done
}

@test "signals to the runtime go to the program" {
	args sh -c 'trap "echo bye; exit 6" TERM; echo ready; while :; do sleep 0.1; done'
	run -6 on_terminal --wait ready --signal TERM --wait bye -- run --bundle "$BUNDLE" "$CT"
}

@test "a program that closes its terminal early does not end the run" {
	args sh -c 'exec <&- >&- 2>&-; exit 5'
	run -5 on_terminal -- run --bundle "$BUNDLE" "$CT"
}

@test "a program that leaves a child on the terminal ends the run all the same" {
	args sh -c 'sleep 1000 & echo out; exit 4'
	run -4 on_terminal -- run --bundle "$BUNDLE" "$CT"
	[[ $output == out ]]
}

@test "detached with a terminal and no socket is refused" {
	refuses "cannot allocate tty if $NAME will detach without setting console socket" \
		create --bundle "$BUNDLE" "$CT"
	refuses "cannot allocate tty if $NAME will detach without setting console socket" \
		run --detach --bundle "$BUNDLE" "$CT"
	refuses "container does not exist" state "$CT"
}

@test "a console socket without a terminal is refused" {
	config '.process.terminal = false'
	detached create --bundle "$BUNDLE" --console-socket "$DIR/console" "$CT"
	[[ $status -eq 1 && $stderr == *"console socket"* ]] || fail "$status: $stderr"
}

@test "create sends the terminal through the console socket" {
	args sh -c 'tty; read line; echo "got $line"'
	listen_for_console "$DIR/console" --type $'words\n' --wait 'got words'
	create --console-socket "$DIR/console" "$CT"
	quietly start "$CT"
	heard_all
	grep -qE '^message: /dev/' "$DIR/shown"
	grep -qE '^/dev/(pts/0|console)$' "$DIR/shown"
}

@test "run --detach sends it, too" {
	args sh -c 'test -t 0 && echo "a terminal"'
	listen_for_console "$DIR/console" --wait 'a terminal'
	quietly run --detach --bundle "$BUNDLE" --console-socket "$DIR/console" "$CT"
	heard_all
}

@test "the window has the size that the config asks for" {
	config '.process.consoleSize = {height: 44, width: 111}'
	args sh -c 'stty size'
	listen_for_console "$DIR/console" --size --wait '44 111'
	create --console-socket "$DIR/console" "$CT"
	quietly start "$CT"
	heard_all
	grep -qx 'size: 44 111' "$DIR/shown"
}

@test "nothing of the runtime holds the terminal: it hangs up when the manager lets go" {
	config '.root.readonly = false'
	args sh -c 'trap "echo hup >/tmp/hup; exit" HUP; echo up; while :; do sleep 0.1; done'
	listen_for_console "$DIR/console" --wait up --hang-up
	create --console-socket "$DIR/console" "$CT"
	quietly start "$CT"
	heard_all
	wait_until has_status "$CT" stopped
	[[ $(<"$BUNDLE/rootfs/tmp/hup") == hup ]]
}

@test "a console socket is reached by a name of any length" {
	local long
	long=$DIR/$(printf 'd%.0s' {1..200})
	mkdir "$long"
	args echo hello
	listen_for_console "$long/console" --wait hello
	create --console-socket "$long/console" "$CT"
	quietly start "$CT"
	heard_all
	cd "$long"
	listen_for_console "$long/other" --wait hello
	create --console-socket other "$CT-2"
	quietly start "$CT-2"
	heard_all
}

@test "a console socket that is not there, or is none, fails the create and names it" {
	refuses "$DIR/none" create --bundle "$BUNDLE" --console-socket "$DIR/none" "$CT"
	[[ $stderr == *"no such file or directory"* ]]
	touch "$DIR/file"
	refuses "$DIR/file" create --bundle "$BUNDLE" --console-socket "$DIR/file" "$CT"
	nothing_left
}

@test "a create that fails sends a terminal first: a manager waits for one" {
	args nope
	listen_for_console "$DIR/console"
	detached create --bundle "$BUNDLE" --console-socket "$DIR/console" "$CT"
	[[ $status -eq 1 && $stderr == *"executable file not found"* ]] || fail "$status: $stderr"
	heard_all
	config '.process.cwd = 7'
	rm "$DIR/console"
	listen_for_console "$DIR/console"
	detached create --bundle "$BUNDLE" --console-socket "$DIR/console" "$CT"
	[[ $status -eq 1 && $stderr == *"process.cwd"* ]] || fail "$status: $stderr"
	heard_all
}

# The position in a file that is open here, once it is at least $2.
is_read()
{
	local pos
	pos=$(sed -n 's/^pos:[[:space:]]*//p' "/proc/$BASHPID/fdinfo/$1") && ((pos >= $2))
}

@test "a program that does not read its terminal keeps the runtime from nothing" {
	local background input
	yes | head -c 1000000 >"$DIR/input"
	exec {input}<"$DIR/input"
	config '.process.terminal = true'
	args sh -c 'trap "exit 7" TERM; stty -echo; echo ready; sleep 1000 & wait'
	"$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT" <&"$input" >"$DIR/out" 2>"$DIR/err" &
	background=$!
	# A whole read, and more than what the terminal takes of it.
	wait_until is_read "$input" 16384
	wait_until grep -q ready "$DIR/out"
	kill -TERM "$background"
	wait_until gone "$background" || { kill -KILL "$background"; fail "the signal was not passed on"; }
	status=0
	wait "$background" || status=$?
	[[ $status -eq 7 ]] || fail "exit $status" "$(<"$DIR/err")"
}

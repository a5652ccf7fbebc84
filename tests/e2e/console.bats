#!/usr/bin/env bats
# The terminal of a container: relayed in the foreground, or handed to a manager through --console-socket.

load helpers

setup()
{
	base_setup
	config '.process.terminal = true'
}

# on_terminal STEP... -- ARG...: runs the runtime on a terminal (tests/lib/console.py), which makes the STEPs.
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

# on_terminal_with SCRIPT STEP... -- ARG...: as on_terminal, through a bash script that runs the runtime as "$@".
on_terminal_with()
{
	local script=$1 steps=()
	shift
	while [[ $1 != -- ]]; do
		steps+=("$1")
		shift
	done
	shift
	# In raw mode the terminal shows no carriage return.
	python3 "$LIB/console.py" pty "${steps[@]}" -- bash -c "$script" - "$TARE" --root "$ROOT" "$@" | tr -d '\r'
	return "${PIPESTATUS[0]}"
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

# on_poor_terminal TRACE STRACE-OPTION...: runs a container on a terminal, under strace, which records or fails tare's
# ioctl(2) calls on the terminal.
on_poor_terminal()
{
	local real=$TARE
	printf '#!/bin/sh\nexec strace -qq -o %s -e trace=ioctl %s %s "$@"\n' "$1" "${*:2}" "$real" >"$DIR/poor"
	chmod 755 "$DIR/poor"
	TARE=$DIR/poor traceable on_terminal -- run --bundle "$BUNDLE" "$CT"
}

@test "a terminal that cannot be relayed ends the run, and the container with it" {
	local call last
	needs_root "the calls are counted from the start of tare itself"
	run -0 on_poor_terminal "$DIR/calls"
	args sleep 1000
	# The ioctl(2) calls of tcgetattr(3), and of tcsetattr(3), which reads the settings first.
	last=$(grep -n TCSETS "$DIR/calls" | head -n 1 | cut -d : -f 1)
	for call in $((last - 2)) "$last"; do
		run -1 on_poor_terminal "$DIR/strace" -e "inject=ioctl:error=EIO:when=$call"
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

# True when a process has read that many bytes of its standard input.
has_read()
{
	local pos
	pos=$(sed -n 's/^pos:[[:space:]]*//p' "/proc/$1/fdinfo/0") && ((pos >= $2))
}

@test "a program that does not read its terminal keeps the runtime from nothing" {
	local background runtime
	yes | head -c 1000000 >"$DIR/input"
	args sh -c 'trap "exit 7" TERM; stty -echo; echo ready; sleep 1000 & wait'
	# With standard input, output and error redirected, the controlling terminal is used.
	on_terminal_with "exec \"\$@\" <'$DIR/input' >'$DIR/out' 2>'$DIR/err'" -- run --bundle "$BUNDLE" --pid-file "$DIR/pid" "$CT" 3>&- &
	background=$!
	wait_until written "$DIR/pid"
	runtime=$(parent_of "$(<"$DIR/pid")")
	# A whole read(2), and more than the terminal takes of it.
	wait_until has_read "$runtime" 16384
	wait_until grep -q ready "$DIR/out"
	kill -TERM "$runtime"
	wait_until gone "$background" || { kill -KILL "$background"; fail "the signal was not passed on"; }
	status=0
	wait "$background" || status=$?
	[[ $status -eq 7 ]] || fail "exit $status" "$(<"$DIR/err")"
}

@test "a terminal that is asked for where there is none is refused at once, by name" {
	local text="cannot connect the terminal of the program to one of the caller"
	# A new session has no controlling terminal.
	run -1 --separate-stderr setsid --wait "$TARE" --root "$ROOT" run --bundle "$BUNDLE" --pid-file "$DIR/pid" "$CT" </dev/null
	[[ $stderr == *"$text"* && ! -e $DIR/pid ]] || fail "$stderr"
	run -1 --separate-stderr setsid --wait "$TARE" --root "$ROOT" run --bundle "$BUNDLE" "$CT" < <(echo exit)
	[[ $stderr == *"$text"* ]] || fail "$stderr"
	refuses "container does not exist" state "$CT"
	config '.process.terminal = false'
	running
	run -255 --separate-stderr setsid --wait "$TARE" --root "$ROOT" exec --tty "$CT" true </dev/null
	[[ $stderr == *"$text"* ]] || fail "$stderr"
}

@test "a terminal is found on any of the three, or as the controlling one" {
	local redirection
	args sh -c 'stty size; exit 6'
	for redirection in '</dev/null' '</dev/null 2>/dev/null' ">'$DIR/out'" "</dev/null >'$DIR/out' 2>&1"; do
		rm -f "$DIR/out"
		run -6 on_terminal_with "stty rows 33 cols 97 </dev/tty; exec \"\$@\" $redirection" -- run --bundle "$BUNDLE" "$CT"
		[[ ! -e $DIR/out ]] || output+=$(<"$DIR/out")
		[[ $output == *"33 97"* ]] || fail "$redirection: $output"
	done
}

@test "the end of an input that is no terminal is the end of file for the program" {
	local input
	# After a newline, in the middle of a line, and at the start.
	for input in 'text\n' text ''; do
		args sh -c 'stty -echo; cat; echo end'
		run -0 on_terminal_with "printf '$input' | \"\$@\"" -- run --bundle "$BUNDLE" "$CT"
		[[ $output == *end ]] || fail "'$input': $output"
	done
}

@test "the end of the input comes again for each that asks, and when it is no character of the terminal" {
	args sh -c 'cat; cat; read line || echo "over"'
	run -0 on_terminal_with '"$@" </dev/null' -- run --bundle "$BUNDLE" "$CT"
	[[ $output == *over ]] || fail "$output"
	# The input comes before the shell prompts, since the shell reads single keys at a prompt, and whole lines
	# before it.
	args sh
	run -7 on_terminal_with 'printf "cat\ntext\n" | "$@"; exit 7' -- run --bundle "$BUNDLE" "$CT"
	args sh -c 'stty eof ^B; cat; echo over'
	run -0 on_terminal_with '"$@" </dev/null' -- run --bundle "$BUNDLE" "$CT"
	[[ $output == *over ]] || fail "$output"
}

@test "the program gets a hang-up when nobody reads its output any more" {
	config '.root.readonly = false'
	args sh -c 'trap "echo hup >/tmp/hup; exit 7" HUP; while :; do echo line; done'
	run -7 on_terminal_with '"$@" | head -n 1; exit "${PIPESTATUS[0]}"' -- run --bundle "$BUNDLE" "$CT"
	[[ ${lines[0]} == line && $(<"$BUNDLE/rootfs/tmp/hup") == hup ]]
	# The program has no handler for SIGHUP, which the kernel does not send to the first process of a pid namespace;
	# but its writes fail.
	args yes
	run -1 on_terminal_with '"$@" | head -n 1; exit "${PIPESTATUS[0]}"' -- run --bundle "$BUNDLE" "$CT"
	config '.process.terminal = false'
	running
	run -129 on_terminal_with '"$@" | head -n 1; exit "${PIPESTATUS[0]}"' -- exec --tty "$CT" yes
}

@test "output that cannot be written is told, and is a hang-up" {
	args yes
	run -1 on_terminal_with '"$@" >/dev/full' -- run --bundle "$BUNDLE" "$CT"
	[[ $output == *"the terminal hangs up, for its output cannot be written: no space left on device"* ]] || fail "$output"
}

@test "the program gets a hang-up when the terminal of the caller does" {
	config '.root.readonly = false'
	args sh -c 'trap "echo hup >/tmp/hup; exit 7" HUP; echo ready; sleep 1000 & wait'
	# The command is not the leader of a session and gets no signal.
	run -7 on_terminal_with 'trap "" HUP; setsid --wait env --default-signal "$@"' --wait ready --hang-up \
		-- run --bundle "$BUNDLE" "$CT"
	wait_until no_process
	[[ $(<"$BUNDLE/rootfs/tmp/hup") == hup ]]
}

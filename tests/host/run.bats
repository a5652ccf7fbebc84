#!/usr/bin/env bats
# tests/host/machine itself, from the outside: what comes back from a script in the machine, and that nothing else
# stays.

bats_require_minimum_version 1.5.0

setup()
{
	MACHINE=$BATS_TEST_DIRNAME/machine
	SCRIPT=$BATS_TEST_TMPDIR/script
	# qemu makes its files here, and unlinks them.
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
}

teardown()
{
	local left
	left=$(machines && find "$TMPDIR" -mindepth 1)
	# A test that fails may not have ended its machine.
	[[ -z ${pid-} ]] || kill -KILL "$pid" 2>/dev/null || true
	[[ -z $left ]] || { echo "left behind: $left"; false; }
}

# The qemu processes of this test: its name is in their environment.
machines()
{
	grep -lsz "^TMPDIR=$TMPDIR\$" /proc/[0-9]*/environ | while IFS=/ read -r _ _ pid _; do
		[[ $(cat "/proc/$pid/comm" 2>/dev/null) != qemu-system* ]] || echo "qemu $pid"
	done
}

# script LINE...: what runs in the machine.
script()
{
	printf '%s\n' '#!/bin/bash' "$@" >"$SCRIPT"
}

# machine OPTION...: runs it. Sets status, stdout and stderr.
machine()
{
	status=0
	"$MACHINE" run "$@" >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
	stdout=$(<"$BATS_TEST_TMPDIR/stdout")
	stderr=$(<"$BATS_TEST_TMPDIR/stderr")
}

# wants STATUS STDOUT STDERR: what has come back; the last two are patterns.
wants()
{
	# shellcheck disable=SC2053 # patterns
	[[ $status == "$1" && $stdout == $2 && $stderr == $3 ]] ||
		{ printf '%s\n' "exit $status" "stdout: $stdout" "stderr: $stderr"; false; }
}

@test "two machines run at once" {
	mkdir "$BATS_TEST_TMPDIR/shared"
	printf '%s\n' '#!/bin/bash' 'touch /shared/first; until [ -e /shared/second ]; do sleep 0.1; done' >"$BATS_TEST_TMPDIR/first"
	"$MACHINE" run -t 200 --writable "$BATS_TEST_TMPDIR/shared:/shared" "$BATS_TEST_TMPDIR/first" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
	script 'until [ -e /shared/first ]; do sleep 0.1; done; touch /shared/second'
	machine -t 100 --writable "$BATS_TEST_TMPDIR/shared:/shared" "$SCRIPT"
	wants 0 "" ""
	wait $! || { cat "$BATS_TEST_TMPDIR/said"; false; }
}

@test "output, errors, arguments and the exit status are the script's, who is root" {
	# shellcheck disable=SC2016
	script 'echo "$(id -un) $# $2"; echo wrong >&2; sleep 1000 & exit 7'
	machine "$SCRIPT" one $'two words\nand a line'
	wants 7 $'root 2 two words\nand a line' wrong
}

@test "a script of the user runs under his systemd" {
	# shellcheck disable=SC2016
	script 'id -un; pwd; cat /proc/self/cgroup; kill -TERM $$'
	machine --user "$SCRIPT"
	wants 255 $'guest\n/home/guest\n0::/user.slice/user-*.slice/user@*.service/app.slice/run-*.service' ''
}

@test "a share is read-only, a writable one is not, and nothing else that is written outlives the machine" {
	local dir=$BATS_TEST_TMPDIR
	mkdir "$dir/read" "$dir/write, too"
	echo shown >"$dir/read/file"
	script "cat '$dir/read/file'; touch '$dir/read/no'; echo here >/there/file; test ! -e /root/seen && touch /root/seen"
	machine --share "$dir/read" --writable "$dir/write, too:/there" "$SCRIPT"
	wants 0 shown '*Read-only file system'
	[[ $(<"$dir/write, too/file") == here ]]
	machine --share "$dir/read" --writable "$dir/write, too:/there" "$SCRIPT"
	wants 0 shown '*Read-only file system'
}

@test "a script that takes too long is ended, and the console is shown" {
	script 'echo "last words" >/dev/ttyS0; echo up; sleep 1000'
	machine -t 20 "$SCRIPT"
	wants 124 up '*not done after 20* s; the end of its console:*last words*'
}

@test "a machine that dies says so, and the console is shown" {
	script 'echo c >/proc/sysrq-trigger'
	machine "$SCRIPT"
	wants 125 '*' '*ended without having run the script to its end; the end of its console:*sysrq_handle_crash*'
}

@test "with --again a machine that dies is tried once more, and what the first one had said is forgotten" {
	mkdir "$BATS_TEST_TMPDIR/shared"
	script 'echo said; [ -e /mnt/tried ] || { : >/mnt/tried; sync; echo c >/proc/sysrq-trigger; }; echo done'
	machine --again --writable "$BATS_TEST_TMPDIR/shared:/mnt" "$SCRIPT"
	wants 0 $'said\ndone' '*ended without having run the script to its end*once more*'
}

@test "a signal ends the machine, whether it can be caught or not" {
	local number
	script 'echo up; sleep 1000'
	for number in TERM INT KILL; do
		rm -f "$BATS_TEST_TMPDIR/up"
		"$MACHINE" run "$SCRIPT" >"$BATS_TEST_TMPDIR/up" 2>"$BATS_TEST_TMPDIR/stderr" 3>&- &
		pid=$!
		until [[ -s $BATS_TEST_TMPDIR/up ]]; do
			kill -0 "$pid"
			read -rt 0.1 <> <(:) || true
		done
		[[ -n $(machines) ]]
		kill -"$number" "$pid"
		status=0
		wait "$pid" || status=$?
		[[ $status -eq $((128 + $(kill -l "$number"))) ]] || { echo "$number: $status"; false; }
		until [[ -z $(machines) ]]; do
			read -rt 0.1 <> <(:) || true
		done
	done
}

@test "what cannot be run is said" {
	echo true >"$SCRIPT"
	machine "$SCRIPT"
	wants 126 '' "machine: cannot run 'script': Exec format error"
	machine "$SCRIPT-none"
	wants 1 '' "machine: there is no script *"
	machine --share "$SCRIPT-none" "$SCRIPT"
	wants 1 '' "*: there is no directory *"
}

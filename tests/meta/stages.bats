#!/usr/bin/env bats
# scripts/test in a tree of its own, whose stages are programs of this test.

bats_require_minimum_version 1.5.0

setup()
{
	TREE=$BATS_TEST_TMPDIR/tree
	mkdir -p "$TREE"/{scripts,build,bin,tests/lib,tests/plan,libocispec/tests,build/debug/libocispec/tests}
	cp "$BATS_TEST_DIRNAME"/../../scripts/{test,lib.bash} "$TREE/scripts"
	cp "$BATS_TEST_DIRNAME/../lib/tap.py" "$TREE/tests/lib"
	touch "$TREE/CMakePresets.json"
	PATH=$TREE/bin:$PATH
	program bin/cmake exit 0
	program build/debug/tare exit 0
	program scripts/check-layers exit 0
	stage one 'echo 1..1; echo ok 1 - it is good'
}

teardown()
{
	# Where the signal did not end it.
	[[ ! -e $TREE/pid ]] || kill -KILL "$(<"$TREE/pid")" 2>/dev/null || true
}

# program FILE LINE...: what is called there.
program()
{
	printf '%s\n' '#!/bin/bash' "${*:2}" >"$TREE/$1"
	chmod 755 "$TREE/$1"
}

# stage NAME LINE...: a part of the stage libocispec.
stage()
{
	program "build/debug/libocispec/tests/test_$1" "${@:2}"
}

# tested [OPTION...]: runs the stages layers and libocispec.
tested()
{
	run "$TREE/scripts/test" --no-install --build debug --stage layers --stage libocispec "$@"
}

# says PATTERN: what it has said matches.
says()
{
	# shellcheck disable=SC2053 # a pattern
	[[ $output == $1 ]] || { echo "$output"; return 1; }
}

@test "stages that pass: a line for each, a table with the seconds, and the sum at the end" {
	stage two 'echo 1..2; echo ok 1 - this; echo "ok 2 - that # SKIP no such kernel"'
	tested
	[[ $status -eq 0 ]]
	says '*skipped - libocispec: that: no such kernel*'
	says $'*== layers: 1 passed, 0 failed in *'
	says $'*== libocispec: 2 passed, 0 failed, 1 skipped in *'
	grep -qE '^libocispec +2 +0 +1 +[0-9]+\.[0-9] +[0-9]+\.[0-9]$' <<<"$output"
	[[ ${lines[-1]} == "4 passed, 0 failed, 1 skipped" ]]
	grep -qx 'ok 1 - this' "$TREE/build/test/libocispec.tap"
}

@test "what failed is told again below the table, with the first lines of what it said" {
	stage two 'echo 1..2; echo not ok 1 - this; for i in {1..50}; do echo "# line $i"; done; echo ok 2; exit 1'
	tested
	[[ $status -eq 1 ]]
	says $'*\nnot ok - libocispec: this\n  # line 1\n*\n  # line 50\n*\nwhat failed:\nnot ok - libocispec: this\n  # line 1\n*'
	[[ ${output#*what failed:} != *"# line 10"* ]]
	[[ ${lines[-1]} == "4 passed, 1 failed" ]]
}

@test "a stage without its file, without tests, or with a part that comes to no result has failed" {
	rm "$TREE/scripts/check-layers" "$TREE/build/debug/libocispec/tests"/*
	tested
	[[ $status -eq 1 && ${lines[-1]} == "1 passed, 2 failed" ]]
	says '*not ok - layers: there is no scripts/check-layers*not ok - libocispec: ran no test*'
	stage one 'kill -KILL $PPID'
	tested
	[[ $status -eq 1 && ${lines[-1]} == "1 passed, 2 failed" ]]
	says '*not ok - libocispec: a part ended without a result*'
}

@test "the stages of a build that fails do not run with what was built before, and are no success" {
	program bin/cmake 'echo no compiler; exit 3'
	tested
	[[ $status -eq 1 && ${lines[-1]} == "0 passed, 1 failed" ]]
	says '*what failed:*not ok - build-debug: ended with 3*no compiler*'
}

@test "parts run side by side, so many as were asked for" {
	local other
	# Each waits for the other.
	for other in one:two two:one; do
		stage "${other%:*}" "touch $TREE/${other%:*}" "; until [[ -e $TREE/${other#*:} || \$((n++)) -gt \$TRIES ]]; do sleep 0.1; done" \
			'; echo 1..1; ((n <= TRIES)) && echo ok 1 || echo not ok 1'
	done
	export TRIES=300
	tested --jobs 2
	[[ $status -eq 0 ]] || { echo "$output"; false; }
	rm "$TREE/one" "$TREE/two"
	TRIES=3
	tested --jobs 1
	[[ $status -eq 1 ]] || { echo "$output"; false; }
}

# signalled: runs the stages, and sends SIGTERM when the one that runs has written its pid. Sets status.
signalled()
{
	local test
	"$TREE/scripts/test" --no-install --build debug --stage libocispec >"$TREE/said" 2>&1 3>&- &
	test=$!
	until [[ -s $TREE/pid ]]; do
		kill -0 "$test"
		read -rt 0.1 <> <(:) || true
	done
	kill -TERM "$test"
	status=0
	wait "$test" || status=$?
}

@test "a signal ends the stages that run" {
	local pid
	stage one "echo \$\$ >$TREE/pid; exec sleep 1000"
	signalled
	pid=$(<"$TREE/pid")
	[[ $status -eq 143 ]]
	SECONDS=0
	until [[ ! -e /proc/$pid/exe ]]; do
		((SECONDS < 60))
		read -rt 0.1 <> <(:) || true
	done
}

@test "a run that is ended by a signal ends after its stages, which may clean up" {
	# shellcheck disable=SC2016 # expanded by the stage
	stage one "trap 'for i in {1..30}; do read -rt 0.1 <> <(:) || true; done; touch $TREE/clean; exit 1' TERM" \
		"; echo \$\$ >$TREE/pid; while :; do read -rt 0.1 <> <(:) || true; done"
	signalled
	[[ $status -eq 143 && -e $TREE/clean ]]
}

@test "a second run in the same tree waits for the first" {
	local first second
	stage one "echo \$\$ >$TREE/pid; until [[ -e $TREE/go ]]; do sleep 0.1; done; echo 1..1; echo ok 1"
	"$TREE/scripts/test" --no-install --build debug --stage libocispec >"$TREE/first" 2>&1 3>&- &
	first=$!
	until [[ -s $TREE/pid ]]; do
		kill -0 "$first"
		read -rt 0.1 <> <(:) || true
	done
	"$TREE/scripts/test" --no-install --build debug --stage layers >"$TREE/second" 2>&1 3>&- &
	second=$!
	until grep -q 'waiting for another' "$TREE/second"; do
		kill -0 "$second"
		read -rt 0.1 <> <(:) || true
	done
	touch "$TREE/go"
	wait "$first"
	wait "$second"
	[[ $(tail -n 1 "$TREE/first") == "2 passed, 0 failed" && $(tail -n 1 "$TREE/second") == "2 passed, 0 failed" ]]
}

#!/usr/bin/env bats
# tests/lib/tap.py is fed good and bad commands and has to count what they did.

bats_require_minimum_version 1.5.0

# sums COUNTS SCRIPT [OPTION...]: what a script is counted as, "passed failed skipped".
sums()
{
	run python3 "$BATS_TEST_DIRNAME/../lib/tap.py" --name stage --log "$BATS_TEST_TMPDIR/log" \
		--counts "$BATS_TEST_TMPDIR/counts" "${@:3}" -- bash -c "$2"
	[[ $(tail -n 1 "$BATS_TEST_TMPDIR/counts") == "$1" ]] || { tail -n 1 "$BATS_TEST_TMPDIR/counts"; echo "$output"; return 1; }
	read -r _ failed _ <<<"$1"
	[[ $status -eq $((failed > 0)) ]]
}

@test "tests that pass are counted and not shown" {
	sums "2 0 0" 'echo 1..2; echo ok 1 - one; echo ok 2 - two'
	[[ -z $output ]]
	sums "2 0 0" 'echo ok 1 - one; echo ok 2 - two; echo 1..2' --verbose
	[[ $output == *"one"*"two"* ]]
}

@test "a test that fails is shown with its output" {
	sums "1 1 0" 'echo 1..2; echo not ok 1 - one; echo "# because"; echo ok 2 - two; echo "# other"; exit 1'
	[[ $output == $'not ok - stage: one\n  # because' ]]
}

@test "a skip is shown with its reason" {
	sums "1 0 1" 'echo 1..2; echo "ok 1 - one # SKIP no such kernel"; echo ok 2'
	[[ $output == "skipped - stage: one: no such kernel" ]]
	sums "0 0 1" 'echo "1..0 # SKIP no data"'
	[[ $output == "skipped - stage: all of it: no data" ]]
}

@test "a plan that is broken, late or missing is a failure" {
	sums "1 1 0" 'echo 1..2; echo ok 1 - one'
	[[ $output == *"planned 2 tests, ran 1"* ]]
	sums "2 1 0" 'echo 1..1; echo ok 1 - one; echo ok 2 - two'
	sums "1 1 0" 'echo ok 1 - one'
	sums "0 1 0" 'echo nonsense'
	[[ $output == *nonsense* ]]
	sums "0 1 0" true
}

@test "a bad end is a failure, even when all tests passed" {
	sums "1 1 0" 'echo 1..1; echo ok 1 - one; exit 3'
	sums "1 1 0" 'echo 1..1; echo ok 1 - one; kill -SEGV $$'
}

@test "a bad end adds nothing to a test that failed" {
	sums "0 1 0" 'echo 1..1; echo not ok 1 - one; exit 1'
}

@test "a command that takes too long is ended, and is a failure" {
	sums "0 1 0" 'echo 1..1; exec sleep 1000' --limit 0.3
	[[ $output == *"not done after 0.3 s"* ]]
}

@test "what a command leaves running is not waited for" {
	SECONDS=0
	sums "1 0 0" "sleep 1000 & echo \$! >$BATS_TEST_TMPDIR/pid; echo 1..1; echo ok 1 - one"
	((SECONDS < 10))
	kill "$(<"$BATS_TEST_TMPDIR/pid")"
}

@test "a command without TAP is one test" {
	sums "1 0 0" 'echo words' --one
	[[ -z $output ]]
	sums "0 1 0" 'echo words; exit 4' --one
	[[ $output == $'not ok - stage: ended with 4\n  words' ]]
}

@test "the log has all of the output" {
	sums "1 0 0" 'echo 1..1; echo ok 1 - one; echo more'
	[[ $(<"$BATS_TEST_TMPDIR/log") == $'1..1\nok 1 - one\nmore' ]]
}

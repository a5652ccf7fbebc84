#!/usr/bin/env bats
# oci-conformance/run has to notice that bats itself failed. A script plays bats; no container is made.

bats_require_minimum_version 1.5.0

setup()
{
	RUN=$(cd "$BATS_TEST_DIRNAME/../../oci-conformance" && pwd)/run
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '@test "%s" {\n' one two >"$BATS_TEST_TMPDIR/some.bats"
}

# verdict STATUS LINE...: the exit status, and output, when bats prints the lines and ends with the status.
verdict()
{
	printf '#!/bin/sh\ncat <<END\n%s\nEND\nexit %s\n' "$(printf '%s\n' "${@:2}")" "$1" >"$BATS_TEST_TMPDIR/bin/bats"
	chmod 755 "$BATS_TEST_TMPDIR/bin/bats"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH run "$RUN" --runtime /bin/true "$BATS_TEST_TMPDIR/some.bats"
}

@test "a run whose tests all pass is good, and one with a broken sentence is not" {
	verdict 0 1..2 'ok 1 one' 'ok 2 two'
	[[ $status -eq 0 && $output == *"# 2 kept, 0 broken"* ]] || { echo "$output"; false; }
	verdict 1 1..2 'ok 1 one' 'not ok 2 two'
	[[ $status -eq 1 && $output == *"# broken: - two"* ]] || { echo "$output"; false; }
}

@test "fewer tests than were planned are no result" {
	verdict 137 1..2 'ok 1 one'
	[[ $status -eq 2 && $output == *"Bail out! "*"some.bats: 1 of 2 tests ran; ended with 137"* ]] || { echo "$output"; false; }
	verdict 0 1..2 'ok 1 one'
	[[ $status -eq 2 ]] || { echo "$output"; false; }
	verdict 1
	[[ $status -eq 2 && $output == *"some.bats: 0 of unknown tests ran"* ]] || { echo "$output"; false; }
}

@test "a bad end with no test to blame is no result" {
	verdict 2 1..1 'ok 1 one'
	[[ $status -eq 2 && $output == *"some.bats: ended with 2 though no test failed"* ]] || { echo "$output"; false; }
}

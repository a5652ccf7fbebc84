#!/usr/bin/env bats
# Mistakes in tests that make them pass whatever happens, or fail by chance.

bats_require_minimum_version 1.5.0

# Every file of tests for bats, and what they load.
setup()
{
	cd "$BATS_TEST_DIRNAME/../.." || return
	mapfile -t FILES < <(find tests oci-conformance libocispec -name '*.ba[ts][sh]' -o -name '*.bats')
}

# Prints each command that begins with "!" and whose failure nobody sees: set -e ignores it, unless it is the last of its function
# or "||" says what follows. Commands may go on in the next line.
unseen_negations()
{
	awk '
		FNR == 1 { pending = "" }
		pending != "" && !/^[ \t]*(#|$)/ {
			if (!/^}/)
				print pending
			pending = ""
		}
		!continued && /^[ \t]+! / { first = FILENAME ":" FNR ": " $0; command = "" }
		first != "" { command = command $0 }
		{ continued = /(\\|\||&&)$/ }
		first != "" && !continued {
			if (command !~ /\|\|/)
				pending = first
			first = ""
		}
	' "$@"
}

@test "a command that has to fail and is not the last one says what follows" {
	local unseen
	unseen=$(unseen_negations "${FILES[@]}")
	[[ -z $unseen ]] || { echo "$unseen"; false; }
}

@test "a negation that nobody sees is found" {
	local file=$BATS_TEST_TMPDIR/file
	printf '%s\n' 'a()' '{' '	! seen || fail' '	! seen |' '		grep x ||' '		fail' '	! unseen' '	# a word' '' '	true' '	! seen' '}' \
		'b()' '{' '	for x; do' '		! unseen too' '	done' '	! unseen \' '		at last' '	true' '}' >"$file"
	[[ $(unseen_negations "$file") == "$file:7: 	! unseen"$'\n'"$file:16: 		! unseen too"$'\n'"$file:18: 	! unseen \\" ]] ||
		{ unseen_negations "$file"; false; }
}

@test "events are waited for with the one limit that there is" {
	run -1 grep -nE 'wait_until [0-9]' "${FILES[@]}"
}

# wants_machine FILE...: the tests that skip where a controller or AppArmor is missing, and have no tag that makes them run where
# it is there. The name of a test has no double quotes.
wants_machine()
{
	awk '
		function judge() {
			if (test != "" && wants && !tagged && !file_tagged)
				print test
		}
		FNR == 1 { judge(); test = ""; file_tagged = next_tagged = 0 }
		/^# bats file_tags=machine(,systemd)?$/ { file_tagged = 1 }
		/^# bats test_tags=machine(,systemd)?$/ { next_tagged = 1 }
		/^(@test|setup\(\))/ { judge(); test = FILENAME ": " $0; wants = 0; tagged = next_tagged; next_tagged = 0 }
		/^}/ { judge(); test = "" }
		test != "" && (/^\tneeds [a-z]/ || /skip ".*(no .* controller|AppArmor)/) && !/needs hugetlb/ { wants = 1 }
	' "$@"
}

@test "a test that wants a controller or AppArmor runs in the machine that has them" {
	local untagged
	untagged=$(wants_machine tests/e2e/*.bats)
	[[ -z $untagged ]] || { echo "$untagged"; false; }
}

@test "a test without the tag of the machine is found" {
	local file=$BATS_TEST_TMPDIR/file tag='# bats test_tags=machine'
	printf '%s\n' 'setup()' '{' '	load' '}' "$tag" '@''test "tagged" {' '	needs memory' '}' '@''test "not tagged" {' '	needs memory' '}' \
		'@''test "nor that" {' '	false || skip "the cgroup v2 tree has no pids controller here"' '}' '@''test "harmless" {' '	skip "no"' '}' >"$file"
	[[ $(wants_machine "$file") == "$file: @test "*'not tagged'*$'\n'"$file: @test "*'nor that'* ]] || { wants_machine "$file"; false; }
	[[ $(wants_machine "$file" | wc -l) -eq 2 ]]
}

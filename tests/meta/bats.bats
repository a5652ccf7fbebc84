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

#!/usr/bin/env bats
# docs/features.md names a test for each thing that tare does: the tests have to be there.

setup()
{
	root=$BATS_TEST_DIRNAME/../..
	table=$root/docs/features.md
}

# rows: each row of the tables as "tare <tab> tests", without the heads
rows()
{
	awk -F ' [|] ' '/^[|] / && !/^[|] feature / {
		sub(/ [|]$/, "", $6)
		print (NF == 6 ? $2 : "NOT SIX COLUMNS: " $1) "\t" $6
	}' "$table"
}

# all_tests: "file: name" of what the tree has; a golden plan is a test by its file
all_tests()
{
	cd "$root" || return
	grep -rHo '^@test ".*" {$' oci-conformance tests --include='*.bats' |
		sed 's/:@test "/: /; s/" {$//; s/\\\([$"`\\]\)/\1/g'
	grep -rHo '^case .*' tests/reject --include='*.cases' | sed 's/:case /: /'
	ls tests/plan/cases/*.plan
}

@test "docs/features.md: no cell of tare is empty, and one without a test says why" {
	run awk -F '\t' '$1 == "" || ($2 == "–" && $1 !~ / /) || $1 ~ /^NOT SIX/' <(rows)
	[ "$status" -eq 0 ]
	[ -z "$output" ] || { echo "$output"; return 1; }
	[ "$(rows | wc -l)" -gt 300 ]
}

@test "docs/features.md: each test that it names is there" {
	run comm -23 \
		<(rows | cut -f 2 | sed 's/<br>/\n/g' | grep -vx '–' | sed 's/`//; s/`//; s/\\|/|/g' | sort -u) \
		<(all_tests | sort -u)
	[ "$status" -eq 0 ]
	[ -z "$output" ] || { echo "$output"; return 1; }
}

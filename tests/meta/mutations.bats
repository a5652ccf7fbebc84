#!/usr/bin/env bats
# tests/mutations: a row for each defence, with tests that are there.

bats_require_minimum_version 1.5.0

load named

setup()
{
	cd "$BATS_TEST_DIRNAME/../.." || return
}

# The tests that rows name, a line each, "FILE: NAME".
named()
{
	sed -n 's/^test //p' tests/mutations/*.cases | sort -u
}

# All tests that a row may name, in the same words.
all_tests()
{
	all_bats_tests tests
	grep -rHoE '^(case|text|shell) .*' tests/reject --include='*.cases' | sed -E 's/:(case|text|shell) /: /'
	grep -rHoE '"[^"]*"\)?[,;]?' tests/unit --include='*.c' | sed -E 's/:"/: /; s/"\)?[,;]?$//'
}

@test "tests/mutations: each test that a row names is there" {
	run -0 comm -23 <(named) <(all_tests | sort -u)
	[ -z "$output" ] || { echo "$output"; return 1; }
}

@test "tests/mutations: each edit finds what it changes" {
	local file edit
	while IFS=: read -r file edit; do
		perl -0777 -pe "$edit" "$file" | cmp -s - "$file" || continue
		echo "$file has nothing for the edit to change:$edit"
	done < <(sed -n 's/^edit //p' tests/mutations/*.cases) >"$BATS_TEST_TMPDIR/stale"
	diff "$BATS_TEST_TMPDIR/stale" /dev/null
}

@test "tests/mutations: each row has a name of its own, an edit, a test and a sentence" {
	run -0 awk '
		function judge() {
			if (name && !(edits && tests && sentence))
				print name " lacks something"
			edits = tests = sentence = 0
		}
		/^defence / { judge(); name = $2; if (seen[name]++) print name " is there twice" }
		/^defence / && NF != 2 { print name " is no single word" }
		/^edit .*; *s[\/{]/ { print name " has two edits in one line, of which one could miss" }
		/^edit [^ ]+: ./ { edits++; next }
		/^test [^ ]+: ./ { tests++; next }
		/^(broken$|#|$|defence )/ { next }
		tests == 0 && edits == 0 { sentence++; next }
		{ print "neither edit nor test: " $0 }
		END { judge() }' tests/mutations/*.cases
	[ -z "$output" ] || { echo "$output"; return 1; }
}

@test "tests/mutations: each test of an attack has a row that shows that it can fail" {
	run -0 comm -23 <(all_tests | grep -E '^tests/e2e/(security|cve)\.bats: (.* )?(CVE|GHSA)-' | sort -u) <(named)
	[ -z "$output" ] || { echo "$output"; return 1; }
}

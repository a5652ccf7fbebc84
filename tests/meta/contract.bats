#!/usr/bin/env bats
# tests/managers/contract.md names a test for each thing that managers rely on: the tests have to be there.

load named

setup()
{
	root=$BATS_TEST_DIRNAME/../..
	table=$root/tests/managers/contract.md
}

# rows: each row of the tables as "what <tab> tests", without the heads
rows()
{
	awk -F ' [|] ' '/^[|] / && !/^[|] what / {
		sub(/^[|] /, "", $1)
		sub(/ [|]$/, "", $2)
		print (NF == 2 ? $1 : "NOT TWO COLUMNS: " $1) "\t" $2
	}' "$table"
}

# named: "file: name" of the tests that the rows name
named()
{
	rows | cut -f 2 | names
}

# all_tests: "file: name" of what the tree has
all_tests()
{
	cd "$root" || return
	all_bats_tests oci-conformance tests | sort -u
}

@test "tests/managers/contract.md: each row says what, and names a test" {
	run awk -F '\t' '$1 == "" || $2 !~ /^`.*[.]bats`: / || $1 ~ /^NOT TWO/' <(rows)
	[ "$status" -eq 0 ]
	[ -z "$output" ] || { echo "$output"; return 1; }
	[ "$(rows | wc -l)" -gt 70 ]
}

@test "tests/managers/contract.md: each test that it names is there" {
	run comm -23 <(named) <(all_tests)
	[ "$status" -eq 0 ]
	[ -z "$output" ] || { echo "$output"; return 1; }
}

@test "tests/managers/contract.md: each test of the contract is named" {
	run comm -13 <(named) <(all_tests | grep -E '^tests/managers/(contract_|pods[.])')
	[ "$status" -eq 0 ]
	[ -z "$output" ] || { echo "$output"; return 1; }
}

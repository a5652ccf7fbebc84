#!/usr/bin/env bats
# The suite itself: its tables fit its tests, and runtimes that do nothing keep no sentence. The last tests want root, as the
# suite does.

bats_require_minimum_version 1.5.0

setup() {
	SUITE=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	export SECONDS_TO_WAIT=1 # nothing that these runtimes are asked for comes later
}

fail() {
	printf '%s\n' "$@"
	return 1
}

# null STATUS: a runtime that ends with it, and does nothing
null() {
	RUNTIME=$BATS_TEST_TMPDIR/null
	printf '#!/bin/sh\nexit %s\n' "$1" >"$RUNTIME"
	chmod 755 "$RUNTIME"
}

need_root() {
	[[ $(id -u) -eq 0 ]] || skip "only root can run the tests"
}

@test "each test has a row in the table, each row a test, and no id is there twice" {
	run diff <(sed -n 's/^@test "\(.*\)" {$/\1/p' "$SUITE"/*.bats | sort) <(sed '/^#/d' "$SUITE/rows" | cut -f 6 | sort)
	[[ $status -eq 0 ]] || fail "$output"
	[[ -z $(sed '/^#/d' "$SUITE/rows" | cut -f 1 | sort | uniq -d) ]]
}

@test "each row has a level, a version, and a section with a few of its words" {
	run awk -F '\t' '!/^#/ && (NF != 6 || $1 !~ /^[a-z]+-[0-9]+$/ || $2 !~ /^(must|should|may|inferred|cli)$/ || $3 !~ /^1\.[0-9]\.[0-9]$/ ||
		($2 != "cli" && ($4 !~ /^[a-z-]+\.md(#[a-z-]+)?$/ || $5 == "-")))' "$SUITE/rows"
	[[ -z $output ]] || fail "$output"
}

@test "each sentence of the list has a row or a reason" {
	local section words ids id count=0
	while IFS=$'\t' read -r section words ids; do
		[[ $section == *.md* && -n $words && -n $ids ]] || fail "incomplete: $section $words"
		count=$((count + 1))
		[[ $ids != -* ]] || continue
		for id in $ids; do
			grep -q "^$id"$'\t' "$SUITE/rows" || fail "$section, $words: there is no row $id"
		done
	done < <(sed '/^#/d' "$SUITE/sentences")
	((count > 150))
}

@test "the list is compared with the text: a sentence that is in neither, or no longer in the text, is told" {
	local text=$BATS_TEST_TMPDIR/text
	mkdir "$text"
	printf '# A\n\n## Part <a name="x" />\n\nThe runtime MUST do this. It may do that.\nIt MUST NOT\ndo the other thing.\n' >"$text/a.md"
	printf 'a.md#part\tMUST do this\tx-1\n' >"$BATS_TEST_TMPDIR/list"
	run -1 "$SUITE/missing-sentences" --list "$BATS_TEST_TMPDIR/list" "$text"
	[[ $output == *'a.md#part: It MUST NOT do the other thing.'* && $output != *'do this'* ]] || fail "$output"
	printf 'a.md#part\tMUST NOT do the other\t- no reason\n' >>"$BATS_TEST_TMPDIR/list"
	run -0 "$SUITE/missing-sentences" --list "$BATS_TEST_TMPDIR/list" "$text"
	[[ -z $output ]] || fail "$output"
	printf 'a.md#part\tMUST sing\tx-2\n' >>"$BATS_TEST_TMPDIR/list"
	run -1 "$SUITE/missing-sentences" --list "$BATS_TEST_TMPDIR/list" "$text"
	[[ $output == *'not in the text: a.md#part: MUST sing'* ]] || fail "$output"
}

@test "a runtime that hangs is told as such, and nothing is tested" {
	need_root
	RUNTIME=$BATS_TEST_TMPDIR/null
	printf '#!/bin/sh\nexec sleep 1000\n' >"$RUNTIME"
	chmod 755 "$RUNTIME"
	run "$SUITE/run" --runtime "$RUNTIME" "$SUITE/sysctl.bats"
	[[ $status -eq 2 && $output == *"state' does not end: nothing was tested"* ]] || fail "$output"
}

@test "known failures do not count, and one that is kept does" {
	local dir=$BATS_TEST_TMPDIR
	need_root
	null 1
	run -1 "$SUITE/run" --runtime "$RUNTIME" "$SUITE/sysctl.bats"
	sed -n 's/^# broken: \([^ ]*\) .*/\1 is known/p' <<<"$output" >"$dir/known"
	[[ -s $dir/known ]]
	run -0 "$SUITE/run" --runtime "$RUNTIME" --expect "$dir/known" --json "$dir/json" --junit "$dir/junit" "$SUITE/sysctl.bats"
	[[ $output == *" broken as expected"* ]] || fail "$output"
	[[ $(jq '[.results[] | select(.verdict == "expected")] | length' "$dir/json") -eq $(wc -l <"$dir/known") ]]
	python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' "$dir/junit"
}

@test "a level and a version leave out what is beyond them" {
	need_root
	null 1
	run "$SUITE/run" --runtime "$RUNTIME" --level must --spec 1.1 --json "$BATS_TEST_TMPDIR/json" "$SUITE/idmap.bats" "$SUITE/root.bats"
	[[ $(jq -r '.results | map(.verdict) | unique | join(" ")' "$BATS_TEST_TMPDIR/json") == *"other version"* ]] || fail "$output"
	[[ $(jq -r '.results | map(.level) | unique | join(" ")' "$BATS_TEST_TMPDIR/json") == must ]] || fail "$output"
}

# kept STATUS: how many sentences such a runtime keeps, as a number and their names
kept() {
	need_root
	null "$1"
	"$SUITE/run" --runtime "$RUNTIME" --json "$BATS_TEST_TMPDIR/json" >"$BATS_TEST_TMPDIR/tap" 2>&1 || true
	[[ $(jq '.results | length' "$BATS_TEST_TMPDIR/json") -gt 600 ]] || fail "$(tail "$BATS_TEST_TMPDIR/tap")"
	jq -r '.results[] | select(.verdict == "kept" or .verdict == "deviates") | .sentence' "$BATS_TEST_TMPDIR/json"
}

@test "a runtime that refuses everything keeps at most ten sentences" {
	run kept 1
	[[ $status -eq 0 && ${#lines[@]} -le 10 ]] || fail "$output"
}

@test "a runtime that succeeds with everything keeps at most five sentences" {
	run kept 0
	[[ $status -eq 0 && ${#lines[@]} -le 5 ]] || fail "$output"
}

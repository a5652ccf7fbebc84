#!/usr/bin/env bats
# docs/features.md names a test for each thing that tare does: the tests have to be there.

load named

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
	all_bats_tests oci-conformance tests
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
		<(rows | cut -f 2 | names) \
		<(all_tests | sort -u)
	[ "$status" -eq 0 ]
	[ -z "$output" ] || { echo "$output"; return 1; }
}

# disagreements: what the first part says otherwise than docs/conformance.md does of the sentences that the row names, and
# what runc or crun break without a row that names it
disagreements()
{
	awk -F ' [|] ' '
		function judge(column, count,    i, kept, broken, chosen, verdict) {
			for (i = 1; i <= count; i++) {
				verdict = seen[sentences[i], column]
				kept += verdict ~ /^kept/
				broken += verdict ~ /broken/
				chosen += verdict ~ /^deviates/
			}
			if (broken)
				return kept || chosen ? "partly" : "no"
			return kept ? "yes" : chosen ? "deviates" : "not seen"
		}
		FNR == NR && NF == 6 {
			sub(/ [|]$/, "", $6)
			for (column = 2; column <= 4; column++)
				seen[$3, column] = $(column + 2)
			if ($5 $6 ~ /broken/)
				unnamed[$3]
		}
		FNR == NR { next }
		/^# 2/ { exit }
		/^[|] / {
			sub(/ [|]$/, "", $6)
			gsub(/\\[|]/, "|", $6)
			count = 0
			for (i = split($6, tests, "<br>"); i > 0; i--) {
				if (sub(/^`oci-conformance[^`]*`: /, "", tests[i])) {
					sentences[++count] = tests[i]
					delete unnamed[tests[i]]
				}
			}
			if (count && judge(2, count) ~ /^(no|partly)$/)
				print $1 ": tare breaks it"
			for (column = 3; count && column <= 4; column++) {
				if (index($column, judge(column, count)) != 1)
					print $1 ": " $column ", but seen was " judge(column, count)
			}
		}
		END {
			for (sentence in unnamed)
				print "broken, and in no row: " sentence
		}' "$root/docs/conformance.md" "$table"
}

@test "docs/features.md: what it says of the others is what docs/conformance.md saw" {
	run disagreements
	[ "$status" -eq 0 ]
	[ -z "$output" ] || { echo "$output"; return 1; }
}

@test "docs/conformance.md: its list of deviations is that of decision 5" {
	run diff <(sed -n '/^[*] /,$p' "$root/docs/decisions/0005-deviations.md") \
		<(sed '1,/^## Where tare deviates/d' "$root/docs/conformance.md" | sed -n '/^[*] /,$p')
	[ "$status" -eq 0 ] || { echo "$output"; return 1; }
}

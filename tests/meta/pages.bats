#!/usr/bin/env bats
# SECURITY.md names the file, the mutation and the test of each defence: all of them have to be there. The pages at the root
# lead nowhere else, and speak of the version that is built.

setup()
{
	root=$BATS_TEST_DIRNAME/../..
}

# cells COLUMN: what is in that column of the table of defences, a word or a test a line
cells()
{
	awk -F ' [|] ' -v column="$1" '
		/^[|] attack [|]/ { defences = 1 }
		!/^[|]/ { defences = 0 }
		defences && NF == 5 && ++n > 1 { sub(/ [|]$/, ""); print $column }' "$root/SECURITY.md" | sed 's/<br>/\n/g; s/`//g'
}

# named_missing COLUMN: those lines of standard input that the column names and that are not among the lines
named_missing()
{
	comm -23 <(cells "$1" | sort -u) <(sort -u)
}

@test "SECURITY.md: each file that it names for a defence is there" {
	local missing
	(($(cells 3 | wc -l) > 30))
	missing=$(cd "$root" && find src libocispec tools -name '*.c' | named_missing 3)
	[[ -z $missing ]] || { echo "$missing"; return 1; }
}

@test "SECURITY.md: each defence that it names is one that tests/mutate takes out" {
	local missing
	(($(cells 4 | wc -l) > 30))
	missing=$(sed -n 's/^defence //p' "$root"/tests/mutations/*.cases | named_missing 4)
	[[ -z $missing ]] || { echo "$missing"; return 1; }
}

@test "SECURITY.md: the test that it names for a defence is one that fails without it" {
	local missing
	(($(cells 5 | wc -l) > 20))
	missing=$(sed -n 's/^test //p' "$root"/tests/mutations/*.cases | named_missing 5)
	[[ -z $missing ]] || { echo "$missing"; return 1; }
}

# pages: the documents whose links a reader follows
pages()
{
	(cd "$root" && ls ./*.md docs/from-runc-and-crun.md)
}

@test "the pages at the root link to nothing that is not there" {
	local page target
	(($(pages | wc -l) >= 5))
	for page in $(pages); do
		for target in $(grep -oE '\]\([^)]+\)' "$root/$page" | sed 's/^](//; s/)$//; s/#.*//' | grep -v '^[a-z]*://'); do
			[[ -e $root/${page%/*}/$target ]] || { echo "$page: $target"; return 1; }
		done
	done
}

@test "the README describes the version that is built, and CHANGELOG.md has it" {
	local version
	version=$(sed -nE 's/^project\(tare VERSION ([0-9.]+) .*/\1/p' "$root/CMakeLists.txt")
	[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]
	grep -qF "describes version $version" "$root/README.md"
	grep -qE "^## ${version//./\\.}(,| |$)" "$root/CHANGELOG.md"
}

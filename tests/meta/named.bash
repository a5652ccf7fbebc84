# The tests that tables of the documents name.
#
# shellcheck shell=bash

# all_bats_tests DIRECTORY...: "file: name" of each that is there.
all_bats_tests()
{
	grep -rHo '^@test ".*" {$' "$@" --include='*.bats' |
		sed 's/:@test "/: /; s/" {$//; s/\\\([$"`\\]\)/\1/g'
}

# names: those in the cells of a table, from the standard input, as all_bats_tests has them.
names()
{
	sed 's/<br>/\n/g' | grep -vx '–' | sed 's/`//; s/`//; s/\\|/|/g' | sort -u
}

#!/usr/bin/env bats
# docs/architecture.md is as the tree is: the picture of the rooms, and a word on each file.

setup()
{
	cd "$BATS_TEST_DIRNAME/../.."
	page=docs/architecture.md
}

@test "the picture of the rooms is what the include lines say" {
	diff <(scripts/check-layers --rooms) <(sed -n '/^```$/,/^```$/p' "$page" | sed '/^```$/d')
}

# The names that the table has for a room, with the room in front; a row without a room belongs to the one above it.
named()
{
	sed -n '/^## Where to find what/,/^## A create/p' "$page" | awk -F ' *\\| *' '
		$3 !~ /\.c`/ { next }
		$2 != "" { room = $2; gsub("`", "", room) }
		{
			n = split($3, files, /`, `|`/)
			for (i = 1; i <= n; i++) {
				if (files[i] !~ /\.c$/)
					continue
				shared = files[i] ~ /^(main|mount|handles|hooks|sync|document)\.c$/ && $4 ~ /command line|both sides/
				print (shared ? "" : room) files[i]
			}
		}' | sort
}

@test "the table names each file of src once, and no others" {
	diff <(cd src && find . -name '*.c' -printf '%P\n' | sort) <(named)
}

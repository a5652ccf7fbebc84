#!/usr/bin/env bats
# tare --version: what managers parse.

load helpers

@test "--version prints name and version, commit, and the version of the spec" {
	run -0 --separate-stderr "$TARE" --version
	[[ -z $stderr ]]
	[[ ${lines[0]} =~ ^$NAME\ version\ [0-9]+\.[0-9]+\.[0-9]+ ]] || fail "${lines[0]}"
	grep -qE '^commit: [^ ]+$' <<<"$output"
	grep -qE '^spec: 1\.[0-9]+\.[0-9]+' <<<"$output"
}

@test "one line of it alone has the word version" {
	run -0 "$TARE" --version
	[[ $(grep -ci version <<<"$output") -eq 1 ]]
}

@test "-v is --version" {
	[[ $("$TARE" -v) == "$("$TARE" --version)" ]]
}

@test "--version needs nothing but the program" {
	local expected
	expected=$("$TARE" --version)
	cd /
	[[ $(env -i "$TARE" --version) == "$expected" ]]
	[[ $(unshare --mount bash -c 'mount -t tmpfs -o ro none /run && exec "$0" --version' "$TARE") == "$expected" ]]
}

@test "the commit is the one that was built" {
	[[ $NAME == tare ]] || skip "another runtime than tare"
	local commit
	commit=$("$TARE" --version | sed -n 's/^commit: //p')
	[[ $commit == unknown || $commit =~ ^[0-9a-f]{40}(-dirty)?$ ]] || fail "$commit"
	[[ $TARE == "$(realpath "$BATS_TEST_DIRNAME/../..")"/build/* ]] || skip "not a build of this tree"
	[[ ${commit%-dirty} == "$(git -C "$BATS_TEST_DIRNAME" rev-parse HEAD 2>/dev/null || echo unknown)" ]] || fail "$commit"
}

@test "the spec is the newest that features names" {
	[[ $("$TARE" --version | sed -n 's/^spec: //p') == "$("$TARE" features | jq -r .ociVersionMax)" ]]
}

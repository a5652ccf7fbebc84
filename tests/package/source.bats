#!/usr/bin/env bats
# What scripts/release makes: the source tarball, its checksum, and that it is the same each time.

bats_require_minimum_version 1.5.0

load made

setup()
{
	set_up_packages
}

@test "the release is a tarball, two packages and their checksums" {
	cd "$PACKAGES/release"
	same "$(printf '%s\n' SHA256SUMS "${TARBALL##*/}" "${DEB##*/}" "${RPM##*/}" | sort)" "$(find . -type f -printf '%P\n' | sort)"
	sha256sum --strict --check SHA256SUMS
	[[ $(wc -l <SHA256SUMS) -eq 3 ]]
}

@test "the tarball has the files of the commit, below a directory with the version, and nothing else" {
	same "$(tree_git ls-tree -r --name-only "$(<"$PACKAGES/commit")" | sort)" \
		"$(tar -tzf "$TARBALL" | grep -v '/$' | sed "s|^tare-$VERSION/||" | sort)"
	same root/root "$(tar -tvzf "$TARBALL" | awk '{ print $2 }' | sort -u)"
}

@test "in the tarball is written which commit it is, and when that was made" {
	local commit
	commit=$(<"$PACKAGES/commit")
	same "commit $commit"$'\n'"seconds $(tree_git show --no-patch --format=%ct "$commit")" \
		"$(tar -xOzf "$TARBALL" "tare-$VERSION/cmake/archive.txt")"
}

@test "the same commit gives the same bytes: by another user, elsewhere, at another time" {
	umask 077
	HOME=$BATS_TEST_TMPDIR release "$BATS_TEST_TMPDIR/another-place" >"$BATS_TEST_TMPDIR/said" 2>&1 ||
		fail "$(<"$BATS_TEST_TMPDIR/said")"
	diff "$PACKAGES/release/SHA256SUMS" "$BATS_TEST_TMPDIR/another-place/SHA256SUMS"
}

@test "--source makes the tarball alone" {
	release --source "$BATS_TEST_TMPDIR/source"
	cmp "$TARBALL" "$BATS_TEST_TMPDIR/source/${TARBALL##*/}"
	same "$(sha256sum "$TARBALL" | cut -d ' ' -f 1)  ${TARBALL##*/}" "$(<"$BATS_TEST_TMPDIR/source/SHA256SUMS")"
	[[ $(find "$BATS_TEST_TMPDIR/source" -type f | wc -l) -eq 2 ]]
}

@test "nothing is made over what is there, nor of a commit that is not there" {
	mkdir "$BATS_TEST_TMPDIR/there"
	run -1 release --source "$BATS_TEST_TMPDIR/there"
	[[ $output == *"is there already"* && -z $(ls -A "$BATS_TEST_TMPDIR/there") ]]
	run -1 release --source --commit nowhere "$BATS_TEST_TMPDIR/new"
	[[ $output == *"there is no commit 'nowhere'"* && ! -e $BATS_TEST_TMPDIR/new ]]
}

@test "--packager says who answers for the packages" {
	# cmake itself is asked only what it is called with: a build takes long, and names whom TARE_PACKAGER does.
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '%s\n' '#!/bin/sh' 'printf "cmake got %s\n" "$@"' 'exit 1' >"$BATS_TEST_TMPDIR/bin/cmake"
	chmod 755 "$BATS_TEST_TMPDIR/bin/cmake"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH run -1 release --packager 'Jane Doe <jane@example.org>' "$BATS_TEST_TMPDIR/new"
	[[ $output == *"cmake got -DTARE_PACKAGER=Jane Doe <jane@example.org>"*"the packages cannot be built"* ]] || fail "$output"
	run -0 cmake -S "$TREE" -B "$BATS_TEST_TMPDIR/build" -G Ninja -DTARE_PACKAGER='Jane Doe <jane@example.org>'
	grep -qF 'set(CPACK_PACKAGE_CONTACT "Jane Doe <jane@example.org>")' "$BATS_TEST_TMPDIR/build/CPackConfig.cmake"
}

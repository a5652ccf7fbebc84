#!/usr/bin/env bats
# `cmake --install` of the build that TARE is from, and the target "uninstall".

bats_require_minimum_version 1.5.0

load made

setup()
{
	BUILD=${TARE%/*}
	ROOT=$BATS_TEST_TMPDIR/root
	PREFIX=$(sed -n 's/^CMAKE_INSTALL_PREFIX:PATH=//p' "$BUILD/CMakeCache.txt")
}

@test "what is installed below DESTDIR is as it will be found, and needs nothing of the source" {
	local features
	DESTDIR=$ROOT run -0 cmake --install "$BUILD"
	[[ $output != *Warning* ]] || fail "$output"
	# With the prefix at its place tare finds tare-systemd.
	# shellcheck disable=SC2016 # expanded by the inner shell
	features=$(unshare --mount --propagation private bash -euc '
		mkdir -p "$2"
		mount --bind "$1$2" "$2"
		mount -t tmpfs none "$3"
		"$2/bin/tare" features
	' bash "$ROOT" "$PREFIX" "$BUILD")
	same true "$(jq .linux.cgroup.systemd <<<"$features")"
	# It is the installed one that was found, not that of the build.
	rm "$ROOT$PREFIX/libexec/tare/tare-systemd"
	# shellcheck disable=SC2016 # expanded by the inner shell
	features=$(unshare --mount --propagation private bash -euc 'mount --bind "$1$2" "$2" && "$2/bin/tare" features' bash "$ROOT" "$PREFIX")
	same false "$(jq .linux.cgroup.systemd <<<"$features")"
}

@test "the installed programs are stripped" {
	local program
	DESTDIR=$ROOT cmake --install "$BUILD"
	for program in bin/tare bin/tare-recvtty libexec/tare/tare-systemd; do
		! readelf --section-headers --wide "$ROOT$PREFIX/$program" | grep -q '\.symtab' || fail "$program"
	done
}

@test "a prefix other than that of the build is possible, and says what does not work there" {
	run -0 cmake --install "$BUILD" --prefix "$BATS_TEST_TMPDIR/other"
	[[ ${output//$'\n'/ } == *"tare looks for '$PREFIX/libexec/tare/tare-systemd'"* ]] || fail "$output"
	[[ -x $BATS_TEST_TMPDIR/other/bin/tare ]]
}

@test "uninstall removes all files and the directories of tare, and nothing that others have put there" {
	mkdir -p "$ROOT$PREFIX/bin"
	touch "$ROOT$PREFIX/bin/other"
	DESTDIR=$ROOT cmake --install "$BUILD"
	DESTDIR=$ROOT cmake --build "$BUILD" --target uninstall
	same "$ROOT$PREFIX/bin/other" "$(find "$ROOT" -type f -o -type l)"
	same "" "$(find "$ROOT" -name tare)"
	run -1 cmake --build "$BUILD" --target uninstall
	[[ $output == *"nothing was installed from here"* ]]
}

@test "uninstall leaves a directory of tare in which others have put something" {
	DESTDIR=$ROOT cmake --install "$BUILD"
	touch "$ROOT$PREFIX/share/doc/tare/.notes"
	DESTDIR=$ROOT cmake --build "$BUILD" --target uninstall
	same "$ROOT$PREFIX/share/doc/tare/.notes" "$(find "$ROOT" -type f)"
}

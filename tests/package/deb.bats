#!/usr/bin/env bats
# The package for Debian, looked at from the outside. tests/package/machine.bats installs and uses it.

bats_require_minimum_version 1.5.0

load made

setup()
{
	set_up_packages
	ROOT=$BATS_TEST_TMPDIR/root
}

# field NAME: of the package's control file.
field()
{
	dpkg-deb --field "$DEB" "$1"
}

unpack()
{
	dpkg-deb --extract "$DEB" "$ROOT"
}

@test "lintian finds nothing" {
	run -0 lintian --allow-root --no-cfg --fail-on error,warning "$DEB"
	[[ -z $output ]] || fail "$output"
}

@test "the package tells what it is and what it needs" {
	same tare "$(field Package)"
	same "$VERSION-1" "$(field Version)"
	same "$(dpkg --print-architecture)" "$(field Architecture)"
	same admin "$(field Section)"
	# That of tare-systemd, the only program that has libraries.
	[[ $(field Depends) =~ ^libc6\ \(\>=\ [0-9.]+\),\ libsystemd0\ \(\>=\ [0-9]+\)$ ]] || fail "$(field Depends)"
	same uidmap "$(field Recommends)"
	[[ $(field Description) == "low-level runtime for OCI containers"$'\n'" tare builds "* ]] || fail "$(field Description)"
	[[ $(field Installed-Size) -gt 1000 && $(field Maintainer) == *" <"*@*">" ]]
	# No script of the package runs, and no file is one for the administrator to change.
	dpkg-deb --ctrl-tarfile "$DEB" | tar -t >"$BATS_TEST_TMPDIR/control"
	same $'./control\n./md5sums' "$(grep -v '/$' "$BATS_TEST_TMPDIR/control" | sed 's|^\./||; s|^|./|' | sort)"
}

@test "everything belongs to root, who alone can write to it; nothing is set-user-ID" {
	same root/root "$(dpkg-deb --contents "$DEB" | awk '{ print $2 }' | sort -u)"
	same $'-rw-r--r--\n-rwxr-xr-x\ndrwxr-xr-x' "$(dpkg-deb --contents "$DEB" | awk '{ print $1 }' | LC_ALL=C sort -u)"
}

@test "the programs, the licence, the changes and the man pages are where Debian wants them" {
	local file pages
	unpack
	for file in bin/tare bin/tare-recvtty libexec/tare/tare-systemd; do
		[[ -x $ROOT/usr/$file ]] || fail "no $file"
	done
	grep -q '^License: Apache-2.0$' "$ROOT/usr/share/doc/tare/copyright"
	cmp "$TREE/CHANGELOG.md" <(zcat "$ROOT/usr/share/doc/tare/changelog.gz")
	[[ $(zcat "$ROOT/usr/share/doc/tare/changelog.Debian.gz") == "tare ($VERSION-1) "* ]]
	cmp "$TREE/docs/cookbook.md" "$ROOT/usr/share/doc/tare/cookbook.md"
	pages=$(cd "$ROOT/usr/share/man" && find . -type f | sort)
	[[ $(grep -cx './man1/tare\(-[a-z]*\)\{0,1\}\.1\.gz' <<<"$pages") -gt 20 && $(grep -cx './man7/tare-[a-z]*\.7\.gz' <<<"$pages") -ge 4 ]]
	[[ $(grep -vc '\.[17]\.gz$' <<<"$pages") -eq 0 ]]
	while read -r file; do
		# With the name and the time, gzip -n leaves away flags, time and name.
		same '1f 8b 08 00 00 00 00 00' "$(od -An -tx1 -N8 "$ROOT/usr/share/man/$file" | sed 's/^ //')"
	done <<<"$pages"
}

@test "tare names the commit and needs no library; tare-systemd finds all of its libraries" {
	unpack
	same "tare version $VERSION" "$("$ROOT/usr/bin/tare" --version | head -n 1)"
	grep -qx "commit: $(<"$PACKAGES/commit")" < <("$ROOT/usr/bin/tare" --version)
	[[ $(chroot "$ROOT" /usr/bin/tare --version) == "tare version $VERSION"* ]]
	run -0 ldd "$ROOT/usr/libexec/tare/tare-systemd"
	[[ $output == *libsystemd.so.0* && $output != *"not found"* ]]
}

@test "completions are where the shells of Debian look, and load from there" {
	unpack
	# shellcheck disable=SC2016 # expanded by the shells
	[[ $(bash -c 'source "$0/usr/share/bash-completion/completions/tare" && complete -p tare' "$ROOT") == "complete "*" tare" ]]
	zsh -fc 'print -l $fpath' | grep -qx /usr/share/zsh/vendor-completions
	# shellcheck disable=SC2016 # expanded by zsh
	same _tare "$(zsh -fc 'fpath=($1/usr/share/zsh/vendor-completions $fpath); autoload -U compinit; compinit -D -u; print $_comps[tare]' zsh "$ROOT")"
	run -0 env HOME="$BATS_TEST_TMPDIR" XDG_DATA_DIRS="$ROOT/usr/share" PATH="$ROOT/usr/bin:$PATH" fish -c 'complete -C "tare feat"'
	[[ $output == features* ]] || fail "$output"
}

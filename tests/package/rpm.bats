#!/usr/bin/env bats
# The package for rpm: looked at, and installed into an empty root.

bats_require_minimum_version 1.5.0

load made

setup()
{
	set_up_packages
	ROOT=$BATS_TEST_TMPDIR/root
}

# asked FORMAT: a line about the package.
asked()
{
	rpm --query --package --queryformat "$1" "$RPM"
}

# in_root OPTION...: rpm in a root file system of its own. Debian's rpm says that its users should take alien.
in_root()
{
	rpm --root "$ROOT" --nodeps "$@" 2>"$BATS_TEST_TMPDIR/errors" || fail "$(<"$BATS_TEST_TMPDIR/errors")"
}

@test "rpmlint finds nothing" {
	run -0 rpmlint --config "$BATS_TEST_DIRNAME/rpmlint.toml" "$RPM"
	[[ $output == *" 0 errors, 0 warnings"* ]] || fail "$output"
}

@test "the package tells what it is, and that it is made anywhere by anybody" {
	same "tare $VERSION-1 $(uname -m) Apache-2.0 tare" "$(asked '%{NAME} %{VERSION}-%{RELEASE} %{ARCH} %{LICENSE} %{BUILDHOST}')"
	same "Low-level runtime for OCI containers" "$(asked '%{SUMMARY}')"
	same "$(tree_git show --no-patch --format=%ct "$(<"$PACKAGES/commit")")" "$(asked '%{BUILDTIME}')"
	[[ $(asked '%{DESCRIPTION}') == "tare builds "* ]]
}

@test "it needs what tare-systemd is linked with, no shell, and runs no script" {
	local needed
	needed=$(rpm --query --package --requires "$RPM")
	grep -qx 'libsystemd.so.0()(64bit)' <<<"$needed"
	grep -qx 'libc.so.6()(64bit)' <<<"$needed"
	same "" "$(grep -vE '^(libsystemd\.so\.0|libc\.so\.6|ld-linux-[a-z0-9-]*\.so\.[0-9])\(|^rtld\(|^rpmlib\(' <<<"$needed")"
	same "" "$(rpm --query --package --scripts --triggers "$RPM")"
}

@test "everything belongs to root, who alone can write to it; the times are those of the commit" {
	local files
	files=$(rpm --query --package --dump "$RPM")
	# path, size, time, digest, mode, owner, group
	same "root root" "$(awk '{ print $6, $7 }' <<<"$files" | sort -u)"
	same $'0100644\n0100755\n040755' "$(awk '{ print $5 }' <<<"$files" | LC_ALL=C sort -u)"
	same "$(tree_git show --no-patch --format=%ct "$(<"$PACKAGES/commit")")" "$(awk '{ print $3 }' <<<"$files" | sort -u)"
}

@test "the files are where distributions with rpm look" {
	local file files
	files=$(rpm --query --package --list "$RPM")
	for file in bin/tare bin/tare-recvtty libexec/tare libexec/tare/tare-systemd share/licenses/tare/LICENSE share/doc/tare/CHANGELOG.md \
		share/bash-completion/completions/tare share/zsh/site-functions/_tare share/fish/vendor_completions.d/tare.fish \
		share/man/man1/tare.1.gz share/man/man1/tare-create.1.gz share/man/man1/tare-recvtty.1.gz share/man/man7/tare-errors.7.gz; do
		grep -qx "/usr/$file" <<<"$files" || fail "no $file"
	done
	# A package may not own what the package "filesystem" does.
	for file in bin libexec share share/man share/man/man1 share/doc share/licenses; do
		! grep -qx "/usr/$file" <<<"$files" || fail "$file"
	done
	same LICENSE "$(rpm --query --package --licensefiles "$RPM" | xargs -n 1 basename)"
}

@test "in an empty root it can be installed, used and removed again" {
	mkdir "$ROOT"
	in_root --install "$RPM"
	same "tare version $VERSION" "$(chroot "$ROOT" /usr/bin/tare --version | head -n 1)"
	grep -qx "commit: $(<"$PACKAGES/commit")" < <(chroot "$ROOT" /usr/bin/tare --version)
	in_root --verify tare
	in_root --erase tare
	# What is left belongs to the package "filesystem", and to rpm.
	same "$(printf '%s\n' usr usr/{bin,libexec,share} usr/share/{doc,licenses,man} usr/share/man/{man1,man7} | sort)" \
		"$(cd "$ROOT" && find usr | sort)"
	same "" "$(find "$ROOT" -type f -name '*tare*')"
}

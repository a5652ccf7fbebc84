#!/usr/bin/env bats
# The package for Debian on a Debian that systemd runs: installed, used, and removed again. PACKAGES is the directory of
# tests/package/make:
#
#   tests/host/machine test --share DIR:/packages env PACKAGES=/packages bats tests/package/machine.bats

bats_require_minimum_version 1.5.0

load made

# Each file and directory, but for the lists of dpkg, logs and what systemd writes by itself.
files_of_system()
{
	find /boot /etc /home /opt /root /srv /usr /var -xdev \
		\( -path /var/lib/dpkg -o -path /var/log -o -path /var/tmp -o -path /var/lib/systemd \) -prune -o \
		\( -type d -printf '%p %m %U %G\n' -o -printf '%p %m %U %G %s %l\n' \) | sort
}

setup_file()
{
	files_of_system >"$BATS_FILE_TMPDIR/before"
	set_up_packages
	dpkg --install "$DEB"
}

setup()
{
	set_up_packages
	# The one that is installed, not that of the tree.
	unset TARE
	RUNTIME=$(command -v tare)
	export RUNTIME
	[[ $RUNTIME == /usr/bin/tare ]]
	BUNDLE=$BATS_TEST_TMPDIR/bundle
	CT=package-$BATS_TEST_NUMBER
}

teardown()
{
	! command -v tare >/dev/null || tare delete --force "$CT" 2>/dev/null || true
}

# bundle COMMAND...: a bundle with busybox.
bundle()
{
	"$TREE/scripts/mkbundle" --busybox "$BUNDLE" -- "$@"
}

@test "dpkg finds all files as they were packed" {
	run -0 dpkg --verify tare
	[[ -z $output ]]
	same "ii  tare" "$(dpkg-query --show --showformat '${db:Status-Abbrev} ${Package}' tare)"
	same "tare version $VERSION" "$(tare --version | head -n 1)"
}

@test "a container runs in a cgroup that tare makes" {
	bundle sh -c 'echo "I am $$"; cat /proc/self/cgroup; exit 7'
	run -7 tare run --bundle "$BUNDLE" "$CT"
	same $'I am 1\n0::/' "$output"
	same "" "$(tare list --quiet)"
}

@test "a container runs in a scope of systemd: tare finds tare-systemd where it is installed" {
	local unit=tare-$CT.scope
	bundle sleep 1000
	jq --arg path "system.slice:tare:$CT" '.linux.cgroupsPath = $path' "$BUNDLE/config.json" >"$BUNDLE/new"
	mv "$BUNDLE/new" "$BUNDLE/config.json"
	tare --systemd-cgroup run --detach --bundle "$BUNDLE" "$CT" >"$BATS_TEST_TMPDIR/said" 2>&1 || fail "$(<"$BATS_TEST_TMPDIR/said")"
	same active "$(systemctl show --property ActiveState --value "$unit")"
	[[ $(</sys/fs/cgroup/system.slice/$unit/cgroup.procs) == "$(tare state "$CT" | jq .pid)" ]]
	same 1 "$(tare exec "$CT" sh -c 'cat /proc/1/comm | grep -c sleep')"
	tare delete --force "$CT"
	[[ ! -e /sys/fs/cgroup/system.slice/$unit ]]
	same true "$(tare features | jq .linux.cgroup.systemd)"
}

@test "man finds the pages of section 1 and 7" {
	local page
	for page in tare tare-create tare-recvtty tare-errors; do
		mman -w "$page"
	done
	[[ $(mman -c tare 2>/dev/null | col -b) == *"NAME"*"tare"* ]]
}

@test "bash loads the completion" {
	# shellcheck disable=SC2016 # expanded by the inner shell
	run -0 bash -c '
		source /usr/share/bash-completion/completions/tare
		complete -p tare
		COMP_WORDS=(tare feat) COMP_CWORD=1
		_tare tare
		echo "${COMPREPLY[0]}"
	'
	[[ $output == "complete "*" tare"$'\n'features* ]] || fail "$output"
}

@test "dpkg --purge leaves nothing" {
	dpkg --purge tare
	files_of_system | diff "$BATS_FILE_TMPDIR/before" -
	same "" "$(dpkg-query --show --showformat '${db:Status-Abbrev}' tare 2>/dev/null)"
}

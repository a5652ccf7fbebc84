# What the scripts share: messages, and the Debian packages each kind of work needs.
#
# Source it from a bash script that runs with `set -euo pipefail`:
#
#	source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"
#	need_packages build test
#
# All functions work on a bare Debian 12 or 13 with only the base system. They change the system only by apt-get, which
# is called only when a package is missing.
# shellcheck shell=bash

# On Debian the PATH of an ordinary user has no sbin, and neither has that of root after su(1) without a dash.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# One line of progress. It goes to stderr: stdout belongs to the result of a script.
say()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# Prints why the script gives up, and ends it.
die()
{
	say "$@"
	exit 1
}

# The packages of a group, on one line.
packages_of()
{
	local runtime

	case $1 in
	build)
		echo gcc libc6-dev cmake ninja-build libyajl-dev libseccomp-dev libcap-dev pkgconf libsystemd-dev
		;;
	bundle)
		echo jq busybox-static
		;;
	test)
		runtime=$(clang_runtime) || exit 1 # as an argument of echo its failure would be lost
		echo bats jq busybox-static clang "$runtime" clang-format clang-tidy strace python3 iproute2 \
			dbus-bin dbus-daemon util-linux procps gcc libc6-dev libcap2-bin shellcheck uidmap mandoc zsh fish \
			lintian rpmlint
		;;
	bench)
		echo jq busybox-static gcc libc6-dev musl-tools strace gnuplot-nox debootstrap util-linux
		;;
	package)
		echo git gzip file dpkg-dev rpm
		;;
	machine)
		echo debootstrap e2fsprogs qemu-system-x86 qemu-utils xz-utils python3
		;;
	debootstrap)
		echo debootstrap
		;;
	*)
		die "no group of packages is called '$1'"
		;;
	esac
}

# The sanitizer and fuzzer libraries of the clang that `clang` stands for: 14 on Debian 12, 19 on 13.
clang_runtime()
{
	local depends
	depends=$(apt-cache show --no-all-versions clang | sed -n 's/^Depends: //p')
	[[ $depends =~ clang-([0-9]+) ]] || die "apt does not say which version clang has"
	echo "libclang-rt-${BASH_REMATCH[1]}-dev"
}

# Prints those of the named packages that are not installed.
missing_packages()
{
	comm -23 <(printf '%s\n' "$@" | sort -u) \
		<(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' 2>/dev/null | sed -n 's/^.i  *//p' | sort -u)
}

# need_packages GROUP...: installs the missing packages of these groups by apt-get, and prints one line about it. Only
# one script at a time does this, so that two of them do not fail on apt's lock.
need_packages()
{
	local group names lock words=() wanted=() missing=()

	if ! command -v apt-get >/dev/null; then
		say "this is no Debian: packages are not checked"
		return 0
	fi
	exec {lock}</var/lib/dpkg
	flock "$lock"
	# A fresh image has no package lists, and the names of some packages come from them.
	compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null || refresh_package_lists
	for group; do
		names=$(packages_of "$group") || exit 1
		read -ra words <<<"$names"
		wanted+=("${words[@]}")
	done
	mapfile -t missing < <(missing_packages "${wanted[@]}")
	if ((${#missing[@]} > 0)); then
		say "installing ${missing[*]}"
		install_packages "${missing[@]}"
	fi
	exec {lock}<&-
}

# Old package lists name files that the mirror no longer has: then tries again with new lists.
install_packages()
{
	((EUID == 0)) || die "these packages are missing: $*; install them, or run this as root"
	apt_get install --yes --no-install-recommends "$@" 2>/dev/null && return
	refresh_package_lists
	apt_get install --yes --no-install-recommends "$@" || die "apt-get cannot install $*"
}

refresh_package_lists()
{
	((EUID == 0)) || die "apt has no package lists: run this as root"
	apt_get update || die "apt-get update failed"
}

# apt-get without questions; its output is shown only when it fails.
apt_get()
{
	local output
	if ! output=$(DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 "$@" 2>&1 </dev/null); then
		printf '%s\n' "$output" >&2
		return 1
	fi
}

# busybox_rootfs DIR: fills DIR with the smallest root file system that has a shell.
busybox_rootfs()
{
	local rootfs=$1 busybox tool

	busybox=$(command -v busybox) || die "busybox is missing: apt-get install busybox-static"
	ldd "$busybox" >/dev/null 2>&1 && die "$busybox needs shared libraries: apt-get install busybox-static"
	mkdir -p "$rootfs"/{bin,dev,etc,proc,root,run,sys,tmp,var}
	chmod 1777 "$rootfs/tmp"
	cp "$busybox" "$rootfs/bin/busybox"
	# A link for each tool, as "busybox --install -s" makes them, which needs chroot(8) and so the rights of root.
	for tool in $("$busybox" --list); do
		[[ $tool == busybox ]] || ln -s busybox "$rootfs/bin/$tool"
	done
	printf '%s\n' root:x:0:0:root:/root:/bin/sh user:x:1000:1000:user:/:/bin/sh >"$rootfs/etc/passwd"
	printf '%s\n' root:x:0: tty:x:5: users:x:100:user user:x:1000: >"$rootfs/etc/group"
}

# Prints the runtime that the scripts use: $RUNTIME, $TARE, the tare on PATH, or the one built here.
find_runtime()
{
	local build found runtime=${RUNTIME:-${TARE:-tare}}

	found=$(command -v "$runtime") && realpath --no-symlinks "$found" && return
	[[ $runtime == tare ]] || die "'$runtime' is not a program"
	build=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")/build
	for runtime in "$build"/{release,debug}/tare; do
		[[ -x $runtime ]] && echo "$runtime" && return
	done
	die "tare is not built: cmake --preset release && cmake --build --preset release"
}

# Where roots of Debian are kept, outside of the tree.
# shellcheck disable=SC2034 # for those who source this
cache=${TARE_CACHE:-/var/cache/tare}

# The archive of Debian that apt is configured with here: the first one that debootstrap can read.
debian_mirror()
{
	local uri
	while read -r uri; do
		if [[ $uri =~ ^(https?|ftp|file): ]]; then
			echo "${uri%/}"
			return
		fi
	done < <(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 2>/dev/null)
	die "apt is configured with no archive of Debian that debootstrap can read"
}

# debian_root NAME SUITE PACKAGES: makes the root file system $cache/NAME with debootstrap, unless it is there already.
# It gets its name only when it is complete. An interrupted build leaves a directory, which the next build removes:
# debootstrap inherits the lock, so with the lock free no debootstrap uses the directory, and its mounts were removed
# with its namespace.
debian_root()
{
	local root=$cache/$1 suite=$2 packages=$3 lock mirror proxy=
	local new=$root.new
	[[ ! -d $root ]] || return 0
	((EUID == 0)) || die "must be run as root"
	need_packages debootstrap
	command -v debootstrap >/dev/null || die "debootstrap is missing"
	mkdir -p "$cache"
	exec {lock}>"$root.lock"
	flock "$lock"
	if [[ ! -d $root ]]; then
		mirror=$(debian_mirror) || exit 1
		eval "$(apt-config shell proxy Acquire::http::Proxy)"
		rm -rf --one-file-system "$new"
		say "building $root from $mirror, once"
		${proxy:+env http_proxy="$proxy"} unshare --mount --propagation private \
			debootstrap --variant=minbase --include="$packages" "$suite" "$new" "$mirror" >"$root.log" 2>&1 ||
			die "debootstrap failed, see $root.log: $(tail -n 1 "$root.log")"
		rm -rf "$new"/var/cache/apt/archives/*.deb "$new"/var/lib/apt/lists/*
		mv -T "$new" "$root"
	fi
	exec {lock}>&-
}
